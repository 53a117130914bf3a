import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricSelect } from '#domain/evidence.ts';

/** Range of rates in queries that are written here: three scrapes of the slowest usual kind. */
const RANGE = '[3m]';

/** Writes a query of the small language of recorded metrics; throws `invalid_input` for what it cannot say. */
export function composeSelection(select: MetricSelect): string {
  const { metric, agg, groupBy } = select;
  const kind = agg === 'rate' ? 'sum' : agg;
  if (kind !== undefined && !['sum', 'avg', 'max', 'min'].includes(kind)) {
    throw new FixgateError('invalid_input', `Recorded metrics have no ${kind}.`, {
      fix: 'Use sum, avg, max, min or rate; of a histogram, name a bucket with a filter such as le=0.5.',
    });
  }
  const { service, env, filters } = select;
  const own = [
    ...(service === undefined ? [] : [{ label: 'service', operator: '=' as const, value: service }]),
    ...(env === undefined ? [] : [{ label: 'env', operator: '=' as const, value: env }]),
  ].filter(({ label }) => !filters.some((one) => one.label === label));
  const isCounter = /_(?:total|count|sum|bucket)$/.test(metric);
  const series = toSelector(metric, [...own, ...filters]);
  const value = isCounter || agg === 'rate' ? `rate(${series}${RANGE})` : series;
  if (kind === undefined && groupBy.length === 0) return value;
  return `${kind ?? (isCounter ? 'sum' : 'avg')}(${value})${groupBy.length > 0 ? ` by (${groupBy.join(',')})` : ''}`;
}

/** A selector of one metric. */
export function toSelector(metric: string, filters: readonly LabelFilter[]): string {
  const conditions = filters.map(({ label, operator, value }) => `${label}${operator}${toQuoted(value)}`);
  return conditions.length === 0 ? metric : `${metric}{${conditions.join(',')}}`;
}

function toQuoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
