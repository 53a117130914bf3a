import type { PatternState } from '#analysis/log-patterns.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry, LogQuery, TimeWindow } from '#domain/evidence.ts';
import type { Redact } from '#engine/redact.ts';
import { createUnnamedCount } from '#engine/services/logs/hints.ts';
import { createKeptLines } from '#engine/services/logs/kept-lines.ts';
import { redactEntry } from '#engine/services/logs/redact-entry.ts';
import type { LogBatch, LogPart } from '#providers/sources.ts';

/** What the entries of some parts amount to, redacted, in a form that can be sent to another thread. */
export interface LogDigest {
  readonly patterns: PatternState;
  /** The earliest events of the window, failures first. */
  readonly lines: readonly LogEntry[];
  readonly named: { readonly service: boolean; readonly env: boolean };
  readonly current: Seen;
  readonly baseline: Seen;
  readonly scannedBytes: number;
  readonly warnings: readonly string[];
}

/** Entries of one window, and the time of the earliest. */
export interface Seen {
  read: number;
  from: number;
}

/** What it takes to digest parts of a source. */
export interface DigestJob {
  readonly parts: readonly LogPart[];
  readonly query: LogQuery;
  readonly baseline: TimeWindow | undefined;
}

/** Reads parts with other threads; undefined when there are none to spare, or when one of them failed. */
export type DigestApart = (job: DigestJob, signal: AbortSignal) => Promise<readonly LogDigest[] | undefined>;

/** Makes the counts of one thread. */
export function createDigest({ query, baseline }: Pick<DigestJob, 'query' | 'baseline'>, redact: Redact) {
  const patterns = createPatternCounter();
  const lines = createKeptLines();
  const unnamed = createUnnamedCount(query);
  const seen = { current: nothingSeen(), baseline: nothingSeen() };
  const warnings = new Set<string>();
  let scannedBytes = 0;
  return {
    add(batch: LogBatch) {
      scannedBytes += batch.scannedBytes;
      for (const warning of batch.warnings ?? []) warnings.add(warning);
      for (const found of batch.entries) {
        const inBaseline = isWithin(found, baseline);
        noteSeen(inBaseline ? seen.baseline : seen.current, found);
        const entry = redactEntry(found, redact);
        patterns.add(entry, inBaseline);
        if (inBaseline) continue;
        unnamed.add(entry);
        lines.add(entry);
      }
    },
    value: (): LogDigest => ({
      patterns: patterns.state(),
      lines: lines.entries(),
      named: unnamed.seen(),
      ...seen,
      scannedBytes,
      warnings: [...warnings],
    }),
  };
}

/** The beginning of a count. */
export function nothingSeen(): Seen {
  return { read: 0, from: Number.POSITIVE_INFINITY };
}

/** Counts one more entry. */
export function noteSeen(seen: Seen, { at }: LogEntry): void {
  seen.read += 1;
  if (at !== undefined && at < seen.from) seen.from = at;
}

/** True for an entry whose time lies in a window. */
export function isWithin({ at }: LogEntry, window: TimeWindow | undefined): boolean {
  return window !== undefined && at !== undefined && at >= window.since && at < window.until;
}
