import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricAggregate, MetricSelect } from '#domain/evidence.ts';

import { anyOfValues } from '../status-labels.ts';

/** Names that stand in a query as they are. */
const PLAIN_METRIC = /^[A-Za-z_:][\w:]*$/;
const PLAIN_LABEL = /^[A-Za-z_]\w*$/;

/** A text as PromQL writes it between quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Names as an alternative of a pattern that must match all of a value. */
export function anyOf(names: readonly string[]): string {
  return quoted(anyOfValues(names));
}

/** A label's name; those with other characters than letters, digits and `_` stand between quotes, as Prometheus 3 reads them. */
export function labelName(label: string): string {
  return PLAIN_LABEL.test(label) ? label : quoted(label);
}

/** A selector of the series of one metric. */
export function selector(metric: string, filters: readonly LabelFilter[]): string {
  const conditions = filters.map(({ label, operator, value }) => `${labelName(label)}${operator}${quoted(value)}`);
  if (PLAIN_METRIC.test(metric)) return conditions.length === 0 ? metric : `${metric}{${conditions.join(',')}}`;
  return `{${[quoted(metric), ...conditions].join(',')}}`;
}

/** What a metric is by the names that Prometheus and OpenMetrics prescribe; metadata may know better. */
export function kindOf(metric: string, type = ''): 'counter' | 'histogram' | 'gauge' {
  if (
    metric.endsWith('_bucket') ||
    ((type === 'histogram' || type === 'gaugehistogram') && !/_(?:sum|count)$/.test(metric))
  )
    return 'histogram';
  if (type === 'counter' || /_(?:total|count|sum)$/.test(metric)) return type === 'gauge' ? 'gauge' : 'counter';
  return 'gauge';
}

/** What stands for `p99` and its like. */
const QUANTILES: Partial<Record<MetricAggregate, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
/** Names of things that are measured in histograms. */
const MEASURED = /(?:seconds|milliseconds|_ms|duration|latency)$/;

/** Writes PromQL: counters as rates, histograms as quantiles, gauges as they are. */
export function composePromQl(select: MetricSelect, rangeSeconds: number): string {
  const { metric, filters, agg, groupBy } = select;
  if (metric.trim() === '') throw noMetric();
  const series = selector(metric, filters);
  const rate = (of: string) => `rate(${of}[${rangeSeconds}s])`;
  const by = groupBy.map(labelName);
  const over = (operator: string, of: string) => `${operator}${by.length > 0 ? ` by (${by.join(',')})` : ''} (${of})`;
  const quantile = agg === undefined ? undefined : QUANTILES[agg];
  const kind = kindOf(metric);
  if (kind === 'histogram' || (quantile !== undefined && kind === 'gauge' && MEASURED.test(metric))) {
    const buckets = kind === 'histogram' ? series : selector(`${metric}_bucket`, filters);
    const sum = `sum by (${['le', ...by].join(',')}) (${rate(buckets)})`;
    if (agg === undefined || quantile !== undefined) return `histogram_quantile(${quantile ?? 0.95}, ${sum})`;
  }
  const value = kind === 'gauge' && agg !== 'rate' ? series : rate(series);
  if (quantile !== undefined) return over('quantile', `${quantile}, ${value}`);
  if (agg === undefined && groupBy.length === 0) return value;
  return over(operatorOf(agg, kind), agg === 'count' ? series : value);
}

function operatorOf(agg: MetricAggregate | undefined, kind: ReturnType<typeof kindOf>): string {
  if (agg === undefined) return kind === 'gauge' ? 'avg' : 'sum';
  return agg === 'rate' ? 'sum' : agg;
}

function noMetric(): FixgateError {
  return new FixgateError('invalid_input', 'The metric has no name.', {
    fix: 'Name a metric, or use search to see which there are.',
  });
}
