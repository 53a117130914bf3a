import type { MetricsQueryMetadata } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/MetricsQueryMetadata.js';
import type { TimeseriesResponseAttributes } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/TimeseriesResponseAttributes.js';

import type { MetricQuery, MetricSeries } from '#domain/evidence.ts';

import type { PlainQuery } from './metric-query.ts';

type Points = readonly (readonly [number, number | null])[];

/** Series of version 1; points, units and parts of units may be null. */
export function fromV1(
  series: readonly MetricsQueryMetadata[],
  query: MetricQuery,
  now: number,
): readonly MetricSeries[] {
  const reduce = reducerOf(query.query.includes('.as_count()') ? 'counts' : /^\s*(min|max):/.exec(query.query)?.[1]);
  return series.map(({ metric, expression, tagSet, pointlist, unit, interval = 0 }) => ({
    name: metric ?? expression ?? '',
    labels: toLabels(tagSet ?? []),
    points: onGrid(over(pointlist ?? [], now - Math.max(interval * 1_000, query.stepMs)), query, reduce),
    ...unitOf(unit),
  }));
}

/** Series of version 2: all share their times, which are sparse and irregular, and hold null where they have no value. */
export function fromV2(
  { series = [], times = [], values = [] }: TimeseriesResponseAttributes,
  { query, plain, now }: { readonly query: MetricQuery; readonly plain: PlainQuery; readonly now: number },
): readonly MetricSeries[] {
  const reduce = reducerOf(plain.isCount ? 'counts' : plain.aggregator);
  return series.map(({ groupTags, unit }, index) => ({
    name: plain.metric,
    labels: toLabels(groupTags ?? []),
    points: onGrid(
      over(
        times.map((at, n) => [at, values[index]?.[n] ?? null] as const),
        now - query.stepMs,
      ),
      query,
      reduce,
    ),
    ...unitOf(unit),
  }));
}

/** Distances of times that make a rhythm, and the share of them that must be equal: other times are sparse. */
const LEAST_GAPS = 4;
const RHYTHM = 0.8;

/** Milliseconds between times that come in a rhythm; undefined for sparse ones. */
export function rhythmOf(times: readonly number[]): number | undefined {
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  const least = Math.min(...gaps);
  const equal = gaps.filter((gap) => gap === least).length;
  return gaps.length >= LEAST_GAPS && equal >= gaps.length * RHYTHM ? least : undefined;
}

/** An interval that is not over yet holds a part of its counts only, which would look like a fall. */
function over(points: Points, latest: number): Points {
  return points.filter(([at]) => at <= latest);
}

/** The step that is asked for is a hint: what comes finer is reduced to one point per step, within the window. */
function onGrid(
  points: Points,
  { window: { since, until }, stepMs }: MetricQuery,
  reduce: (values: readonly number[]) => number,
): MetricSeries['points'] {
  const steps = new Map<number, number[]>();
  for (const [at, value] of points) {
    if (value === null || !Number.isFinite(value) || at < since || at >= until) continue;
    const step = since + Math.floor((at - since) / stepMs) * stepMs;
    const held = steps.get(step);
    if (held === undefined) steps.set(step, [value]);
    else held.push(value);
  }
  return [...steps].toSorted(([a], [b]) => a - b).map(([at, values]) => [at, reduce(values)] as const);
}

function reducerOf(how: string | undefined): (values: readonly number[]) => number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  // A sum over hosts is still a level in time; only counts of intervals add up.
  if (how === 'min') return (values) => Math.min(...values);
  if (how === 'max') return (values) => Math.max(...values);
  return how === 'counts' ? sum : (values) => sum(values) / values.length;
}

/** Tags as labels; a tag without a value is one whose value is empty, and one that occurs twice has both. */
function toLabels(tags: readonly string[]): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const tag of tags) {
    const colon = tag.indexOf(':');
    const [key, value] = colon === -1 ? [tag, ''] : [tag.slice(0, colon), tag.slice(colon + 1)];
    const held = labels.get(key);
    labels.set(key, held === undefined || held === value ? value : `${held},${value}`);
  }
  return Object.fromEntries(labels);
}

/** What is measured and per what: `[bytes, second]`; either may be null, and so may the whole. */
function unitOf(
  unit: readonly ({ readonly name?: string; readonly plural?: string } | null | undefined)[] | null | undefined,
): { readonly unit?: string } {
  const [of, per] = unit ?? [];
  const name = of?.plural ?? of?.name;
  if (name === undefined) return {};
  return { unit: per?.name === undefined ? name : `${name}/${per.name}` };
}
