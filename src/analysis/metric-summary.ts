import type { MetricSeries, TimeWindow } from '#domain/evidence.ts';

import type { Change } from './metric-change.ts';
import { findChange, MIN_POINTS } from './metric-change.ts';
import { hasEnded, heardUntil } from './metric-silence.ts';
import { toSparkline } from './sparkline.ts';
import { fitLine, median, quantile, robustDistance, robustZ, sorted } from './statistics.ts';

/** One series in numbers, in the unit of the metric. Name and labels are untrusted. */
export interface SeriesSummary extends Pick<MetricSeries, 'name' | 'labels' | 'unit' | 'type'> {
  /** Points in the window. */
  readonly points: number;
  readonly last: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Median of the baseline before the change; absent when it has too few points. */
  readonly baseMedian?: number;
  /** Robust z against the baseline of where the series is since its change, else of its median. Within ±99. */
  readonly z?: number;
  /** The same without a bound, for comparing. */
  readonly distance?: number;
  /** Share of the baseline that was at least as far out, 0 to 1. */
  readonly seenBefore?: number;
  /** Where it left its level; absent for noise, waves and lines that are steady all along. */
  readonly change?: SeriesChange;
  /** By the line through all points of the window. */
  readonly slopePerMinute: number;
  /** Share of expected points that are missing, 0 to 100. */
  readonly gapPercent: number;
  /** Share of points that are NaN or infinite, 0 to 100. */
  readonly notNumberPercent: number;
  /** Milliseconds since the epoch of the last point, when the series fell silent before the window ended. */
  readonly silentSince?: number;
  /** It stopped reporting: others went on, or it never was silent for so long. */
  readonly ended?: true;
  /** Milliseconds since the epoch of the first point, when the baseline has none of it. */
  readonly newSince?: number;
  readonly sparkline: string;
  /** Fewer than 8 points: z and change only where a baseline leads up to at least 3 of them, and then they may still turn. */
  readonly insufficient: boolean;
}

/** A change in time instead of places. */
export interface SeriesChange {
  readonly kind: Change['kind'];
  /** Milliseconds since the epoch of the first point that is part of it. */
  readonly at: number;
  /** Of the first point after it, when the level came back. */
  readonly until?: number;
  readonly before: number;
  readonly after: number;
}

/** The grid that the series were read on. */
export interface SummaryContext {
  readonly window: TimeWindow;
  readonly stepMs: number;
  /** What the window is compared with; none when absent. */
  readonly baseline?: TimeWindow | undefined;
  /** A deviation that would not be noticed, in the unit of the metric. */
  readonly least?: number;
  /** Milliseconds since the epoch of the newest value of the others; absent where there are none. */
  readonly heard?: number | undefined;
}

/** The same series in the window and in the baseline. */
export interface ComparedSeries {
  readonly series: MetricSeries;
  readonly base: MetricSeries['points'];
}

/** Summarises every series and puts first what moved most; series that are only in the baseline come as silent. */
export function summarizeMetrics(compared: readonly ComparedSeries[], context: SummaryContext): SeriesSummary[] {
  const among = { ...context, heard: context.heard ?? heardUntil(compared) };
  return compared
    .filter(({ series, base }) => series.points.length > 0 || base.length >= MIN_POINTS || countOf(series) > 0)
    .map((one) => summarizeSeries(one, among))
    .toSorted(byMovement);
}

/** Joins what was read of the window with what was read of the baseline, series by series. */
export function joinBaseline(
  series: readonly MetricSeries[],
  baseline: readonly MetricSeries[],
): readonly ComparedSeries[] {
  const before = new Map(baseline.map((one) => [keyOf(one), one]));
  const here = new Set(series.map(keyOf));
  const gone = baseline.filter((one) => !here.has(keyOf(one)));
  return [
    ...series.map((one) => ({ series: one, base: before.get(keyOf(one))?.points ?? [] })),
    ...gone.map((one) => ({ series: { ...one, points: [], notNumbers: [] }, base: one.points })),
  ];
}

