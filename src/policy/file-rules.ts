import { Minimatch } from 'minimatch';

/** What a rule says of the files it covers. */
export const fileEffects = ['deny', 'require_approval', 'allow'] as const;

/** A rule that says more than its glob. */
export interface FileRule {
  readonly glob: string;
  readonly effect: (typeof fileEffects)[number];
  /** Why; told to the agent. */
  readonly reason?: string | undefined;
  /** What the agent can do instead. */
  readonly instead?: string | undefined;
}

/** One entry of `protected_files`, as it is written: a glob, which denies, or a rule. */
export type FileEntry = string | FileRule;

/** An entry as a rule. */
export function toFileRule(entry: FileEntry): FileRule {
  return typeof entry === 'string' ? { glob: entry, effect: 'deny' } : entry;
}

/** The globs of entries, in their order. */
export function globsOf(entries: readonly FileEntry[]): readonly string[] {
  return entries.map((entry) => toFileRule(entry).glob);
}

/** The globs whose `allow` names a path: exactly, with its case, and never by a folder above it, since an opening must not spread. */
export function allowedBy(path: string, entries: readonly FileEntry[]): readonly string[] {
  return openingsOf(entries).flatMap(({ glob, names }) => (names(path) ? [glob] : []));
}

interface Opening {
  readonly glob: string;
  readonly names: (path: string) => boolean;
}

const openings = new WeakMap<readonly FileEntry[], readonly Opening[]>();

function openingsOf(entries: readonly FileEntry[]): readonly Opening[] {
  let known = openings.get(entries);
  if (known === undefined) {
    const rules = entries.map(toFileRule).filter(({ effect }) => effect === 'allow');
    known = rules.map(({ glob }) => ({ glob, names: toMatcher(glob) }));
    openings.set(entries, known);
  }
  return known;
}

function toMatcher(glob: string): Opening['names'] {
  const anchored = glob.includes('/');
  const matcher = new Minimatch(glob.replace(/^\//, ''), {
    dot: true,
    nonegate: true,
    nocomment: true,
    nobrace: true,
    noext: true,
    platform: 'linux',
  });
  return (path) => matcher.match(anchored ? path : path.slice(path.lastIndexOf('/') + 1));
}
