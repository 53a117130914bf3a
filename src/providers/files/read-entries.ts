import { createDigitForms } from '#analysis/digit-forms.ts';
import type { JoinedLines } from '#analysis/join-lines.ts';
import { createJoiner } from '#analysis/join-lines.ts';
import { createKeyLines, MASKED_KEY_LINE } from '#analysis/key-lines.ts';
import type { LogEntry, LogLevel, Sighting } from '#domain/evidence.ts';

import type { LogBatch } from '../sources.ts';
import { createKnownLines, createLineKind } from './known-lines.ts';
import type { Line, LineKind } from './line.ts';
import type { OpenLog, Range } from './open-log.ts';
import type { LogFormat, ParsedLine } from './parse-line.ts';
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
  /** Events that are alike may be sightings. */
  readonly brief: boolean;
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
  const joiner = createJoiner(createKnownLines(reading.format, reading.context));
  const forms = createDigitForms(createLineKind);
  const toEntry = createEntries(reading);
  const seeks = log.form === 'plain' && !log.journal;
  const start = range.start === 0 || !seeks ? 0 : await lineStart(log, Math.max(0, range.start - AROUND_BYTES));
  const end = seeks ? Math.min(log.size, range.end + MAX_TAIL_BYTES) : log.size;
  const taken = (events: readonly JoinedLines<ParsedLine>[]) => {
    const entries: LogEntry[] = [];
    const sightings: Sighting[] = [];
    for (const event of events) {
      const entry = toEntry(event);
      if (event.number < range.start || event.number >= range.end || !accepts(entry)) continue;
      if (entry instanceof FileSighting) sightings.push(entry);
      else entries.push(entry);
    }
    return { entries, sightings };
  };
  let failure: unknown;
  let read = start;
  try {
    for await (const { lines, bytes } of linesOf(log, { start, end }, { signal, forms })) {
      read += bytes;
      const done = join(joiner, lines);
      yield { ...taken(done), scannedBytes: bytes };
      if (read > range.end && (done.at(-1)?.number ?? 0) >= range.end) return;
    }
  } catch (error) {
    failure = error;
  }
  yield { ...taken(joiner.end()), scannedBytes: 0 };
  if (failure !== undefined) throw failure;
}

type FileJoiner = ReturnType<typeof createJoiner<ParsedLine, Line>>;

function join(joiner: FileJoiner, lines: readonly Line[]): readonly JoinedLines<ParsedLine>[] {
  const done: JoinedLines<ParsedLine>[] = [];
  for (const line of lines) {
    const event = joiner.push(line);
    if (event !== undefined) done.push(event);
  }
  joiner.hold();
  return done;
}

/** An event of one line that is like one before it. */
class FileSighting implements Sighting {
  readonly at: number;
  readonly alike: LineKind;
  private readonly event: JoinedLines<ParsedLine>;
  private readonly names: Names;

  constructor(event: JoinedLines<ParsedLine>, alike: LineKind, at: number, names: Names) {
    this.event = event;
    this.alike = alike;
    this.at = at;
    this.names = names;
  }

  get level(): LogLevel | undefined {
    return this.alike.level;
  }

  get service(): string | undefined {
    return this.alike.service ?? this.names.service;
  }

  get env(): string | undefined {
    return this.alike.env ?? this.names.env;
  }

  get message(): string {
    return this.event.message;
  }

  get raw(): string {
    return this.event.raw;
  }

  get origin(): string {
    return `${this.names.label}@${this.event.number}`;
  }

  toEntry(): LogEntry {
    const entry = toEntry(this.event, this.at, this.names);
    entry.alike = this.alike;
    return entry;
  }
}

type Names = Pick<Reading, 'label' | 'service' | 'env'>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function toEntry(event: JoinedLines<ParsedLine>, at: number | undefined, names: Names): Mutable<LogEntry> {
  const { parsed, message, raw, number } = event;
  const { level, service = names.service, env = names.env } = parsed;
  const entry: Mutable<LogEntry> = { message, raw, origin: `${names.label}@${number}` };
  if (at !== undefined) entry.at = at;
  if (level !== undefined) entry.level = level;
  if (service !== undefined) entry.service = service;
  if (env !== undefined) entry.env = env;
  return entry;
}

/** Makes entries of one file in order; a line without a time happened after the line before it. */
function createEntries({ label, service, env, brief }: Reading): (event: JoinedLines<ParsedLine>) => LogEntry {
  let lastAt: number | undefined;
  const keys = createKeyLines();
  const names = { label, service, env };
  return (event) => {
    const { alike, at } = event.parsed;
    lastAt = at ?? lastAt;
    const kind = event.lines === 1 ? alike : undefined;
    if (brief && kind !== undefined && lastAt !== undefined && !kind.hasDashes && !keys.isOpen())
      return new FileSighting(event, kind, lastAt, names);
    const entry = toEntry(event, lastAt, names);
    // Here, where the lines before it are known: alone it could not be told from any other text.
    const key = keys.find(entry.message);
    if (key !== undefined) {
      entry.message = entry.message.replaceAll(key, MASKED_KEY_LINE);
      entry.raw = entry.raw.replaceAll(key, MASKED_KEY_LINE);
    } else if (kind !== undefined) entry.alike = kind;
    return entry;
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
