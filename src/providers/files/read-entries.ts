import type { JoinedLines } from '#analysis/join-lines.ts';
import { createJoiner } from '#analysis/join-lines.ts';
import { createKeyLines, MASKED_KEY_LINE } from '#analysis/key-lines.ts';
import type { LogEntry } from '#domain/evidence.ts';

import type { LogBatch } from '../sources.ts';
import type { Line } from './line.ts';
import type { OpenLog, Range } from './open-log.ts';
import type { LogFormat, ParsedLine } from './parse-line.ts';
import { createLineParser } from './parse-line.ts';
import { linesOf } from './read-lines.ts';
import type { TimeContext } from './timestamp.ts';

/** How the entries of one file are made. */
export interface Reading {
  readonly log: OpenLog;
  /** What its entries are called, before `@` and their place in bytes. */
  readonly label: string;
  readonly format: LogFormat;
  readonly context: TimeContext;
  /** Given to entries that name none. */
  readonly service: string | undefined;
  readonly env: string | undefined;
  readonly accepts: (entry: LogEntry) => boolean;
  readonly signal: AbortSignal;
}

/** Bytes around a part that are read with it, so that its first and last events are whole. */
const AROUND_BYTES = 128 * 1024;
/** Lines after the end of a part that an event which begins in it may go on in. */
const MAX_TAIL_BYTES = 1024 * 1024;

/** Reads the events that begin in a part of a file; an event that began before it is left out. */
export async function* readEntries(reading: Reading, range: Range): AsyncGenerator<LogBatch> {
  const { log, accepts, signal } = reading;
  const joiner = createJoiner(createLineParser(reading.format, reading.context));
  const toEntry = createEntries(reading);
  const seeks = log.form === 'plain' && !log.journal;
  const start = range.start === 0 || !seeks ? 0 : await lineStart(log, Math.max(0, range.start - AROUND_BYTES));
  const end = seeks ? Math.min(log.size, range.end + MAX_TAIL_BYTES) : log.size;
  const taken = (events: readonly JoinedLines<ParsedLine>[]) => {
    const entries: LogEntry[] = [];
    for (const event of events) {
      const entry = toEntry(event);
      if (event.number >= range.start && event.number < range.end && accepts(entry)) entries.push(entry);
    }
    return entries;
  };
  let failure: unknown;
  let read = start;
  try {
    for await (const { lines, bytes } of linesOf(log, { start, end }, signal)) {
      read += bytes;
      const done = join(joiner, lines);
      yield { entries: taken(done), scannedBytes: bytes };
      if (read > range.end && (done.at(-1)?.number ?? 0) >= range.end) return;
    }
  } catch (error) {
    failure = error;
  }
  yield { entries: taken(joiner.end()), scannedBytes: 0 };
  if (failure !== undefined) throw failure;
}

type FileJoiner = ReturnType<typeof createJoiner<ParsedLine>>;

function join(joiner: FileJoiner, lines: readonly Line[]): readonly JoinedLines<ParsedLine>[] {
  const done: JoinedLines<ParsedLine>[] = [];
  for (const line of lines) {
    const event = joiner.push(line);
    if (event !== undefined) done.push(event);
  }
  return done;
}

/** Makes entries of one file in order; a line without a time happened after the line before it. */
function createEntries({ label, service, env }: Reading): (joined: JoinedLines<ParsedLine>) => LogEntry {
  let lastAt: number | undefined;
  const keys = createKeyLines();
  const originAt = createOrigins(label);
  return ({ parsed, raw, number }) => {
    lastAt = parsed.at ?? lastAt;
    // Here, where the lines before it are known: alone it could not be told from any other text.
    const key = keys.find(parsed.message);
    const entry: { -readonly [K in keyof LogEntry]: LogEntry[K] } = {
      message: key === undefined ? parsed.message : parsed.message.replaceAll(key, MASKED_KEY_LINE),
      raw: key === undefined ? raw : raw.replaceAll(key, MASKED_KEY_LINE),
      origin: originAt(number),
    };
    const ofService = parsed.service ?? service;
    const ofEnv = parsed.env ?? env;
    if (lastAt !== undefined) entry.at = lastAt;
    if (parsed.level !== undefined) entry.level = parsed.level;
    if (ofService !== undefined) entry.service = ofService;
    if (ofEnv !== undefined) entry.env = ofEnv;
    return entry;
  };
}

const LAST_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));

/** Names places in bytes. Those of events side by side mostly differ in their last three digits alone: to write the others is slow. */
function createOrigins(label: string): (number: number) => string {
  let [thousands, start] = [0, ''];
  return (number) => {
    if (number < 1_000) return `${label}@${number}`;
    if (Math.floor(number / 1_000) !== thousands) {
      thousands = Math.floor(number / 1_000);
      start = `${label}@${thousands}`;
    }
    return start + (LAST_DIGITS[number % 1_000] ?? '');
  };
}

/** Where the first line begins at `offset` or within so many bytes after it; the end of the file when none does. */
export async function lineStart(log: OpenLog, offset: number, within = Number.POSITIVE_INFINITY): Promise<number> {
  if (offset === 0) return 0;
  // A line begins here when the byte before is a line end.
  let at = offset - 1;
  for await (const chunk of log.chunks({ start: at, end: Math.min(log.size, offset + within) })) {
    const found = chunk.indexOf(0x0a);
    if (found !== -1) return at + found + 1;
    at += chunk.length;
  }
  return log.size;
}
