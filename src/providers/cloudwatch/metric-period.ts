import type { TimeWindow } from '#domain/evidence.ts';
import { fitStep } from '#domain/time.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What is kept: points of a minute for 15 days, of five minutes for 63, of an hour for 455. */
const RETENTION = [
  { until: 15 * DAY_MS, periodMs: MINUTE_MS },
  { until: 63 * DAY_MS, periodMs: 5 * MINUTE_MS },
] as const;
const OLDEST_PERIOD_MS = 60 * MINUTE_MS;
/** Points of one series, so that 70 of them fit the 100,800 of one answer. */
const MAX_POINTS = 1_440;
/** Metrics Insights looks no further back. */
export const INSIGHTS_MS = 14 * DAY_MS;

/** The finest period, at least `stepMs`, in which a window is still kept. */
export function fitPeriod({ since }: TimeWindow, stepMs: number, now: number): number {
  const least = RETENTION.find(({ until }) => now - since < until)?.periodMs ?? OLDEST_PERIOD_MS;
  return Math.max(1, Math.ceil(stepMs / least)) * least;
}

/** The same with a bounded number of points. */
export function fitMetricStep(window: TimeWindow, stepMs: number, now: number): number {
  const least = fitPeriod(window, stepMs, now);
  return fitPeriod(window, fitStep(window.until - window.since, least, MAX_POINTS), now);
}