type Points = MetricSeries['points'];

function countOf({ notNumbers = [] }: MetricSeries): number {
  return notNumbers.length;
}

/** One series in numbers. */
export function summarizeSeries({ series, base }: ComparedSeries, context: SummaryContext): SeriesSummary {
  const { points } = series;
  if (points.length === 0) return toVanished(series, base, context);
  const { window, stepMs } = context;
  const judged = isEnough(points, base, context);
  const change = judged ? changeOf(points, base, context) : undefined;
  const { name, labels, unit, type } = series;
  const notNumbers = countOf(series);
  const expected = Math.max(1, Math.ceil((window.until - window.since) / stepMs));
  const lastAt = points.at(-1)?.[0] ?? window.since;
  return {
    name,
    labels,
    ...(unit !== undefined && { unit }),
    ...(type !== undefined && { type }),
    points: points.length,
    ...spread(points.map(([, value]) => value)),
    ...(judged && against({ points, base, change, least: context.least })),
    ...(change && { change }),
    slopePerMinute: fitLine(points).slope * 60_000,
    gapPercent: Math.max(0, Math.round((1 - (points.length + notNumbers) / expected) * 100)),
    notNumberPercent: Math.round((notNumbers / Math.max(1, points.length + notNumbers)) * 100),
    ...(window.until - lastAt > 3 * stepMs && { silentSince: lastAt }),
    ...(hasEnded({ series, base }, context) && { ended: true }),
    ...(isNew(points, base, context) && { newSince: points[0]?.[0] ?? window.since }),
    sparkline: toSparkline([...base, ...points], pictured(context)),
    insufficient: points.length < MIN_POINTS,
  };
}

/** Points of a window that a level can be seen in, once what came right before it is known. */
const MIN_RECENT = 3;

/** Right after an onset there are few points: those of a baseline that leads up to it count as well. */
function isEnough(points: Points, base: Points, context: SummaryContext): boolean {
  if (points.length >= MIN_POINTS) return true;
  return touches(context) && points.length >= MIN_RECENT && base.length >= MIN_POINTS;
}

/** True when the window and its baseline are one stretch of time. */
function touches({ window, baseline }: SummaryContext): boolean {
  return baseline !== undefined && baseline.until === window.since;
}

/** As much of the baseline as there is window, where they touch. */
function pictured(context: SummaryContext): TimeWindow {
  const { window, baseline } = context;
  if (baseline === undefined || !touches(context)) return window;
  return { since: Math.max(baseline.since, 2 * window.since - window.until), until: window.until };
}

/** Points below which nothing can be called far from them. */
const MIN_REFERENCE = 5;
/** What came long before belongs to another story: a change is looked for first within so many lengths of the window, and at least so long. */
const NEAR_LENGTHS = 3;
const NEAR_MS = 1_800_000;

function changeOf(points: Points, base: Points, context: SummaryContext): SeriesChange | undefined {
  const whole = touches(context) ? [...base, ...points] : points;
  const { since, until } = context.window;
  const near = whole.filter(([at]) => at >= since - Math.max(NEAR_MS, NEAR_LENGTHS * (until - since)));
  const found = changeIn(near) ?? (near.length < whole.length ? changeIn(whole) : undefined);
  // What was over before the window began is no part of it.
  return found?.until !== undefined && found.until <= since ? undefined : found;
}

function changeIn(points: Points): SeriesChange | undefined {
  const change = findChange(points.map(([, value]) => value));
  const at = change && points[change.index]?.[0];
  if (change === undefined || at === undefined) return undefined;
  const until = change.end === undefined ? undefined : points[change.end]?.[0];
  return {
    kind: change.kind,
    at,
    ...(until !== undefined && { until }),
    before: change.before,
    after: change.after,
  };
}

