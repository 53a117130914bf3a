import path from 'node:path';

import { Minimatch } from 'minimatch';

import type { Located, Surroundings } from '#cli/hook/locate.ts';
import { locate, locateIn } from '#cli/hook/locate.ts';
import { isWithin } from '#cli/hook/real-path.ts';
import type { Walked } from '#cli/hook/walk.ts';
import { walk } from '#cli/hook/walk.ts';
import type { PathUse } from '#policy/host-tools.ts';

/** What a use touches below its folder, or by its glob; file by file as the disk has it. */
export function filesOf(use: PathUse, base: string, around: Surroundings): Walked {
  if (use.extent !== 'glob') {
    const root = locate(use.text, base, around).real;
    if (root === undefined) return nothing;
    const walked = walk(root);
    if (use.pattern === undefined) return walked;
    const fits = fitting(use.pattern);
    return { ...walked, files: walked.files.filter((file) => fits(path.relative(root, file))) };
  }
  const folder = use.text.includes('/') ? use.text.replace(/\/[^/]*$/, '/') : '.';
  const root = locate(folder, base, around).real;
  if (root === undefined) return nothing;
  const start = use.text.slice(use.text.lastIndexOf('/') + 1);
  const startsLike = beginning(use.pattern?.slice(use.text.lastIndexOf('/') + 1), use.findsHidden);
  const walked = walk(root);
  // A file of the guard may come to be while the command runs.
  const own = around.guarded.map((each) => each.path).filter((each) => isWithin(each, root));
  const files = [...new Set([...walked.files, ...own])].filter((file) => {
    const name = path.relative(root, file);
    return name.startsWith(start) && startsLike(name);
  });
  return { ...walked, files };
}

const nothing: Walked = { files: [], links: new Set(), whole: true };

/** Where files lead that a walk found: of those that are no links the way is known. */
export function locateAll({ files, links }: Walked, around: Surroundings): readonly Located[] {
  const folders = new Map<string, (file: string) => Located>();
  return files.map((file) => {
    if (links.has(file)) return locate(file, '/', around);
    const folder = file.slice(0, file.lastIndexOf('/'));
    const found = folders.get(folder) ?? locateIn(folder, around);
    folders.set(folder, found);
    return found(file);
  });
}

/** A glob also takes in folders, and with them what is below. */
function beginning(pattern: string | undefined, dot = false): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const glob = new Minimatch(pattern, { nocase: true, dot });
  return (name) => {
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
      if (glob.match(name.slice(0, at))) return true;
    return glob.match(name);
  };
}

/** Longest text of globs that is tried: what it leaves out cannot be told where it stands for more names than are tried. */
const MAX_GLOB = 256;

/** Hosts take several globs in one text; one that leaves files out says nothing of the others. */
function fitting(pattern: string): (name: string) => boolean {
  if (pattern.length > MAX_GLOB && pattern.includes('{')) return () => true;
  const parts = pattern.split(/\s+/).flatMap((part) => (/[{}]/.test(part) ? [part] : part.split(',')));
  const texts = [...new Set([pattern, ...parts.filter((glob) => glob !== '')])];
  if (texts.some((glob) => glob.startsWith('!'))) return () => true;
  // A leading slash is the folder that is searched.
  const globs = texts.map(
    (glob) => new Minimatch(glob.replace(/^\/+/, ''), { dot: true, nocase: true, matchBase: !glob.includes('/') }),
  );
  return (name) => globs.some((glob) => glob.match(name));
}
