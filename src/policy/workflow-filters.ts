import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';

/** What the event of a workflow is narrowed to, as it stands in its file. */
export type EventFilter = Readonly<Record<string, unknown>>;

/** Whether a new branch passes the filters of an event; what cannot be read lets it pass. */
export function matchesBranch(filter: EventFilter, branch: string): boolean {
  const only = patternsOf(filter['branches']);
  const ignored = patternsOf(filter['branches-ignore']);
  if (only) return !only.every(isText) || lastMatch(only, branch);
  if (ignored) return !ignored.filter(isText).some((pattern) => matchesGlob(pattern, branch, { unreadable: false }));
  // With filters of tags alone, no push of a branch starts it.
  return filter['tags'] === undefined && filter['tags-ignore'] === undefined;
}

/** Names of workflows that one workflow waits for; where there are more, any is taken as meant. */
const MAX_AWAITED = 50;

/** Whether a workflow is waited for, by what it may be called; undefined where that cannot be told. */
export type Awaits = (names: readonly string[] | undefined) => boolean;

/**
 * Which workflows one waits for. GitHub reads the names as patterns; whether it looks at case and spaces is not said, so both are tried
 * without: only what takes a name out again must be exact.
 */
export function awaitsOf(filter: EventFilter): Awaits {
  const patterns = patternsOf(filter['workflows']);
  if (!patterns?.every(isText) || patterns.length > MAX_AWAITED) return () => true;
  const readings = patterns.map((pattern) => {
    const isNegated = pattern.startsWith('!');
    return {
      isNegated,
      matches: isNegated ? toMatcher(pattern.slice(1), { unreadable: false }) : toNameMatcher(pattern),
    };
  });
  const means = (name: string) =>
    readings.reduce(
      (matched, { isNegated, matches }) => (isNegated === matched && matches(name) ? !matched : matched),
      false,
    );
  return (names) => !names || names.some(means);
}

function toNameMatcher(pattern: string): (name: string) => boolean {
  const folded = foldName(pattern);
  const matches = toMatcher(folded, { unreadable: true, crossesSlash: true });
  return (name) => foldName(name) === folded || matches(foldName(name));
}

/** The same for `1.10` and `1.1`, which are one number to YAML. */
function foldName(name: string): string {
  const text = name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
  return text !== '' && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}

/** Later patterns win over earlier ones; `!` takes out again. */
function lastMatch(patterns: readonly string[], branch: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith('!');
    if (matchesGlob(isNegated ? pattern.slice(1) : pattern, branch, { unreadable: !isNegated })) matched = !isNegated;
  }
  return matched;
}

/** What is no text, number or boolean cannot be read as a pattern and is undefined. */
function patternsOf(value: unknown): readonly (string | undefined)[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(scalarText);
}

function isText(pattern: string | undefined): pattern is string {
  return pattern !== undefined;
}

/** A text, number or boolean as others spell it; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : undefined;
}

interface GlobReading {
  /** What a pattern that is no usable one comes to. */
  readonly unreadable: boolean;
  /** `*` means any text. */
  readonly crossesSlash?: boolean;
}

function matchesGlob(pattern: string, text: string, reading: GlobReading): boolean {
  return toMatcher(pattern, reading)(text);
}

/** GitHub's filter patterns: `*` stays before a slash, `**` does not, `?` and `+` repeat the character before them. */
function toMatcher(pattern: string, { unreadable, crossesSlash = false }: GlobReading): (text: string) => boolean {
  const regex = pattern.replaceAll(/\*\*|\*|\[[^\]]*\]|[?+]|\\.|[^\w]/g, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return crossesSlash ? '.*' : '[^/]*';
    if (token === '?' || token === '+' || token.length > 1) return token;
    return `\\${token}`;
  });
  try {
    return compileRegex(`^(?:${regex})$`);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return () => unreadable;
  }
}
