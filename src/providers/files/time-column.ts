import type { TimeWindow } from '#domain/evidence.ts';

import type { Range } from './open-log.ts';
import { createLineParser } from './parse-line.ts';
import type { Reading } from './read-entries.ts';
import { findTimestamp } from './timestamp.ts';

/** How lines of a file that are of the window are told from others by their times alone. */
export interface LineTimes {
  readonly window: TimeWindow;
  /** Without it the lines are plain text, whose heads hold their times in any form. */
  readonly column: TimeColumn | undefined;
}

/** Where the lines of a file carry their time, and how the window is written there; texts of one form sort as their times do. */
export interface TimeColumn {
  /** More than one where what stands before the time, such as a level, is not always as long. */
  readonly columns: readonly number[];
  /** The name of its field in JSON, which stands before it; empty elsewhere. */
  readonly key: Uint8Array;
  readonly since: Uint8Array;
  readonly until: Uint8Array;
}

/** To the minute in ISO 8601, or an epoch in milliseconds. */
const STAMP = /(?<!\d)(?:\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}|1\d{12}(?!\d))/;
const KEY = /"[\w@.-]+"\s*:\s*"?$/;
/** Characters of a line in which another time is looked for. */
const HEAD = 512;
const MAY_CARRY_TIME = /\d{2}:\d{2}|\d{10}/;
/** Times that have as many digits as all others. */
const [FIRST_EPOCH, LAST_EPOCH] = [1_000_000_000_000, 1_999_999_999_999];
const [FIRST_DAY, LAST_DAY] = [Date.parse('1000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:00Z')];
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
const [ZERO, NINE] = [0x30, 0x39];

/** Finds the column in a line whose time is known; undefined when its time is written in another form. */
export function findColumn(line: string, at: number, window: TimeWindow): TimeColumn | undefined {
  const match = STAMP.exec(line.slice(0, HEAD));
  if (match === null || /[^\0-\x7f]/.test(line.slice(0, match.index))) return undefined;
  const [stamp] = match;
  const isEpoch = !stamp.includes('-');
  const written = isEpoch ? Number(stamp) : Date.parse(`${stamp.replace(' ', 'T')}Z`);
  // The zone of the file, whose times are written without their seconds; what is farther away is another time.
  const zone = isEpoch ? 0 : Math.ceil((written - at) / 60_000) * 60_000;
  if (Math.abs(written - zone - at) > 60_000 || Math.abs(zone) > 86_400_000) return undefined;
  const toText = (time: number) => {
    if (isEpoch) return String(clamp(time, FIRST_EPOCH, LAST_EPOCH));
    const local = new Date(clamp(time + zone, FIRST_DAY, LAST_DAY)).toISOString();
    return local.slice(0, stamp.length).replace('T', stamp.charAt(10));
  };
  const [since, until] = [Buffer.from(toText(window.since)), Buffer.from(toText(window.until))];
  const key = Buffer.from(KEY.exec(line.slice(0, match.index))?.[0] ?? '');
  return { columns: [match.index], key, since, until };
}

/** What begins as JSON, logfmt or a line of a container runtime does. */
const STRUCTURED = /^\s*(?:\{|[A-Za-z_@][\w.@/-]*=|\S+ std(?:out|err) )/;

/** True for a line that is plain text for sure: its head alone tells its time. */
export function isPlain(line: string): boolean {
  return !STRUCTURED.test(line);
}

function clamp(time: number, least: number, most: number): number {
  return Math.floor(Math.min(Math.max(time, least), most));
}

/** True when no line of a part has a time in the window: looks at every line, but parses only those whose time stands elsewhere. */
export async function liesOutside(reading: Reading, range: Range, times: LineTimes): Promise<boolean> {
  const { log, signal } = reading;
  const isInside = createCheck(reading, range, times);
  /** The beginning of a line that goes on in the next chunk, unless it was looked at already. */
  let head: Buffer = NOTHING;
  let isChecked = false;
  for await (const chunk of log.chunks(range)) {
    signal.throwIfAborted();
    let from = 0;
    if (isChecked || head.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (!isChecked) {
        head = Buffer.concat([head, chunk.subarray(0, Math.min(HEAD, end === -1 ? chunk.length : end))]);
        if (end === -1 && head.length < HEAD) continue;
        if (isInside(head, 0, head.length)) return false;
        head = NOTHING;
      }
      isChecked = end === -1;
      from = end === -1 ? chunk.length : end + 1;
    }
    while (from < chunk.length) {
      const end = chunk.indexOf(NEWLINE, from);
      if (end === -1 && chunk.length - from < HEAD) {
        head = Buffer.from(chunk.subarray(from));
        break;
      }
      if (isInside(chunk, from, end === -1 ? chunk.length : end)) return false;
      isChecked = end === -1;
      from = end === -1 ? chunk.length : end + 1;
    }
  }
  return head.length === 0 || !isInside(head, 0, head.length);
}

function createCheck(reading: Reading, range: Range, { window, column }: LineTimes) {
  const timeOf = column === undefined ? createPlainTime(reading, window) : createAnyTime(reading, window);
  /** Events at the beginning of a file without a time before them are of every window. */
  let isUntimed = range.start === 0;
  return (bytes: Buffer, from: number, end: number): boolean => {
    const at = column && findTime(bytes, { start: from, end }, column);
    if (column && at !== undefined) {
      isUntimed = false;
      return compare(bytes, at, column.since) >= 0 && compare(bytes, at, column.until) <= 0;
    }
    const text = bytes.toString('utf8', from, Math.min(end, from + HEAD));
    const time = timeOf(text, end - from >= HEAD);
    if (time === undefined) return isUntimed && text.trim() !== '';
    isUntimed = false;
    return time >= window.since && time < window.until;
  };
}

/** Where the only time in one of the columns stands; of two nobody could say which one is that of the line. */
function findTime(bytes: Buffer, { start, end }: Range, { columns, key, since }: TimeColumn): number | undefined {
  let found: number | undefined;
  for (const column of columns) {
    const at = start + column;
    if (at + since.length > end || !hasForm(bytes, at, since)) continue;
    if (compare(bytes, at - key.length, key) !== 0) continue;
    if (found !== undefined) return undefined;
    found = at;
  }
  return found;
}

/** The time of a structured line that is longer may stand behind its head, so it counts as one of the window. */
function createAnyTime({ format, context }: Reading, { since }: TimeWindow) {
  const parse = createLineParser(format, context);
  return (text: string, isCut: boolean) => {
    const at = MAY_CARRY_TIME.test(text) ? parse(text).at : undefined;
    return at ?? (isCut && !isPlain(text) ? since : undefined);
  };
}

/** The time of a structured line may stand anywhere, so it counts as one of the window. */
function createPlainTime({ context }: Reading, { since }: TimeWindow) {
  return (text: string) => (isPlain(text) ? findTimestamp(text, context)?.at : since);
}

function hasForm(bytes: Buffer, at: number, form: Uint8Array): boolean {
  for (let index = 0; index < form.length; index++) {
    const byte = bytes[at + index] ?? 0;
    const wanted = form[index] ?? 0;
    const isDigit = wanted >= ZERO && wanted <= NINE;
    if (isDigit ? byte < ZERO || byte > NINE : byte !== wanted) return false;
  }
  return true;
}

function compare(bytes: Buffer, at: number, bound: Uint8Array): number {
  for (let index = 0; index < bound.length; index++) {
    const difference = (bytes[at + index] ?? 0) - (bound[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
