import type { MetricSeries, TimeWindow } from '#domain/evidence.ts';

import { findStep, fitLine, median, quantile, robustZ } from './statistics.ts';

/** Points below which nothing is said of change. */
export const MIN_POINTS = 8;

/** One series in numbers, in the unit of the metric. Labels are untrusted. */
export interface SeriesSummary {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: number;
  readonly last: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Median of the baseline; absent when it has too few points. */
  readonly baseMedian?: number;
  /** Robust z against the baseline of where the series is now: after its step if it has one. Within ±99. */
  readonly z?: number;
  /** Where the mean steps up or down; absent for noise and steady ramps. */
  readonly change?: { readonly at: number; readonly before: number; readonly after: number };
  /** By the line through all points. */
  readonly slopePerMinute: number;
  /** Share of expected points that are missing, 0 to 100. */
  readonly gapPercent: number;
  /** Milliseconds since the epoch of the last point, when the series fell silent before the window ended. */
  readonly silentSince?: number;
  /** Twenty characters `▁` to `█`, a space where there is no point. */
  readonly sparkline: string;
  /** Fewer than 8 points: neither z nor change. */
  readonly insufficient: boolean;
}

/** The grid that the series were read on. */
export interface SummaryContext {
  readonly window: TimeWindow;
  readonly stepMs: number;
  /** The same query over the window before. */
  readonly baseline: readonly MetricSeries[];
}

/** Summarises every series and puts first what moved most; series that are only in the baseline come as silent. */
export function summarizeMetrics(series: readonly MetricSeries[], context: SummaryContext): readonly SeriesSummary[] {
  const before = new Map(context.baseline.map((one) => [keyOf(one), one]));
  const here = new Set(series.map(keyOf));
  const vanished = context.baseline.filter((one) => !here.has(keyOf(one)) && one.points.length >= MIN_POINTS);
  return [
    ...series
      .filter(({ points }) => points.length > 0)
      .map((one) => summarize(one, before.get(keyOf(one))?.points ?? [], context)),
    ...vanished.map((one) => toVanished(one)),
  ].toSorted(byMovement);
}

type Points = MetricSeries['points'];

function summarize(
  { name, labels, points }: MetricSeries,
  base: Points,
  { window, stepMs }: SummaryContext,
): SeriesSummary {
  const values = points.map(([, value]) => value);
  const insufficient = points.length < MIN_POINTS;
  const step = insufficient ? undefined : findStep(points);
  const now = step === undefined ? values : values.slice(step);
  const baseValues = base.map(([, value]) => value);
  const comparable = !insufficient && base.length >= MIN_POINTS;
  const expected = Math.max(1, Math.ceil((window.until - window.since) / stepMs));
  const lastAt = points.at(-1)?.[0] ?? window.since;
  return {
    name,
    labels,
    points: points.length,
    ...spread(values),
    ...(base.length >= MIN_POINTS && { baseMedian: median(baseValues) }),
    ...(comparable && { z: robustZ(median(now), baseValues) }),
    ...(step !== undefined && {
      change: { at: points[step]?.[0] ?? lastAt, before: median(values.slice(0, step)), after: median(now) },
    }),
    slopePerMinute: fitLine(points).slope * 60_000,
    gapPercent: Math.max(0, Math.round((1 - points.length / expected) * 100)),
    ...(window.until - lastAt > 3 * stepMs && { silentSince: lastAt }),
    sparkline: toSparkline(points, window),
    insufficient,
  };
}

function spread(values: readonly number[]): Pick<SeriesSummary, 'last' | 'min' | 'p50' | 'p95' | 'max'> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return { last: values.at(-1) ?? Number.NaN, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** A series that has ended has no numbers here; those of the baseline are given. */
function toVanished({ name, labels, points }: MetricSeries): SeriesSummary {
  const values = points.map(([, value]) => value);
  return {
    name,
    labels,
    points: 0,
    ...spread(values),
    baseMedian: median(values),
    slopePerMinute: 0,
    gapPercent: 100,
    silentSince: points.at(-1)?.[0] ?? 0,
    sparkline: ' '.repeat(SPARK_CELLS),
    insufficient: true,
  };
}

const SPARK_CELLS = 20;
const SPARKS = '▁▂▃▄▅▆▇█';

function toSparkline(points: Points, { since, until }: TimeWindow): string {
  const cells: number[][] = Array.from({ length: SPARK_CELLS }, () => []);
  for (const [at, value] of points) cells[Math.floor(((at - since) / (until - since)) * SPARK_CELLS)]?.push(value);
  const filled = spreadCells(cells, points.length);
  const known = filled.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return filled
    .map((value) =>
      value === undefined ? ' ' : SPARKS[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)],
    )
    .join('');
}

/** With fewer points than cells, a cell between two points shows the earlier one. */
function spreadCells(cells: readonly (readonly number[])[], points: number): readonly (number | undefined)[] {
  const reach = Math.ceil(SPARK_CELLS / Math.max(1, points));
  return cells.map((_, index) => {
    const near = cells.slice(Math.max(0, index - reach + 1), index + 1).findLast((cell) => cell.length > 0);
    return near === undefined ? undefined : near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/** By |z|; without a baseline by the relative size of the step; then by name, so that the order is always the same. */
function byMovement(a: SeriesSummary, b: SeriesSummary): number {
  return movementOf(b) - movementOf(a) || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function movementOf({ z, change, silentSince, points }: SeriesSummary): number {
  if (z !== undefined) return Math.abs(z);
  // A series that stopped reporting is a signal, though no number says how strong.
  if (points === 0 && silentSince !== undefined) return 3;
  if (change === undefined) return 0;
  const size = Math.abs(change.after - change.before);
  return Math.min(99, size / Math.max(Math.abs(change.before) * 0.05, Number.MIN_VALUE));
}

function keyOf({ name, labels }: Pick<MetricSeries, 'name' | 'labels'>): string {
  return `${name}${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}
