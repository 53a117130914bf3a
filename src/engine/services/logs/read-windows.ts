import { maskKeyLines } from '#analysis/key-lines.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery, TimeWindow } from '#domain/evidence.ts';
import type { LogBatch, LogSource } from '#providers/sources.ts';

/** What is read, and who looks at it. */
export interface LogReading {
  readonly query: LogQuery;
  readonly current: TimeWindow;
  readonly baseline: TimeWindow | undefined;
  /** When the incident began; around it a sample is denser. */
  readonly onset: number | undefined;
  readonly signal: AbortSignal;
  readonly add: (entry: LogEntry, inBaseline: boolean) => void;
}

/** How much of one window was seen. */
export interface WindowRead {
  /** Entries that match, as the back end counts them, else those that were read. */
  readonly matched: number;
  readonly read: number;
  /** Of those that were read: their own time is not understood, nor one before them in their file, so they may be of another window. */
  readonly untimed: number;
  /** The time of the earliest entry that was read. */
  readonly from: number | undefined;
  /** More matches than were read. */
  readonly truncated: boolean;
}

/** Both windows, and what they cost. */
export interface LogRead {
  readonly current: WindowRead;
  readonly baseline: WindowRead;
  readonly scannedBytes: number;
  readonly warnings: readonly string[];
}

/** Around the onset a sample is denser. */
const AROUND_ONSET_MS = 120_000;

interface Tally {
  matched: number | undefined;
  read: number;
  untimed: number;
  from: number;
  truncated: boolean;
}

/** Reads the window and its baseline: whole where that is cheap, else the newest entries, the errors, and those around the onset. */
export async function readWindows(source: LogSource, reading: LogReading): Promise<LogRead> {
  const reader = createReader(source, reading);
  const { current, baseline } = reading;
  try {
    if (source.sample === undefined && reading.query.newest === undefined) {
      const touching = baseline?.until === current.since;
      if (touching) await reader.read({ window: { since: baseline.since, until: current.until } }, false);
      else await readBoth(reader, reading);
    } else {
      await sample(source, reader, { reading, window: current, inBaseline: false });
      if (baseline) await sample(source, reader, { reading, window: baseline, inBaseline: true });
    }
  } catch (error) {
    reader.failed(error);
  }
  return reader.result();
}

async function readBoth(reader: Reader, { current, baseline }: LogReading): Promise<void> {
  await reader.read({ window: current }, false);
  if (baseline) await reader.read({ window: baseline }, true);
}

interface Sampling {
  readonly reading: LogReading;
  readonly window: TimeWindow;
  readonly inBaseline: boolean;
}

async function sample(source: LogSource, reader: Reader, { reading, window, inBaseline }: Sampling): Promise<void> {
  const { query, onset } = reading;
  const newest = query.newest ?? source.sample ?? 0;
  const cut = await reader.read({ window, newest }, inBaseline);
  if (!cut) return;
  if (query.newest !== undefined) {
    await reader.count(window, inBaseline);
    return;
  }
  const few = Math.ceil(newest / 2);
  if (query.level !== 'error' && query.level !== 'fatal')
    await reader.read({ window, newest: few, level: 'error' }, inBaseline);
  const around = onset === undefined ? undefined : overlap(window, onset);
  if (around) await reader.read({ window: around, newest: few }, inBaseline);
  await reader.count(window, inBaseline);
}

function overlap(window: TimeWindow, onset: number): TimeWindow | undefined {
  const since = Math.max(window.since, onset - AROUND_ONSET_MS);
  const until = Math.min(window.until, onset + AROUND_ONSET_MS);
  return since < until ? { since, until } : undefined;
}

interface Reader {
  /** Answers whether there was more than was read. */
  read(part: Pick<LogQuery, 'window' | 'newest' | 'level'>, inBaseline: boolean): Promise<boolean>;
  count(window: TimeWindow, inBaseline: boolean): Promise<void>;
  /** Keeps what was read and says what is missing; an error with nothing read is the answer. */
  failed(error: unknown): void;
  result(): LogRead;
}

function createReader(source: LogSource, { query, baseline, signal, add }: LogReading): Reader {
  const tallies: Record<'current' | 'baseline', Tally> = {
    current: { matched: undefined, read: 0, untimed: 0, from: Number.POSITIVE_INFINITY, truncated: false },
    baseline: { matched: undefined, read: 0, untimed: 0, from: Number.POSITIVE_INFINITY, truncated: false },
  };
  const warnings = new Set<string>();
  const seen = new Set<string>();
  let scannedBytes = 0;

  /** Answers whether it lies in the baseline. */
  function note(entry: LogEntry): boolean {
    const inBaseline = baseline !== undefined && isWithin(entry, baseline);
    const tally = inBaseline ? tallies.baseline : tallies.current;
    tally.read += 1;
    if (entry.at === undefined) tally.untimed += 1;
    else tally.from = Math.min(tally.from, entry.at);
    return inBaseline;
  }

  function take({ entries }: LogBatch, sampling: boolean): void {
    // Files know the order of their lines, and mask them there.
    for (const entry of sampling ? maskKeyLines(entries) : entries) {
      if (sampling && seen.has(entry.origin)) continue;
      if (sampling) seen.add(entry.origin);
      add(entry, note(entry));
    }
  }

  return {
    async read(part, inBaseline) {
      let cut = false;
      for await (const batch of source.read({ ...query, ...part }, signal)) {
        scannedBytes += batch.scannedBytes;
        for (const warning of batch.warnings ?? []) warnings.add(warning);
        take(batch, part.newest !== undefined);
        cut ||= batch.truncated === true;
      }
      if (cut) tallies[inBaseline ? 'baseline' : 'current'].truncated = true;
      return cut;
    },
    async count(window, inBaseline) {
      const tally = inBaseline ? tallies.baseline : tallies.current;
      if (source.count) tally.matched = Math.max(tally.read, await source.count({ ...query, window }, signal));
    },
    failed(error) {
      const some = tallies.current.read + tallies.baseline.read > 0;
      if (!some || !(error instanceof FixgateError) || error.code === 'cancelled') throw error;
      for (const tally of [tallies.current, tallies.baseline]) tally.truncated = true;
      warnings.add(`The source failed before all was read: ${error.message} ${error.fix}`);
    },
    result: () => ({
      current: toWindowRead(tallies.current),
      baseline: toWindowRead(tallies.baseline),
      scannedBytes,
      warnings: [...warnings],
    }),
  };
}

function toWindowRead({ matched, read, untimed, from, truncated }: Tally): WindowRead {
  return { matched: matched ?? read, read, untimed, from: Number.isFinite(from) ? from : undefined, truncated };
}

function isWithin({ at }: LogEntry, { since, until }: TimeWindow): boolean {
  return at !== undefined && at >= since && at < until;
}
