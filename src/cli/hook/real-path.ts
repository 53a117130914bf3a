import type { Stats } from 'node:fs';
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';

/** Links that are followed; Linux stops at 40 as well. */
const MAX_LINKS = 40;

/** Where a path leads on this disk, component by component as the system walks it; what is not there stays as written. */
export function realPath(base: string, text: string): string | undefined {
  const pending = (path.isAbsolute(text) ? text : `${base}/${text}`).split('/').toReversed();
  let at = '/';
  for (let links = 0; pending.length > 0;) {
    const component = pending.pop() ?? '';
    if (component === '' || component === '.') continue;
    if (component === '..') {
      at = path.dirname(at);
      continue;
    }
    const next = path.join(at, component);
    const target = linkTarget(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    if (path.isAbsolute(target)) at = '/';
    pending.push(...target.split('/').toReversed());
  }
  return at;
}

/** True when a file has a second name somewhere. */
export function hasOtherNames(file: string): boolean {
  const found = quietly(() => lstatSync(file));
  return found?.isFile() === true && found.nlink > 1;
}

/** What a name leads to; undefined when nothing is there, or nothing that this account may look at. */
export function statOf(file: string): Stats | undefined {
  return quietly(() => statSync(file));
}

/** True for a link, whether or not it leads anywhere. */
export function isLink(file: string): boolean {
  return linkTarget(file) !== undefined;
}

function linkTarget(file: string): string | undefined {
  // Most names are no links: asking them where they lead would make an error of each.
  return quietly(() =>
    lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(file) : undefined,
  );
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // Not there, no link, below a file, or not this account's to look at.
    return undefined;
  }
}

/** True when `file` is `folder` or below it. */
export function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
