import { parseFailure, quoted, toPatchError } from './failure.ts';
import { assertChange } from './hunk.ts';
import type { Hunk, HunkLine } from './model.ts';
import { isFence } from './patch-lines.ts';
import type { PatchLine } from './patch-lines.ts';

interface HunkHeader {
  readonly oldStart?: number;
  readonly oldCount?: number;
  readonly newCount?: number;
}

/** Where hunks are read from, and what the surroundings say about where one may end. */
export interface HunkSource {
  readonly lines: readonly PatchLine[];
  /** The section stands inside a code fence, so that a fence line ends it. */
  readonly fenced: boolean;
  /** A new file: unprefixed blank lines are content. */
  readonly adds: boolean;
}

/** Reads the hunk whose header is at `at`; its counts are believed only when they fit the text around them. */
export function readHunk(source: HunkSource, at: number): { hunk: Hunk; next: number } {
  const header = source.lines[at] as PatchLine;
  if (header.text.startsWith('@@@'))
    throw parseFailure(header.no, 'a two-way hunk header such as @@ -1,3 +1,4 @@', header.text);
  const numbers = readHunkHeader(header.text);
  const end = endByCounts(source, at + 1, numbers) ?? endByContent(source, at + 1);
  const body = readBody(source, at + 1, end);
  const hunk: Hunk = {
    patchLine: header.no,
    ...(numbers.oldStart !== undefined && { oldStart: numbers.oldStart }),
    anchors: [],
    atEof: body.some((line) => line.eol === ''),
    lines: body,
    ...((numbers.oldCount ?? 0) > body.filter((line) => line.op !== '+').length && { short: true }),
  };
  return { hunk: source.adds ? hunk : assertChange(hunk), next: end };
}

function readHunkHeader(text: string): HunkHeader {
  const match = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@/u.exec(text);
  if (!match) return {};
  return { oldStart: Number(match[1]), oldCount: Number(match[2] ?? 1), newCount: Number(match[3] ?? 1) };
}

function opAt(lines: readonly PatchLine[], at: number): string {
  const text = lines[at]?.text;
  return text === '' ? ' ' : (text?.[0] ?? '');
}

function endByCounts(source: HunkSource, start: number, header: HunkHeader): number | undefined {
  let { oldCount = 0, newCount = 0 } = header;
  if (oldCount + newCount === 0) return undefined;
  let at = start;
  while (oldCount > 0 || newCount > 0) {
    const op = opAt(source.lines, at);
    if (at >= source.lines.length || !' -+\\'.includes(op)) return undefined;
    if (op === ' ' || op === '-') oldCount -= 1;
    if (op === ' ' || op === '+') newCount -= 1;
    if (oldCount < 0 || newCount < 0) return undefined;
    at += 1;
  }
  if (opAt(source.lines, at) === '\\') at += 1;
  return endsHere(source, at) ? at : undefined;
}

function endsHere({ lines }: HunkSource, at: number): boolean {
  let next = at;
  while (lines[next]?.text === '') next += 1;
  if (next >= lines.length || startsFile(lines, next) || isSignature(lines, next)) return true;
  return !' -+\\'.includes(opAt(lines, next));
}

/** Whether a section starts here; `--- `/`+++ ` lines count only with a hunk header below, since they may also be edits. */
export function startsFile(lines: readonly PatchLine[], at: number): boolean {
  const text = lines[at]?.text ?? '';
  if (text.startsWith('diff --git ')) return true;
  return isFileHeader(lines, at) && (lines[at + 2]?.text.startsWith('@@') ?? false);
}

/** Whether a `--- ` line with its `+++ ` line stands here. */
export function isFileHeader(lines: readonly PatchLine[], at: number): boolean {
  return (lines[at]?.text.startsWith('--- ') ?? false) && (lines[at + 1]?.text.startsWith('+++ ') ?? false);
}

/** Whether the signature that mailed patches end with stands here: the end of the text or another mail follows. */
export function isSignature(lines: readonly PatchLine[], at: number): boolean {
  if (!/^-- ?$/u.test(lines[at]?.text ?? '') || !/^\d+\.\d+/u.test(lines[at + 1]?.text ?? '')) return false;
  let next = at + 2;
  while (lines[next]?.text.trim() === '') next += 1;
  return next >= lines.length || /^From [0-9a-f]{40} /u.test(lines[next]?.text ?? '');
}

function endByContent(source: HunkSource, start: number): number {
  const { lines } = source;
  let at = start;
  for (; at < lines.length; at += 1) {
    const text = lines[at]?.text ?? '';
    if (startsFile(lines, at) || isSignature(lines, at) || text.startsWith('@@')) break;
    if (source.fenced && isFence(text)) break;
    if (/^(?:diff |Index: |Only in |From [0-9a-f]{40} )/u.test(text)) break;
    if (!' -+\\'.includes(opAt(lines, at))) throw missingPrefix(lines[at] as PatchLine);
  }
  // A blank line without its space may only separate; as context it would have to be matched.
  while (at > start && lines[at - 1]?.text === '') at -= 1;
  return at;
}

function readBody(source: HunkSource, start: number, end: number): HunkLine[] {
  const body: HunkLine[] = [];
  for (let at = start; at < end; at += 1) {
    const line = source.lines[at] as PatchLine;
    const op = opAt(source.lines, at);
    const last = body.at(-1);
    if (op === '\\') {
      if (!last) throw parseFailure(line.no, 'a hunk line before the end-of-file marker', line.text);
      // A carriage return before no newline belongs to the text.
      body[body.length - 1] = { ...last, text: last.eol === '\r\n' ? `${last.text}\r` : last.text, eol: '' };
    } else if (op === ' ' || op === '-' || op === '+') {
      const blank = source.adds && line.text === '';
      body.push({ op: blank ? '+' : op, text: line.text.slice(1), eol: line.eol, patchLine: line.no });
    }
  }
  const early = body.find((line, i) => line.eol === '' && body.slice(i + 1).some((later) => sharesSide(line, later)));
  if (early) throw parseFailure(early.patchLine, 'the end-of-file marker below the last line only', early.text);
  return body;
}

function sharesSide(a: HunkLine, b: HunkLine): boolean {
  return a.op === b.op || a.op === ' ' || b.op === ' ';
}

/** The refusal for a hunk line that lost its first character, whose place and meaning cannot be known. */
export function missingPrefix(line: PatchLine): Error {
  return toPatchError([
    {
      code: 'missing_prefix',
      patchLine: line.no,
      message:
        `Patch line ${line.no} has no prefix: expected a space (unchanged), - (removed) or + (added) before its text, ` +
        `found ${quoted(line.text)}.`,
      fix: `Resend the patch with a space, - or + before the text of patch line ${line.no}.`,
    },
  ]);
}
