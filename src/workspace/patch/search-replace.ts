import { cutOffFailure, parseFailure } from './failure.ts';
import { assertChange } from './hunk.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, Hunk, HunkLine, LineOp } from './model.ts';
import { isFence } from './patch-lines.ts';
import type { PatchLine } from './patch-lines.ts';
import { checkPatchPath } from './patch-path.ts';

const searchMark = /^(?:<{5,9}|-{5,9}) SEARCH\b *(.*)$/u;
const divider = /^={5,9}\s*$/u;
const replaceMark = /^(?:>{5,9}|\+{5,9}) REPLACE\b/u;

/** Parses SEARCH/REPLACE blocks, each below the path of its file or below another block of the same file. */
export function parseSearchReplace(lines: readonly PatchLine[]): FilePatch[] {
  const files = new Map<string, { patchLine: number; hunks: Hunk[] }>();
  let path: string | undefined;
  let at = 0;
  for (let above = 0; at < lines.length; above = at) {
    while (at < lines.length && !searchMark.test(lines[at]?.text ?? '')) at += 1;
    const mark = lines[at];
    if (!mark) break;
    path = readPath(lines.slice(above, at), mark) ?? path;
    if (path === undefined) throw parseFailure(mark.no, 'the path of a file on the line above SEARCH', mark.text);
    const block = readBlock(lines, at);
    const file = files.get(path) ?? { patchLine: mark.no, hunks: [] };
    file.hunks.push(block.hunk);
    files.set(path, file);
    at = block.next;
  }
  refuseLeftOver(lines);
  return [...files].map(([path, file]) => ({
    kind: 'modify',
    paths: [{ oldPath: path, newPath: path }],
    ordered: false,
    ...file,
  }));
}

// A closing mark without its SEARCH means that a block's start was lost.
function refuseLeftOver(lines: readonly PatchLine[]): void {
  const marks = lines.filter(({ text }) => searchMark.test(text) || replaceMark.test(text));
  const stray = marks.find(({ text }, i) => searchMark.test(text) !== (i % 2 === 0));
  if (stray) throw parseFailure(stray.no, 'SEARCH, ======= and REPLACE marks in turn', stray.text);
}

function readPath(above: readonly PatchLine[], mark: PatchLine): string | undefined {
  const inline = searchMark.exec(mark.text)?.[1]?.trim();
  const line = inline
    ? { ...mark, text: inline }
    : above.findLast(({ text }) => text.trim() !== '' && !isFence(text.trim()));
  if (!line) return undefined;
  if (line.text.length > patchLimits.pathChars)
    throw parseFailure(line.no, 'the path of a file above SEARCH', line.text);
  const name = line.text
    .trim()
    .replace(/^(?:#{1,6} +|[*`]{1,3}|File: *)+/iu, '')
    .replace(/[*`:]+$/u, '')
    .trim();
  return checkPatchPath(name, line.no);
}

function readBlock(lines: readonly PatchLine[], start: number): { hunk: Hunk; next: number } {
  const mark = lines[start] as PatchLine;
  const middle = find(lines, skipLineHint(lines, start + 1), divider);
  const end = find(lines, middle + 1, replaceMark);
  const second = lines.slice(middle + 1, end).find(({ text }) => divider.test(text));
  if (second) throw parseFailure(second.no, 'one ======= line per block', second.text);
  const search = lines.slice(skipLineHint(lines, start + 1), middle).map((line) => toLine('-', line));
  const replace = lines.slice(middle + 1, end).map((line) => toLine('+', line));
  const hunk = assertChange({ patchLine: mark.no, anchors: [], atEof: false, lines: [...search, ...replace] });
  return { hunk, next: end + 1 };
}

function toLine(op: LineOp, { text, eol, no }: PatchLine): HunkLine {
  return { op, text, eol, patchLine: no };
}

// Some emitters state a line number, which never chooses the place.
function skipLineHint(lines: readonly PatchLine[], start: number): number {
  let at = start;
  while (/^:(?:start|end)_line: *\d+\s*$/u.test(lines[at]?.text ?? '')) at += 1;
  return at > start && /^-{5,9}\s*$/u.test(lines[at]?.text ?? '') ? at + 1 : start;
}

function find(lines: readonly PatchLine[], start: number, mark: RegExp): number {
  const expected = mark === divider ? 'a ======= line' : 'a >>>>>>> REPLACE line';
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] as PatchLine;
    if (mark.test(line.text)) return at;
    if (searchMark.test(line.text) || replaceMark.test(line.text)) throw parseFailure(line.no, expected, line.text);
  }
  const last = lines.at(-1) as PatchLine;
  throw cutOffFailure(last, expected);
}
