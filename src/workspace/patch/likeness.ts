import { trimBoth } from './white-space.ts';

/** Characters of a line, and of a file, that are compared: it words an error, which has to come soon. */
const maxLine = 400;
const maxFile = 1_000_000;

/** Below this two lines have no more in common than any two of a language. */
const least = 0.5;

/** Neighbouring characters of a line and how often each pair stands in it. */
interface Pairs {
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
}

/** Tells how alike lines are to one line, from 0 to 1; a line that the other is a part of counts as nearer than its length says. */
export function createLikeness(wanted: string): (text: string) => number {
  const own = pairsOf(wanted);
  return (text) => {
    const other = pairsOf(text);
    if (own.total === 0 || other.total === 0) return 0;
    let common = 0;
    for (const [pair, count] of own.counts) common += Math.min(count, other.counts.get(pair) ?? 0);
    return (common / own.total + (2 * common) / (own.total + other.total)) / 2;
  };
}

/** The 0-based line of a file that is most alike to one, the first of equals; undefined when none is. */
export function mostAlike(wanted: string, texts: readonly string[]): number | undefined {
  const likeness = createLikeness(wanted);
  let best: { readonly line: number; readonly score: number } | undefined;
  let chars = 0;
  for (const [line, text] of texts.entries()) {
    if (chars > maxFile) break;
    chars += Math.min(text.length, maxLine);
    const score = likeness(text);
    if (score > (best?.score ?? least)) best = { line, score };
  }
  return best?.line;
}

function pairsOf(text: string): Pairs {
  const line = trimBoth(text.slice(0, maxLine));
  const counts = new Map<string, number>();
  for (let i = 0; i + 1 < line.length; i += 1) {
    const pair = line.slice(i, i + 2);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return { counts, total: Math.max(0, line.length - 1) };
}
