import type { MetricQuery } from '#domain/evidence.ts';

import type { PrometheusClient } from './client.ts';
import { instant, seconds } from './client.ts';
import { labelName } from './prom-ql.ts';
import { toSeries } from './replies.ts';

/** Points of one answer, about 10 MB while it is read. */
const MAX_POINTS = 120_000;
/** Series of one answer, whatever their length. */
const MAX_SERIES = 600;
/** Moments within a window at which series are counted: those of a short life are seen as well. */
const COUNTS = 4;
/** Labels whose values are counted when there are too many series. */
const MAX_LABELS = 8;

/** Series of one window and step that are read at once. */
export function mostSeries({ window, stepMs }: MetricQuery): number {
  const points = Math.max(1, Math.ceil((window.until - window.since) / stepMs));
  return Math.max(20, Math.min(MAX_SERIES, Math.floor(MAX_POINTS / points)));
}

/** How many series a query has at most at any time within its window; undefined when that cannot be told. */
export async function countSeries(
  { http }: PrometheusClient,
  { query, window }: MetricQuery,
  signal: AbortSignal,
): Promise<number | undefined> {
  const step = Math.max(1_000, Math.floor((window.until - 1 - window.since) / COUNTS));
  const params = {
    query: `count(\n${query}\n)`,
    start: seconds(window.since),
    end: seconds(window.until - 1),
    step: seconds(step),
  };
  try {
    const { series } = toSeries(await http.read({ path: 'api/v1/query_range', params }, signal));
    return Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  } catch {
    signal.throwIfAborted();
    // Whatever is wrong with the query is told when it is asked itself.
    return undefined;
  }
}

/** The query narrowed to the series whose last part differs most from what came before, measured where the series are. */
export function moversQl({ query, window, stepMs }: MetricQuery, most: number): string {
  const length = window.until - window.since;
  const now = Math.max(stepMs * 4, Math.floor(length / 8));
  const [at, before] = [(window.until - 1) / 1_000, (window.until - now) / 1_000];
  const of = (name: string, ms: number, moment: number) =>
    `${name}((\n${query}\n)[${Math.floor(ms / 1_000)}s:${Math.ceil(stepMs / 1_000)}s] @ ${moment.toFixed(3)})`;
  const change = `abs(${of('avg_over_time', now, at)} - ${of('avg_over_time', length - now, before)})`;
  const noise = `(${of('stddev_over_time', length - now, before)} + 0.01 * abs(${of('avg_over_time', length - now, before)}) + 1e-9)`;
  return `(\n${query}\n) and topk(${most}, ${change} / ${noise})`;
}

/** What to write instead: the query with its largest series only. */
export function topQl(query: string, most: number): string {
  return `topk(${most}, ${query})`;
}

/** How many values each of some labels has among the series of a query, the most first. */
export async function countValues(
  client: PrometheusClient,
  { query, at, labels }: { readonly query: string; readonly at: number; readonly labels: readonly string[] },
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const counts = await Promise.all(
    labels.slice(0, MAX_LABELS).map(async (label) => {
      const text = `count(count by (${labelName(label)}) (\n${query}\n))`;
      const found = await instant(client, { query: text, at }, signal).catch(() => []);
      return [label, found[0]?.value ?? 0] as const;
    }),
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a));
}
