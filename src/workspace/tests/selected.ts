/** Which tests of a suite run, and why those. */
export type Selection =
  | { readonly kind: 'all'; readonly words: string }
  | { readonly kind: 'files'; readonly files: readonly string[]; readonly words: string }
  | { readonly kind: 'related' | 'changed'; readonly changed: readonly string[]; readonly words: string }
  | Narrowed;

/** A selection that the runner takes as arguments of its own: packages, modules, classes. */
export interface Narrowed {
  readonly kind: 'narrowed';
  readonly options: readonly string[];
  /** Instead of the files and patterns that the suite names. */
  readonly files: readonly string[];
  /** Words of the suite that would undo the choice. */
  readonly drops: readonly string[];
  /** Paths without which another tree has no such packages or modules. */
  readonly requires: readonly string[];
  readonly words: string;
}

/** The whole suite, and why nothing less. */
export function whole(why: string): Selection {
  return { kind: 'all', words: `the whole suite: ${why}` };
}

/** Some paths, in words. */
export function list(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return paths.length <= 5 ? shown : `${shown} and ${paths.length - 5} more`;
}
