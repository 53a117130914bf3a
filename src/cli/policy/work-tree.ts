import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import path from 'node:path';

import type { WorkTree } from '#policy/path-links.ts';

/** Entries that are looked at when other names of a file are searched; in a larger folder they count as elsewhere. */
const MAX_ENTRIES = 200_000;

/** Reads links of a folder on disk; nothing is opened and nothing is written. */
export function openWorkTree(folder: string): WorkTree {
  const root = realpathSync(folder);
  let links: readonly string[] | undefined;
  return {
    root,
    has: (name) => statOf(root, name) !== undefined,
    readLink: (name) => (statOf(root, name)?.isSymbolicLink() ? readlinkSync(path.join(root, name)) : undefined),
    otherNames: (name) => otherNames(root, name),
    links: () =>
      (links ??= walk(root, new Set(['.git', 'node_modules']))
        .found.filter(isLink)
        .map(({ name }) => name)),
  };
}

interface Entry {
  readonly name: string;
  readonly entry: Dirent;
}

function isLink({ entry }: Entry): boolean {
  return entry.isSymbolicLink();
}

function statOf(root: string, name: string): Stats | undefined {
  try {
    return lstatSync(path.join(root, name), { throwIfNoEntry: false });
  } catch {
    // A file where a folder was expected: nothing is there.
    return undefined;
  }
}

function otherNames(root: string, name: string): ReturnType<WorkTree['otherNames']> {
  const file = statOf(root, name);
  if (!file?.isFile() || file.nlink < 2) return { names: [], complete: true };
  const { found, complete } = walk(root, new Set());
  const names = found
    .filter(({ entry }) => entry.isFile())
    .map((each) => each.name)
    .filter((each) => {
      const other = each === name ? undefined : statOf(root, each);
      return other !== undefined && other.ino === file.ino && other.dev === file.dev;
    });
  return { names, complete: complete && names.length + 1 >= file.nlink };
}

/** Everything below a folder, links not followed, folders of certain names left out. */
function walk(
  root: string,
  without: ReadonlySet<string>,
): { readonly found: readonly Entry[]; readonly complete: boolean } {
  const found: Entry[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (found.length >= MAX_ENTRIES) return { found, complete: false };
      found.push({ name, entry });
      if (entry.isDirectory() && !without.has(entry.name)) folders.push(name);
    }
  }
  return { found, complete: true };
}
