import type { MetricSeries, TimeWindow } from '#domain/evidence.ts';

import type { Selection } from './selector.ts';

/** Recorded samples of one series, ascending; NaN marks the end of a series. */
export interface Recorded {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [number, number])[];
}

/** A sample answers for this long after it was taken, as in Prometheus. */
export const LOOKBACK_MS = 300_000;

type Point = readonly [number, number];

/** Evaluates a selection at `since`, `since + step` … before `until`. Rates are those between the samples, resets accounted for. */
export function evaluate(
  recorded: readonly Recorded[],
  selection: Selection,
  grid: TimeWindow & { readonly stepMs: number },
): MetricSeries[] {
  const { over } = selection;
  if (over === undefined) return evaluateOne(recorded, selection, grid);
  const of = (one: Selection) =>
    evaluateOne(
      recorded.filter(({ name, labels }) => one.matches(name, labels)),
      one,
      grid,
    );
  return divide(of(selection), of(over));
}

/** A share: what is not there at all did not happen, as long as the whole is known. */
function divide(parts: readonly MetricSeries[], wholes: readonly MetricSeries[]): MetricSeries[] {
  const keyOf = ({ labels }: MetricSeries) =>
    JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const known = new Map(parts.map((part) => [keyOf(part), new Map(part.points)]));
  return wholes.map((whole) => {
    const part = known.get(keyOf(whole));
    return {
      name: '',
      labels: whole.labels,
      points: whole.points.flatMap(([at, value]): Point[] => (value === 0 ? [] : [[at, (part?.get(at) ?? 0) / value]])),
    };
  });
}

function evaluateOne(
  recorded: readonly Recorded[],
  selection: Selection,
  grid: TimeWindow & { readonly stepMs: number },
): MetricSeries[] {
  const series = recorded.map(({ name, labels, samples }) => ({
    name: selection.range === undefined ? name : '',
    labels,
    ...onGrid(samples, selection, grid),
  }));
  const present = series.filter(({ points, notNumbers = [] }) => points.length + notNumbers.length > 0);
  return selection.aggregate === undefined ? present : aggregate(present, selection.aggregate);
}

function onGrid(
  samples: readonly Point[],
  { range }: Selection,
  grid: TimeWindow & { readonly stepMs: number },
): Pick<MetricSeries, 'points' | 'notNumbers'> {
  const points: Point[] = [];
  const notNumbers: number[] = [];
  const spanMs = range?.rangeMs ?? LOOKBACK_MS;
  let first = 0;
  let end = 0;
  for (let at = grid.since; at < grid.until; at += grid.stepMs) {
    while (end < samples.length && (samples[end]?.[0] ?? 0) <= at) end++;
    while (first < end && (samples[first]?.[0] ?? 0) <= at - spanMs) first++;
    const value = range === undefined ? samples[end - 1]?.[1] : toRate(samples.slice(first, end), range);
    if (first >= end || value === undefined) continue;
    if (Number.isFinite(value)) points.push([at, value]);
    else notNumbers.push(at);
  }
  return { points, ...(notNumbers.length > 0 && { notNumbers }) };
}

/** A counter that falls was reset to zero in between. */
function toRate(samples: readonly Point[], { kind, rangeMs }: NonNullable<Selection['range']>): number | undefined {
  const known = samples.filter(([, value]) => !Number.isNaN(value));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || last[0] === first[0]) return undefined;
  let increase = 0;
  for (let n = 1; n < known.length; n++) {
    const [before, after] = [known[n - 1]?.[1] ?? 0, known[n]?.[1] ?? 0];
    increase += after < before ? after : after - before;
  }
  const perMs = increase / (last[0] - first[0]);
  return kind === 'rate' ? perMs * 1_000 : perMs * rangeMs;
}

function aggregate(series: readonly MetricSeries[], { kind, by }: NonNullable<Selection['aggregate']>): MetricSeries[] {
  const groups = new Map<string, { labels: Record<string, string>; values: Map<number, number[]> }>();
  for (const { labels, points } of series) {
    const kept = Object.fromEntries(
      by.flatMap((key) => (Object.hasOwn(labels, key) ? [[key, labels[key] ?? '']] : [])),
    );
    const key = JSON.stringify(by.map((label) => kept[label] ?? ''));
    const group = groups.get(key) ?? { labels: kept, values: new Map<number, number[]>() };
    groups.set(key, group);
    for (const [at, value] of points) {
      const values = group.values.get(at);
      if (values === undefined) group.values.set(at, [value]);
      else values.push(value);
    }
  }
  return [...groups.values()].map(({ labels, values }) => ({
    name: '',
    labels,
    points: [...values].map(([at, all]) => [at, combine(all, kind)] as const).toSorted(([a], [b]) => a - b),
  }));
}

function combine(values: readonly number[], kind: NonNullable<Selection['aggregate']>['kind']): number {
  const fold = (step: (a: number, b: number) => number) => values.reduce(step);
  switch (kind) {
    case 'sum':
      return fold((a, b) => a + b);
    case 'avg':
      return fold((a, b) => a + b) / values.length;
    case 'max':
      return fold((a, b) => Math.max(a, b));
    case 'min':
      return fold((a, b) => Math.min(a, b));
  }
}
