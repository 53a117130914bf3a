import type { ComparedSeries } from '#analysis/metric-summary.ts';
import { joinBaseline } from '#analysis/metric-summary.ts';
import type { MetricQuery, MetricSeries, TimeWindow } from '#domain/evidence.ts';
import type { MetricAnswer, MetricSource } from '#providers/sources.ts';

/** A query over a window, and what it is compared with. */
export interface ComparedQuery {
  readonly query: MetricQuery;
  readonly baseline: TimeWindow | undefined;
}

/** Both windows, series by series. */
export interface ComparedAnswer extends Omit<MetricAnswer, 'series'> {
  readonly compared: readonly ComparedSeries[];
}

/** Reads a window and its baseline: in one request where they touch, so that both have the same series and grid. */
export async function readCompared(
  source: MetricSource,
  { query, baseline }: ComparedQuery,
  signal: AbortSignal,
): Promise<ComparedAnswer> {
  const { since, until } = query.window;
  if (baseline === undefined) {
    const { series, ...rest } = await source.query(query, signal);
    return { ...rest, compared: joinBaseline(series, []) };
  }
  if (baseline.until === since) {
    const { series, ...rest } = await source.query({ ...query, window: { since: baseline.since, until } }, signal);
    return { ...rest, compared: series.map((one) => splitAt(one, since)) };
  }
  const [now, before] = await Promise.all([
    source.query(query, signal),
    source.query({ ...query, window: baseline }, signal),
  ]);
  const { series, warnings = [], ...rest } = now;
  const told = [...new Set([...warnings, ...(before.warnings ?? [])])];
  return { ...rest, warnings: told, compared: joinBaseline(series, before.series) };
}

function splitAt(series: MetricSeries, at: number): ComparedSeries {
  const first = series.points.findIndex(([time]) => time >= at);
  const split = first < 0 ? series.points.length : first;
  return {
    series: {
      ...series,
      points: series.points.slice(split),
      ...(series.notNumbers && { notNumbers: series.notNumbers.filter((time) => time >= at) }),
    },
    base: series.points.slice(0, split),
  };
}
