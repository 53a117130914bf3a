import type { MetricSeries } from '#domain/evidence.ts';

import { MIN_POINTS } from './metric-change.ts';
import type { ComparedSeries, SummaryContext } from './metric-summary.ts';

/** Sources may tell everything so late, in milliseconds: until then only what falls silent among others has ended. */
const LATE_MS = 600_000;
/** Steps without a value that are no silence. */
const SILENT_STEPS = 3;
/** A silence that is no longer than this many of the gaps before it is one more of them. */
const GAPS = 2;

/** Milliseconds since the epoch of the newest value among several series; undefined where there is one alone. */
export function heardUntil(compared: readonly ComparedSeries[]): number | undefined {
  const times = compared.flatMap(({ series }) => lastHeard(series) ?? []);
  return compared.length < 2 || times.length === 0 ? undefined : Math.max(...times);
}

/**
 * True when a series that has values in the window stopped there: others went on, or it is silent for longer than a source is late,
 * and for longer than it ever was before.
 */
export function hasEnded({ series, base }: ComparedSeries, context: SummaryContext): boolean {
  const { window, baseline, stepMs, heard } = context;
  const last = lastHeard(series);
  if (last === undefined || series.points.length === 0) return false;
  const silence = window.until - last;
  const isAlone = (heard ?? last) - last > SILENT_STEPS * stepMs;
  if (silence <= SILENT_STEPS * stepMs || !(isAlone || silence > LATE_MS)) return false;
  const whole = baseline?.until === window.since ? [...base, ...series.points] : series.points;
  return whole.length >= MIN_POINTS && silence > GAPS * longestGap(whole);
}

function lastHeard({ points, notNumbers = [] }: MetricSeries): number | undefined {
  const times = [points.at(-1)?.[0], notNumbers.at(-1)].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

function longestGap(points: MetricSeries['points']): number {
  return points.reduce((longest, [at], index) => Math.max(longest, at - (points[index - 1]?.[0] ?? at)), 0);
}
