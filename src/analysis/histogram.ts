import type { LogEntry, TimeWindow } from '#domain/evidence.ts';
import { fitStep } from '#domain/time.ts';

import { isError } from './levels.ts';

/** Events of one stretch of time. */
export interface HistogramBucket {
  /** Milliseconds since the epoch: the start of the stretch. */
  readonly at: number;
  readonly count: number;
  /** Those at error or fatal. */
  readonly errors: number;
}

/** Counts events over time as they stream by. */
export interface Histogram {
  /** Length of each stretch in milliseconds. */
  readonly bucketMs: number;
  add(entry: LogEntry): void;
  buckets(): readonly HistogramBucket[];
  /** Events without a time or outside the window. */
  untimed(): number;
}

/** Makes a histogram of at most `maxBuckets` stretches of readable length; empty ones are counted as zero. */
export function createHistogram(window: TimeWindow, maxBuckets = 30): Histogram {
  const length = Math.max(1, window.until - window.since);
  const bucketMs = fitStep(length, 1_000, maxBuckets);
  const counts = Array.from({ length: Math.ceil(length / bucketMs) }, () => ({ count: 0, errors: 0 }));
  let untimed = 0;
  return {
    bucketMs,
    add({ at, level }) {
      const bucket = at === undefined ? undefined : counts[Math.floor((at - window.since) / bucketMs)];
      if (bucket === undefined) {
        untimed++;
        return;
      }
      bucket.count++;
      if (isError(level)) bucket.errors++;
    },
    buckets: () => counts.map((bucket, index) => ({ at: window.since + index * bucketMs, ...bucket })),
    untimed: () => untimed,
  };
}
