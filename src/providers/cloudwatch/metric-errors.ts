import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

import { vendorText } from '../vendor-text.ts';
import type { Asked } from './errors.ts';
import { toError } from './errors.ts';

/** Functions of metric math and of Metrics Insights, for misspelled ones. */
const FUNCTIONS =
  'SELECT FROM SCHEMA WHERE GROUP ORDER LIMIT ABS ANOMALY_DETECTION_BAND AVG CEIL COUNT DATAPOINT_COUNT DIFF DIFF_TIME FILL FIRST FLOOR IF INSIGHT_RULE_METRIC LAST LOG LOG10 MAX METRIC_COUNT METRICS MIN PERIOD RATE REMOVE_EMPTY RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES'.split(
    ' ',
  );
const REFUSED =
  /^(?:ValidationError|ValidationException|InvalidParameter\w*|MissingRequiredParameter\w*|InvalidFormatFault|SerializationException)$/;
const POSITION = /\b(?:position|index|column|offset|char(?:acter)?)\s*[:#]?\s*(\d{1,6})/i;

/** As `toError`, in the words of metrics: a refused query is shown at its place, a missing permission by its name. */
export function toMetricError(error: unknown, asked: Asked): FixgateError {
  const name = error instanceof Error ? error.name : '';
  const said = error instanceof Error ? vendorText(error.message) : '';
  if (REFUSED.test(name)) return refused(said, asked);
  if (/^AccessDenied(?:Exception)?$/.test(name) && !/sts:AssumeRole\b/.test(said)) {
    return new FixgateError('provider_rejected', `${asked.where} refused ${asked.permission}: ${said}.`, {
      fix: `Have the operator allow ${asked.permission} to this source; IAM knows no narrower resource than * for it.`,
    });
  }
  if (/^Throttling(?:Exception)?$|^LimitExceeded/.test(name)) {
    return new FixgateError('provider_unavailable', `${asked.where} has too many requests of this account: ${said}.`, {
      fix: 'Call again in 60 s; if it lasts, have the operator lower requests_per_s.',
      evidence: { retry_after_s: 60 },
    });
  }
  return toError(error, asked);
}

function refused(said: string, { query = '' }: Asked): FixgateError {
  const at = Number(POSITION.exec(said)?.[1] ?? Number.NaN);
  const isIn = at >= 0 && at < query.length;
  const marked = isIn
    ? ` At character ${at}: ${query.slice(Math.max(0, at - 30), at)} ⟨here⟩ ${query.slice(at, at + 30)}.`
    : '';
  return new FixgateError('invalid_input', `CloudWatch refused the query: ${said}.${marked}`, {
    fix: suggest(query),
    evidence: { query: query.slice(0, 1_000), ...(isIn && { start: at }) },
  });
}

function suggest(query: string): string {
  const words = /^\s*select/i.test(query)
    ? (query.match(/^\s*\w+|\b[A-Za-z_]+(?=\s*\()|\b[A-Z]{4,}\b/g) ?? [])
    : (query.match(/\b[A-Z_0-9]+(?=\s*\()/g) ?? []);
  for (const word of words.map((one) => one.trim())) {
    const close = FUNCTIONS.includes(word.toUpperCase()) ? undefined : nearest(word, FUNCTIONS);
    if (close !== undefined) return `Did you mean ${close}? Correct the query and call again.`;
  }
  return /^\s*select/i.test(query)
    ? `Write it as SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId) WHERE InstanceId = 'i-1' GROUP BY InstanceId.`
    : 'Correct the query as the message says; percentiles need a statistic such as p99.';
}
