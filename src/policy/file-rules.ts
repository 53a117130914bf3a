import { Minimatch } from 'minimatch';
import { z } from 'zod';

/** What a rule says of the files it covers. */
export const fileEffects = ['deny', 'require_approval', 'allow'] as const;

/** A glob after gitignore, or the name of a class such as `@lockfiles`. */
export const Glob = z.string().min(1).max(512);

/** One entry of `protected_files`: a glob, which denies, or a rule that says more. */
export const FileEntry = z.union([
  Glob,
  z.strictObject({
    glob: Glob,
    effect: z
      .enum(fileEffects)
      .describe('allow lifts the approval that executable configuration needs, and no denial.'),
    reason: z.string().min(1).max(500).describe('Why; told to the agent.').optional(),
    instead: z.string().min(1).max(500).describe('What the agent can do instead, as an imperative.').optional(),
  }),
]);

/** One entry of `protected_files`, as it is written. */
export type FileEntry = z.infer<typeof FileEntry>;
/** The same with its effect. */
export type FileRule = Exclude<FileEntry, string>;

/** An entry as a rule. */
export function toFileRule(entry: FileEntry): FileRule {
  return typeof entry === 'string' ? { glob: entry, effect: 'deny' } : entry;
}

/** The globs of entries, in their order. */
export function globsOf(entries: readonly FileEntry[]): readonly string[] {
  return entries.map((entry) => toFileRule(entry).glob);
}

/** Whether some `allow` names a path: exactly, with its case, and never by a folder above it, since an opening must not spread. */
export function isAllowed(path: string, entries: readonly FileEntry[]): boolean {
  return openingsOf(entries).some((opening) => opening(path));
}

type Opening = (path: string) => boolean;

const openings = new WeakMap<readonly FileEntry[], readonly Opening[]>();

function openingsOf(entries: readonly FileEntry[]): readonly Opening[] {
  let known = openings.get(entries);
  if (known === undefined) {
    known = entries.map(toFileRule).flatMap(({ glob, effect }) => (effect === 'allow' ? [toOpening(glob)] : []));
    openings.set(entries, known);
  }
  return known;
}

function toOpening(glob: string): Opening {
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
