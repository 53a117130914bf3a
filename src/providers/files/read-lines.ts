import { isAscii } from 'node:buffer';

import type { FoundFile } from './find-files.ts';
import { toJournalLines } from './journal-export.ts';
import type { Line, LineBatch } from './line.ts';
import { MAX_LINE_BYTES } from './line.ts';
import type { OpenLog, Range } from './open-log.ts';
import { openLog } from './open-log.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

/** Streams the lines of a file, packed or not (told by its first bytes). A file that is no text throws. */
export async function* readLines(file: FoundFile, signal: AbortSignal): AsyncGenerator<LineBatch> {
  await using log = await openLog(file);
  yield* linesOf(log, { start: 0, end: log.size }, signal);
}

/** Streams the lines of a part of an open file; `start` is where a line begins. */
export async function* linesOf(log: OpenLog, range: Range, signal: AbortSignal): AsyncGenerator<LineBatch> {
  if (log.journal) return yield* toJournalLines(log, signal);
  const splitter: Splitter = { kept: [], keptBytes: 0, lineBytes: 0, number: range.start };
  for await (const chunk of log.chunks(range)) {
    signal.throwIfAborted();
    yield { lines: split(splitter, chunk), bytes: chunk.length };
  }
  yield { lines: splitter.lineBytes > 0 ? [finish(splitter)] : [], bytes: 0 };
}

/** How far a file is split, and the beginning of a line that goes on in the next chunk. */
interface Splitter {
  kept: Buffer[];
  keptBytes: number;
  lineBytes: number;
  /** Where the line begins. */
  number: number;
}

function keep(splitter: Splitter, part: Buffer): void {
  splitter.lineBytes += part.length;
  const room = MAX_LINE_BYTES - splitter.keptBytes;
  if (room <= 0 || part.length === 0) return;
  splitter.kept.push(Buffer.from(part.subarray(0, room)));
  splitter.keptBytes += Math.min(room, part.length);
}

function finish(splitter: Splitter): Line {
  const { kept, lineBytes, number } = splitter;
  splitter.kept = [];
  splitter.keptBytes = 0;
  splitter.lineBytes = 0;
  splitter.number += lineBytes + 1;
  return { text: toText(Buffer.concat(kept), lineBytes), number };
}

function split(splitter: Splitter, chunk: Buffer): readonly Line[] {
  const lines: Line[] = [];
  const encoding = isAscii(chunk) ? 'latin1' : 'utf8';
  const zeros = chunk.includes(0);
  const skipZeros = (from: number, end: number) => {
    const skipped = zeros && splitter.lineBytes === 0 ? zerosAt(chunk, from, end) : 0;
    splitter.number += skipped;
    return from + skipped;
  };
  let from = 0;
  for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
    from = skipZeros(from, end);
    if (splitter.lineBytes === 0 && end - from <= MAX_LINE_BYTES) {
      const last = end > from && chunk[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      lines.push({ text: withoutMark(chunk.toString(encoding, from, last)), number: splitter.number });
      splitter.number += end - from + 1;
    } else {
      keep(splitter, chunk.subarray(from, end));
      lines.push(finish(splitter));
    }
    from = end + 1;
  }
  keep(splitter, chunk.subarray(skipZeros(from, chunk.length)));
  return lines;
}

/** A truncated file may begin with a hole of any size. */
function zerosAt(chunk: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && chunk[at] === 0) at++;
  return at - from;
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** Invalid UTF-8 becomes U+FFFD; a byte order mark goes away. */
function toText(bytes: Buffer, lineBytes: number): string {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  const text = withoutMark(bytes.toString('utf8', 0, end));
  const dropped = lineBytes - bytes.length;
  return dropped > 0 ? `${text}…(+${dropped} bytes)` : text;
}
