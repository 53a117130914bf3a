import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricAggregate, MetricSelect } from '#domain/evidence.ts';

import { alternativesOf } from '../alternatives.ts';
import { parseCloudWatch, usualStat, writeSelected } from './metric-query.ts';

/** Dimensions that name the service and the environment; those of Application Signals when absent. */
export interface ServiceDimensions {
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

const STATS: Readonly<Record<MetricAggregate, string>> = {
  avg: 'Average',
  sum: 'Sum',
  min: 'Minimum',
  max: 'Maximum',
  count: 'SampleCount',
  rate: 'Rate',
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
};
const FUNCTIONS: Readonly<Record<string, string>> = {
  Average: 'AVG',
  Sum: 'SUM',
  Minimum: 'MIN',
  Maximum: 'MAX',
  SampleCount: 'COUNT',
};

/** Writes a metric where one set of dimensions is meant, and Metrics Insights for groups and other comparisons. */
export function composeCloudWatch(select: MetricSelect, labels: ServiceDimensions): string {
  const { namespace, metric } = nameOf(select.metric);
  const filters = withPlace(select, labels);
  const stat = select.agg === undefined ? usualStat(metric) : STATS[select.agg];
  const isPlain = filters.every(({ operator }) => operator === '=') && select.groupBy.length === 0;
  const pairs = new Map(filters.map(({ label, value }) => [label, value]));
  if (isPlain && pairs.size === filters.length && [...pairs].every(([name, value]) => isWritable(name, value)))
    return writeSelected({ namespace, metric, dimensions: Object.fromEntries(pairs), stat });
  const call = FUNCTIONS[stat];
  if (call === undefined) {
    const fix = 'Use avg, sum, min, max or count, or name every dimension with = and leave group_by out.';
    throw unsaid(`${select.agg ?? stat} over groups or comparisons`, fix);
  }
  const groups = select.groupBy.map(quoteName);
  // Without its dimensions named, a metric would be counted once for each set of dimensions it is kept under.
  const schema = [...new Set([...filters.map(({ label }) => quoteName(label)), ...groups])];
  return [
    `SELECT ${call}(${quoteName(metric)})`,
    `FROM SCHEMA(${[quoteName(namespace), ...schema].join(', ')})`,
    ...(filters.length > 0 ? [`WHERE ${filters.map(condition).join(' AND ')}`] : []),
    ...(groups.length > 0 ? [`GROUP BY ${groups.join(', ')}`] : []),
  ].join(' ');
}

function nameOf(metric: string): { readonly namespace: string; readonly metric: string } {
  const parsed = /[{}"']/.test(metric) || !metric.includes(':') ? undefined : parseCloudWatch(metric);
  if (parsed?.kind === 'metric') return parsed;
  throw new FixgateError('invalid_input', `CloudWatch has no metric named ${JSON.stringify(metric.slice(0, 200))}.`, {
    fix: 'Name it with its namespace, such as AWS/Lambda:Errors; search lists them.',
  });
}

function withPlace({ service, env, filters }: MetricSelect, labels: ServiceDimensions): readonly LabelFilter[] {
  const own = [[labels.service ?? 'Service', service] as const, [labels.env ?? 'Environment', env] as const].flatMap(
    ([label, value]): LabelFilter[] =>
      value === undefined || filters.some((one) => one.label === label) ? [] : [{ label, operator: '=', value }],
  );
  return [...own, ...filters];
}

function isWritable(name: string, value: string): boolean {
  return !/["={},]/.test(name) && !/["{}]/.test(value);
}

function condition({ label, operator, value }: LabelFilter): string {
  const name = quoteName(label);
  if (operator === '=' || operator === '!=') return `${name} ${operator} ${quoteValue(value)}`;
  const alternatives = alternativesOf(value);
  if (alternatives === undefined || alternatives.some(({ isPrefix }) => isPrefix)) {
    throw unsaid(
      `patterns such as ${JSON.stringify(value.slice(0, 200))}`,
      'Write the value itself, or several to exclude, as in !~ a|b.',
    );
  }
  // Its conditions are joined by AND alone.
  if (operator === '=~' && alternatives.length > 1)
    throw unsaid('OR', `Ask for one value of ${label.slice(0, 100)} at a time, or group by it without this filter.`);
  return alternatives.map(({ text }) => `${name} ${operator === '=~' ? '=' : '!='} ${quoteValue(text)}`).join(' AND ');
}

function unsaid(what: string, fix: string): FixgateError {
  return new FixgateError('invalid_input', `Metrics Insights of CloudWatch has no ${what}.`, { fix });
}

function quoteName(name: string): string {
  if (name !== '' && name.length <= 255 && !/["\p{Cc}]/u.test(name)) return `"${name}"`;
  throw notQuotable(name);
}

function quoteValue(value: string): string {
  if (!/['\\\p{Cc}]/u.test(value)) return `'${value}'`;
  throw notQuotable(value);
}

function notQuotable(text: string): FixgateError {
  return new FixgateError('invalid_input', `CloudWatch has no name or value ${JSON.stringify(text.slice(0, 200))}.`, {
    fix: 'Leave quotes, backslashes and control characters out of it.',
  });
}