interface Against {
  readonly points: Points;
  readonly base: Points;
  readonly change: SeriesChange | undefined;
  readonly least: number | undefined;
}

function against({
  points,
  base,
  change,
  least,
}: Against): Pick<SeriesSummary, 'baseMedian' | 'z' | 'distance' | 'seenBefore'> {
  // What lies before the change is a baseline as well, wherever the window begins.
  const before = change === undefined ? base : [...base, ...points].filter(([at]) => at < change.at);
  const reference = (before.length >= MIN_REFERENCE ? before : base).map(([, value]) => value);
  if (reference.length < MIN_REFERENCE) return {};
  const now = change === undefined ? median(points.map(([, value]) => value)) : change.after;
  const center = median(reference);
  const seen = reference.filter((value) => (now >= center ? value >= now : value <= now)).length;
  return {
    baseMedian: center,
    seenBefore: seen / reference.length,
    z: robustZ(now, reference, least),
    distance: robustDistance(now, reference, least),
  };
}

function isNew(points: Points, base: Points, { window, baseline, stepMs }: SummaryContext): boolean {
  const first = points[0]?.[0];
  return baseline !== undefined && base.length === 0 && first !== undefined && first - window.since > 3 * stepMs;
}

function spread(values: readonly number[]): Pick<SeriesSummary, 'last' | 'min' | 'p50' | 'p95' | 'max'> {
  const ascending = sorted(values);
  const at = (share: number) => quantile(ascending, share);
  return { last: values.at(-1) ?? Number.NaN, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** A series that has ended has no numbers here; those of the baseline are given. */
function toVanished(series: MetricSeries, base: Points, context: SummaryContext): SeriesSummary {
  const { name, labels, unit, type } = series;
  const notNumbers = countOf(series);
  const values = base.map(([, value]) => value);
  const lastAt = base.at(-1)?.[0];
  return {
    name,
    labels,
    ...(unit !== undefined && { unit }),
    ...(type !== undefined && { type }),
    points: 0,
    ...spread(values),
    ...(values.length > 0 && { baseMedian: median(values) }),
    slopePerMinute: 0,
    gapPercent: notNumbers > 0 ? 0 : 100,
    notNumberPercent: notNumbers > 0 ? 100 : 0,
    ...(lastAt !== undefined && notNumbers === 0 && { silentSince: lastAt, ended: true }),
    sparkline: toSparkline(base, pictured(context)),
    insufficient: true,
  };
}

/** The place among the series of what has no size: one that ended. */
export const ENDED = 20;
/** And one that appeared. */
const APPEARED = 10;

/** By |z|; without a baseline by the relative size of the step; then by name, so that the order is always the same. */
export function byMovement(a: SeriesSummary, b: SeriesSummary): number {
  return movementOf(b) - movementOf(a) || (keyOf(a) < keyOf(b) ? -1 : 1);
}

/** When what a series did began, in milliseconds since the epoch: its change, or its end where that says more. */
export function beganAt({ change, ended, silentSince, distance }: SeriesSummary): number | undefined {
  return ended && !(change && Math.abs(distance ?? 0) >= ENDED) ? silentSince : change?.at;
}

/** How much a series moved, comparable with |z|; not bounded. */
export function movementOf(summary: SeriesSummary): number {
  const { distance, change, ended, newSince } = summary;
  const moved = distance !== undefined ? Math.abs(distance) : change === undefined ? 0 : relativeSize(change);
  if (ended) return Math.max(moved, ENDED);
  return newSince === undefined ? moved : Math.max(moved, APPEARED);
}

function relativeSize({ before, after }: SeriesChange): number {
  return Math.min(99, Math.abs(after - before) / Math.max(Math.abs(before) * 0.05, Number.MIN_VALUE));
}

/** Tells series apart. */
export function keyOf({ name, labels }: Pick<MetricSeries, 'name' | 'labels'>): string {
  return `${name}${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}
