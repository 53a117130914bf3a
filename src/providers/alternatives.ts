/** A value, or what values begin with. */
export interface Alternative {
  readonly text: string;
  readonly isPrefix: boolean;
}

const ESCAPED = /\\([^\w\s])/g;
/** One branch: plain or escaped signs, then perhaps `.*`. */
const BRANCH = /^((?:[^\\^$.*+?()[\]{}|]|\\[^\w\s])*)(\.\*)?$/;

/** The values that a pattern names, for languages without patterns: `a|b|c.*`; undefined when it says more than that. */
export function alternativesOf(pattern: string): readonly Alternative[] | undefined {
  const whole = /^\((?:\?:)?([^()]*)\)$/.exec(pattern)?.[1] ?? pattern;
  const branches = whole.split(/(?<!\\)\|/).map((branch) => BRANCH.exec(branch));
  if (branches.some((branch) => branch === null)) return undefined;
  return branches.map((branch) => ({
    text: (branch?.[1] ?? '').replaceAll(ESCAPED, '$1'),
    isPrefix: branch?.[2] !== undefined,
  }));
}
