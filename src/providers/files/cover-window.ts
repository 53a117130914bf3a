import type { TimeWindow } from '#domain/evidence.ts';

import type { Range } from './open-log.ts';
import { parseLine } from './parse-line.ts';
import type { Reading } from './read-entries.ts';
import { lineStart } from './read-entries.ts';
import { linesOf } from './read-lines.ts';
import type { LineTimes, TimeColumn } from './time-column.ts';
import { findColumn, isPlain, liesOutside } from './time-column.ts';

/** Smaller files are read whole. */
export const MIN_BYTES = 4 * 1024 * 1024;
/** Places at which the time of a line is looked at, to see whether times ascend. */
const PROBES = 64;
const PROBE_BYTES = 16 * 1024;
/** Lines of several writers are out of order by less than this. */
const DISORDER_MS = 300_000;
/** A part that is read is not made smaller than this. */
const GRAIN_BYTES = 512 * 1024;

interface Probe {
  readonly offset: number;
  readonly text: string;
  readonly at: number;
}

/** What lies beside the part that was found and holds a time of the window after all. */
export async function* missedParts(reading: Reading, { part, times }: Cover): AsyncGenerator<Range> {
  if (times === undefined) return;
  const before = { start: 0, end: part.start };
  const after = { start: part.end, end: reading.log.size };
  for (const rest of [before, after])
    if (rest.start < rest.end && !(await liesOutside(reading, rest, times))) yield rest;
}

/** The part of a file that a window lies in, and how to make sure of that; without `times` it is the whole file. */
export interface Cover {
  readonly part: Range;
  readonly times: LineTimes | undefined;
}

/** Finds the part of a file that holds a window by looking at some of its times. */
export async function coverWindow(reading: Reading, window: TimeWindow): Promise<Cover> {
  const { log } = reading;
  const seeks = log.form === 'plain' && !log.journal;
  const whole = { part: { start: 0, end: seeks ? log.size : Number.POSITIVE_INFINITY }, times: undefined };
  if (!seeks || log.size < MIN_BYTES) return whole;
  const probes: Probe[] = [];
  for (let index = 0; index < PROBES; index++) {
    const probe = await look(reading, Math.floor((log.size * index) / PROBES));
    if (probe === undefined || probe.at < (probes.at(-1)?.at ?? probe.at) - DISORDER_MS) return whole;
    probes.push(probe);
  }
  const times = timesOf(probes, reading, window);
  if (times === undefined) return whole;
  const [since, until] = [window.since - DISORDER_MS, window.until + DISORDER_MS];
  const before = probes.findLastIndex(({ at }) => at < since);
  const after = probes.findIndex(({ at }) => at >= until);
  const low = { low: probes[before], high: probes[before + 1], time: since };
  const high = { low: probes[after - 1], high: probes[after], time: until };
  const start = before === -1 ? 0 : await narrow(reading, low);
  const end = after === -1 ? log.size : await narrow(reading, high, true);
  return { part: { start, end: Math.max(start, end) }, times };
}

/** Lines without a common column must be plain text, and none of them a date whose order others decide. */
function timesOf(probes: readonly Probe[], { context }: Reading, window: TimeWindow): LineTimes | undefined {
  const column = columnOf(probes, window);
  const areTold = column !== undefined || (context.dayFirst === undefined && probes.every(({ text }) => isPlain(text)));
  return areTold ? { window, column } : undefined;
}

/** Columns in which a time is looked for; lines with more of them are parsed. */
const MAX_COLUMNS = 6;

/** The columns in which all of them carry a time of the same form. */
function columnOf(probes: readonly Probe[], window: TimeWindow): TimeColumn | undefined {
  const [first, ...others] = probes.map(({ text, at }) => findColumn(text, at, window));
  if (first === undefined) return undefined;
  const isAlike = others.every(
    (other) =>
      other !== undefined &&
      Buffer.compare(other.key, first.key) === 0 &&
      Buffer.compare(other.since, first.since) === 0,
  );
  const columns = [...new Set([first, ...others].flatMap((each) => each?.columns ?? []))];
  return isAlike && columns.length <= MAX_COLUMNS ? { ...first, columns } : undefined;
}

interface Gap {
  readonly low: Probe | undefined;
  readonly high: Probe | undefined;
  readonly time: number;
}

/** Where a time is passed, between two probes: the place before it, or with `after` the one after it. */
async function narrow(reading: Reading, gap: Gap, after = false): Promise<number> {
  let low = gap.low?.offset ?? 0;
  let high = gap.high?.offset ?? reading.log.size;
  while (high - low > GRAIN_BYTES) {
    const middle = await look(reading, Math.floor((low + high) / 2));
    if (middle === undefined || middle.offset >= high) break;
    if (middle.at < gap.time) low = middle.offset;
    else high = middle.offset;
  }
  return after ? high : low;
}

/** The first line at an offset or after it that carries a time. */
async function look({ log, format, context, signal }: Reading, offset: number): Promise<Probe | undefined> {
  for (const bytes of [PROBE_BYTES, PROBE_BYTES * 16]) {
    const start = await lineStart(log, offset, bytes);
    if (start >= log.size) continue;
    for await (const { lines } of linesOf(log, { start, end: Math.min(log.size, start + bytes) }, signal)) {
      for (const { text, number } of lines) {
        const { at } = parseLine(text, format, context);
        if (at !== undefined) return { offset: number, text, at };
      }
    }
  }
  return undefined;
}
