import { commonLineEnds, lineFeeds } from '#domain/common-ends.ts';
import type { FileWrite } from '#domain/remediation.ts';
import type { FoundSecret, SecretSpan } from '#domain/secret-scan.ts';

/** Lines around an added one that are looked at with it: more than the longest private key has. */
const CONTEXT_LINES = 200;

const LINE_FEED = 10;

/** A line that a write adds; `line` counts from 1 in the new content. */
export interface AddedLine {
  readonly line: number;
  readonly text: string;
}

/** The added lines of a write with their neighbours, for a search. */
export interface AddedText {
  /** The line of the file with which both texts begin, from 1; only asked where something is found. */
  readonly first: () => number;
  /** The added ones of the lines of the texts, from 0. */
  readonly added: ReadonlySet<number>;
  /** Every line that is far from an added one is empty. */
  readonly around: string;
  /** Every other line is empty. */
  readonly alone: string;
}

/**
 * The lines of the new content that the old one did not hold; a moved line is not new. Where the old content is not known, every
 * line is.
 */
export function addedLines(write: FileWrite): readonly AddedLine[] {
  const { content, head, lines } = changedPart(write);
  if (lines.length === 0) return [];
  const first = 1 + lineFeeds(content.subarray(0, head));
  return lines.map(({ line, text }) => ({ line: first + line, text }));
}

const known = new WeakMap<FileWrite, AddedText | undefined>();

/** What a search of a write looks at, a large file costing no more than its change; undefined where nothing is added. */
export function addedText(write: FileWrite): AddedText | undefined {
  if (!known.has(write)) known.set(write, findAddedText(write));
  return known.get(write);
}

function findAddedText(write: FileWrite): AddedText | undefined {
  const { content, head, tail, lines } = changedPart(write);
  if (lines.length === 0) return undefined;
  const { start, count } = linesBefore(content, head);
  const texts = linesOf(content.subarray(start, linesAfter(content, content.length - tail)));
  const added = new Set(lines.map(({ line }) => count + line));
  const near = new Set<number>();
  let next = 0;
  for (const line of added)
    for (next = Math.max(next, line - CONTEXT_LINES); next <= line + CONTEXT_LINES; next += 1) near.add(next);
  const only = (kept: ReadonlySet<number>) => texts.map((text, index) => (kept.has(index) ? text : '')).join('\n');
  const first = () => 1 + lineFeeds(content.subarray(0, start));
  return { first, added, around: only(near), alone: only(added) };
}

/** The secrets of a file that have a part on an added line, in the order of their lines. */
export function onAddedLines(
  spans: readonly SecretSpan[],
  { path, text, first, added }: Pick<AddedText, 'first' | 'added'> & { readonly path: string; readonly text: string },
): readonly FoundSecret[] {
  if (spans.length === 0) return [];
  const lineAt = lineCounter(text);
  const begin = first();
  const found = spans.flatMap(({ start, end, kind }): FoundSecret[] => {
    const last = lineAt(Math.max(start, end - 1));
    for (let line = lineAt(start); line <= last; line++)
      if (added.has(line)) return [{ path, line: begin + line, kind }];
    return [];
  });
  return found.toSorted((a, b) => a.line - b.line);
}

/** What lies between the common ends of both contents, and the lines of it that the old one did not hold, counted from 0. */
function changedPart(write: FileWrite) {
  const content = write.after?.content ?? Buffer.alloc(0);
  const { head, tail } = sharedEnds(write);
  const lines: AddedLine[] = [];
  if (!write.after) return { content, head, tail, lines };
  const earlier = write.before?.content;
  const old = new Map<string, number>();
  for (const text of earlier ? linesOf(earlier.subarray(head, earlier.length - tail)) : [])
    old.set(text, (old.get(text) ?? 0) + 1);
  for (const [line, text] of linesOf(content.subarray(head, content.length - tail)).entries()) {
    const left = old.get(text) ?? 0;
    if (left === 0) lines.push({ line, text });
    else old.set(text, left - 1);
  }
  return { content, head, tail, lines };
}

/** What both contents share at their ends is not new, and it is most of a large file. */
function sharedEnds({ before, after }: FileWrite) {
  if (!before?.content || !after) return { head: 0, tail: 0 };
  return commonLineEnds(before.content, after.content);
}

function linesOf(content: Buffer): readonly string[] {
  return content.toString('utf8').split('\n');
}

/** Where the line begins that stands so many lines before the one that begins at `at`, and how many lines there are. */
function linesBefore(content: Buffer, at: number) {
  let start = at;
  let count = 0;
  for (; count < CONTEXT_LINES && start > 0; count += 1)
    start = start < 2 ? 0 : content.lastIndexOf(LINE_FEED, start - 2) + 1;
  return { start, count };
}

/** Where the line ends that stands so many lines after the one that ends before `at`. */
function linesAfter(content: Buffer, at: number): number {
  let end = at;
  for (let count = 0; count < CONTEXT_LINES; count += 1) {
    const next = content.indexOf(LINE_FEED, end);
    if (next < 0) return content.length;
    end = next + 1;
  }
  return end;
}

/** Answers the line of an offset, from 0, by halving, since one file may hold many. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}
