import { median } from '#analysis/statistics.ts';
import type { TimeWindow } from '#domain/evidence.ts';

import type { Kept } from './metric-list.ts';
import { MAX_QUERIES } from './metric-read.ts';

/** Series that are looked at coarsely: AWS charges for each. */
export const MAX_CANDIDATES = 2_000;
/** Series that stand for all of too many. */
const MOVERS = 50;
/** Points of a series at the coarse look. */
const COARSE_POINTS = 10;

/** Of too many series those that moved most within the window, measured by a coarse read of all. */
export async function chooseMovers(
  metrics: readonly Kept[],
  { window, periodMs }: { readonly window: TimeWindow; readonly periodMs: number },
  read: (batch: readonly Kept[], coarseMs: number) => Promise<readonly (readonly number[])[]>,
): Promise<readonly Kept[]> {
  const coarseMs = Math.ceil((window.until - window.since) / COARSE_POINTS / periodMs) * periodMs;
  const scored: { readonly kept: Kept; readonly score: number }[] = [];
  const candidates = metrics.slice(0, MAX_CANDIDATES);
  for (let at = 0; at < candidates.length; at += MAX_QUERIES) {
    const batch = candidates.slice(at, at + MAX_QUERIES);
    const values = await read(batch, coarseMs);
    scored.push(...batch.map((kept, index) => ({ kept, score: moveOf(values[index] ?? []) })));
  }
  return scored
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOVERS)
    .map(({ kept }) => kept);
}

/** How far the values stray from their middle, in units of how far they usually do. */
function moveOf(values: readonly number[]): number {
  if (values.length === 0) return -1;
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  return Math.max(...distances) / (median(distances) + 0.01 * Math.abs(middle) + 1e-9);
}
