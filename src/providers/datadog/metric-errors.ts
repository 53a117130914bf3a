import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

import { vendorText } from '../vendor-text.ts';

const POSITION = /\(?\bline (\d{1,6}),? col(?:umn)? (\d{1,6})\)?/i;
const AGGREGATORS = ['avg', 'sum', 'min', 'max', 'count', 'p50', 'p75', 'p90', 'p95', 'p99'];

/** Functions of Datadog queries, for misspelled ones. */
const FUNCTIONS =
  'abs anomalies autosmooth bottom ceil clamp_max clamp_min count_nonzero count_not_null cumsum cutoff_max cutoff_min day_before default_zero derivative diff dt ewma_3 ewma_5 ewma_10 ewma_20 exclude_null floor forecast integral log10 log2 median_3 median_5 median_7 median_9 monotonic_diff month_before moving_rollup outliers per_hour per_minute per_second piecewise_constant rollup round_to robust_trend timeshift top trend_line week_before as_count as_rate fill'.split(
    ' ',
  );

/** Datadog's refusal of a query, shown at its place in it, with what was probably meant. */
export function queryRefused(said: string, query: string, cause?: unknown): FixgateError {
  const why = vendorText(said) || 'it cannot be read';
  const at = POSITION.exec(why);
  const [line, column] = [Number(at?.[1] ?? 0), Number(at?.[2] ?? 0)];
  const place = at === null ? '' : ` At line ${line}, column ${column}: ${marked(query, line, column)}.`;
  return new FixgateError('invalid_input', `Datadog refused the query: ${why}.${place}`, {
    fix: suggest(query),
    evidence: { query: query.slice(0, 1_000), ...(at !== null && { line, column }) },
    cause,
  });
}

function marked(query: string, line: number, column: number): string {
  const text = query.split('\n')[line - 1] ?? '';
  return `${text.slice(Math.max(0, column - 31), column - 1)} ⟨here⟩ ${text.slice(column - 1, column + 29)}`.trim();
}

function suggest(query: string): string {
  const text = query.replaceAll(/\{[^}]*\}/g, '{}');
  for (const [, name = ''] of text.matchAll(/(?:^|[\s(,+*/-])([A-Za-z]\w{1,15}):[A-Za-z]/g)) {
    if (!AGGREGATORS.includes(name))
      return `Did you mean ${nearest(name, AGGREGATORS) ?? 'avg'}: before the metric? Correct the query and call again.`;
  }
  for (const [, name = ''] of query.matchAll(/\b([a-z_]\w{1,30})\(/g)) {
    const close = FUNCTIONS.includes(name) ? undefined : nearest(name, FUNCTIONS);
    if (close !== undefined) return `Did you mean ${close}? Correct the query and call again.`;
  }
  const count = (sign: string) => query.split(sign).length;
  if (count('{') !== count('}') || count('(') !== count(')'))
    return 'Close every brace and parenthesis, and call again.';
  if (!query.includes('{')) return 'Give the metric a scope, as in avg:system.cpu.user{*}, and call again.';
  return 'Correct the query: aggregator:metric{tag:value} by {tag}, such as avg:system.cpu.user{env:prod} by {host}.';
}
