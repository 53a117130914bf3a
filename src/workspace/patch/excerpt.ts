import type { Target } from './find-places.ts';
import { createLikeness, mostAlike } from './likeness.ts';
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
/** Places that are compared with the old lines, and old lines that are compared. */
const maxPlaces = 100;
const maxCompared = 20;
const maxLineChars = 160;
/** Of the line in question, which is there to be copied. */
const maxCenterChars = 480;

/** Characters of the real lines that one problem shows. */
export const excerptChars = 560;

const looseKey = (text: string) => trimBoth(foldUnicode(text));

/** Where the old lines stand best, by those that occur in the file and then by how alike the others are; undefined when nothing is alike. */
export function findClosest(hunk: Hunk, target: Target): Closest | undefined {
  const old = oldLines(hunk).map((line) => line.text);
  const { texts } = target.text;
  const wanted = (hunk.oldStart ?? 1) - 1;
  const voted = mostVoted(old, target, wanted);
  const likest = likestStart(old, texts);
  const likeness = old.slice(0, maxCompared).map((text) => createLikeness(text));
  const scoreOf = (at: number) => likeness.reduce((sum, like, k) => sum + like(texts[at + k] ?? '') * inkOf(old[k]), 0);
  const [best] = [...new Set([...voted, ...likest])]
    .map((at) => ({ at, score: scoreOf(at) }))
    .toSorted((a, b) => b.score - a.score || Math.abs(a.at - wanted) - Math.abs(b.at - wanted));
  if (!best) return undefined;
  const start = best.at;
  const equal = old.map((text, k) => trimTrailing(texts[start + k] ?? '\n') === trimTrailing(text));
  return { start, matched: equal.filter(Boolean).length, differs: Math.max(0, equal.indexOf(false)) };
}

/** The starts that most old lines speak for, those near the wanted one first; a bracket that stands alone speaks for many. */
function mostVoted(old: readonly string[], target: Target, wanted: number): number[] {
  const index = target.indexBy(looseKey);
  const votes = new Map<number, number>();
  for (const [k, text] of old.slice(0, maxVoters).entries()) {
    const key = looseKey(text);
    if (key === '') continue;
    for (const line of index.linesWith(key, maxOccurrences)) votes.set(line - k, (votes.get(line - k) ?? 0) + 1);
  }
  const most = [...votes.values()].reduce((highest, count) => Math.max(highest, count), 0);
  return [...votes]
    .flatMap(([start, count]) => (count === most ? [start] : []))
    .toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))
    .slice(0, maxPlaces);
}

/** Where the hunk would start if its longest line were the one that is most alike to it. */
function likestStart(old: readonly string[], texts: readonly string[]): number[] {
  const longest = old.reduce((best, text, k) => (inkOf(text) > inkOf(old[best]) ? k : best), 0);
  const line = mostAlike(old[longest] ?? '', texts);
  return line === undefined ? [] : [line - longest];
}

function inkOf(text = ''): number {
  return trimBoth(text).length;
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
