import type { LogEntry, TimeWindow } from '#domain/evidence.ts';

import type { LogBatch } from '../sources.ts';
import { coverWindow, missedParts } from './cover-window.ts';
import type { Range } from './open-log.ts';
import type { Reading } from './read-entries.ts';
import { lineStart, readEntries } from './read-entries.ts';

/** Bytes that are read at a time, from the end of a file backwards. */
const BLOCK_BYTES = 1024 * 1024;

/** Keeps the newest entries of all that it is given. */
export interface Newest {
  add(entries: readonly LogEntry[]): void;
  /** The time of the oldest one that is kept, once there are more than enough. */
  bound(): number | undefined;
  /** Newest first, and whether there were more. */
  take(): { readonly entries: readonly LogEntry[]; readonly more: boolean };
}

/** Makes a collection of the `most` newest entries. */
export function createNewest(most: number): Newest {
  let kept: LogEntry[] = [];
  let more = false;
  const shrink = () => {
    kept.sort((a, b) => timeOf(b) - timeOf(a));
    more ||= kept.length > most;
    kept.length = Math.min(kept.length, most);
  };
  return {
    add(entries) {
      // Of equal times the later in the file comes first.
      for (const entry of entries.toReversed()) {
        kept.push(entry);
        if (kept.length >= most * 4 + 1_000) shrink();
      }
    },
    bound() {
      shrink();
      const oldest = kept.at(-1);
      return more && oldest !== undefined ? timeOf(oldest) : undefined;
    },
    take() {
      shrink();
      return { entries: kept, more };
    },
  };
}

/** Entries without a time are the oldest. */
function timeOf({ at }: LogEntry): number {
  return at ?? 0;
}

/** Reads a file backwards, block by block, until all that is left is older than what is kept. */
export async function* readBackwards(reading: Reading, window: TimeWindow, newest: Newest): AsyncGenerator<LogBatch> {
  const cover = await coverWindow(reading, window);
  const range = cover.part;
  if (range.end > reading.log.size) return yield* readInto(reading, range, newest);
  let { end } = range;
  while (end > range.start) {
    const start = await blockStart(reading, range, end);
    const block: LogEntry[] = [];
    for await (const { entries, scannedBytes } of readEntries(reading, { start, end })) {
      block.push(...entries);
      yield { entries: [], scannedBytes };
    }
    const latest = block.reduce((at, entry) => Math.max(at, timeOf(entry)), 0);
    newest.add(block);
    const bound = newest.bound();
    if (bound !== undefined && latest <= bound) return;
    end = start;
  }
  for await (const part of missedParts(reading, cover)) yield* readInto(reading, part, newest);
}

async function* readInto(reading: Reading, range: Range, newest: Newest): AsyncGenerator<LogBatch> {
  for await (const { entries, scannedBytes } of readEntries(reading, range)) {
    newest.add(entries);
    yield { entries: [], scannedBytes };
  }
}

/** A line that is longer than a block makes the block longer. */
async function blockStart({ log }: Reading, range: Range, end: number): Promise<number> {
  for (let bytes = BLOCK_BYTES; ; bytes *= 4) {
    if (end - bytes <= range.start) return range.start;
    const start = await lineStart(log, end - bytes);
    if (start < end) return start;
  }
}
