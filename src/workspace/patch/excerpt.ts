import type { Target } from './find-places.ts';
import { oldLines } from './model.ts';
import type { Hunk } from './model.ts';
import { cut, printable } from './visible.ts';
import { foldUnicode, indentOf, trimBoth, trimTrailing } from './white-space.ts';

/** The place that resembles a hunk's old lines most; it words errors and never decides where a change lands. */
export interface Closest {
  /** 0-based; negative when the old lines reach above the file. */
  readonly start: number;
  readonly matched: number;
  /** Index of the first old line that differs. */
  readonly differs: number;
}

const maxVoters = 500;
const maxOccurrences = 200;
const maxLineChars = 160;
/** Of the line in question, which is there to be copied. */
const maxCenterChars = 480;

/** Characters of the real lines that one problem shows. */
export const excerptChars = 560;

const looseKey = (text: string) => trimBoth(foldUnicode(text));

/** Lets every old line vote for where the hunk would start; undefined when none occurs in the file. */
export function findClosest(hunk: Hunk, target: Target): Closest | undefined {
  const old = oldLines(hunk).map((line) => line.text);
  const index = target.indexBy(looseKey);
  const votes = new Map<number, number>();
  for (const [k, text] of old.slice(0, maxVoters).entries()) {
    const key = looseKey(text);
    if (key === '') continue;
    for (const line of index.linesWith(key, maxOccurrences)) votes.set(line - k, (votes.get(line - k) ?? 0) + 1);
  }
  const wanted = (hunk.oldStart ?? 1) - 1;
  const ranked = [...votes].toSorted(([a, m], [b, n]) => n - m || Math.abs(a - wanted) - Math.abs(b - wanted));
  const best = ranked[0];
  if (!best) return undefined;
  const [start] = best;
  const equal = old.map((text, k) => trimTrailing(target.text.texts[start + k] ?? '\n') === trimTrailing(text));
  return { start, matched: equal.filter(Boolean).length, differs: Math.max(0, equal.indexOf(false)) };
}

/** Real lines of a file with their numbers, around a 0-based line, within a number of characters. */
export interface Excerpt {
  readonly text: string;
  /** 1-based, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** The lines around `center`, five to each side or as many as fit into `room` characters. */
export function excerptAround(texts: readonly string[], center: number, room: number): Excerpt {
  const middle = Math.min(Math.max(center, 0), Math.max(texts.length - 1, 0));
  for (let radius = 5; ; radius -= 1) {
    const from = Math.max(0, middle - radius);
    const to = Math.min(texts.length - 1, middle + radius);
    const lines: string[] = [];
    for (let line = from; line <= to; line += 1)
      lines.push(`${line + 1}| ${cut(printable(texts[line] ?? ''), line === middle ? maxCenterChars : maxLineChars)}`);
    const text = lines.join('\n');
    if (text.length <= room || radius === 0) return { text, from: from + 1, to: to + 1 };
  }
}

/** The nearest line above that is indented less, which usually opens the function or block. */
export function enclosingLine(texts: readonly string[], at: number): string | undefined {
  const indent = indentOf(texts[at] ?? '').length;
  for (let line = at - 1; line >= Math.max(0, at - 500); line -= 1) {
    const text = texts[line] ?? '';
    if (trimBoth(text) !== '' && indentOf(text).length < indent) return cut(printable(trimBoth(text)), 60);
  }
  return undefined;
}
