import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

import type { Refused } from '../http/errors.ts';

/** Where in a query an error is: as Prometheus writes it, and as VictoriaMetrics does. */
const POSITION = /(?:^|[\s:])(\d{1,6}):(\d{1,6}): (?:parse error: )?(.*)$/s;
const UNKNOWN_FUNCTION =
  /unknown function with name "([^"]{1,64})"|unsupported function "([^"]{1,64})"|unknown func "([^"]{1,64})"/;

/** Functions and aggregations of PromQL, for misspelled ones. */
const FUNCTIONS =
  'abs absent absent_over_time avg avg_over_time bottomk ceil changes clamp clamp_max clamp_min count count_over_time count_values day_of_month day_of_week days_in_month delta deriv exp floor group histogram_avg histogram_count histogram_fraction histogram_quantile histogram_sum holt_winters hour idelta increase irate label_join label_replace last_over_time ln log10 log2 max max_over_time min min_over_time minute month predict_linear present_over_time quantile quantile_over_time rate resets round scalar sgn sort sort_desc sqrt stddev stddev_over_time stdvar sum sum_over_time time timestamp topk vector year'.split(
    ' ',
  );

/** Reads the forms that Prometheus and its relatives answer errors in; undefined leaves it to the general reading. */
export function explainPrometheus({ status, said, body }: Refused): FixgateError | undefined {
  const { errorType, error = said } = fieldsOf(body);
  if (status === 422 && /too many (?:samples|points|series)|exceed|limit/i.test(error)) return tooMuch(status, error);
  if (/maximum resolution of 11,000 points/.test(error)) return tooMuch(status, error);
  if (status === 503 && (errorType === 'timeout' || /timed out|timeout/i.test(error))) {
    return new FixgateError('provider_unavailable', `Prometheus gave up on the query (${status}): ${error}.`, {
      fix: 'Ask for fewer series (sum by, a narrower selector) or a shorter window.',
      evidence: { status },
    });
  }
  if (status === 401 || status === 403 || (status === 400 && /no org id/i.test(said)))
    return refusedCredentials(status, said);
  if (status !== 400 && status !== 422) return undefined;
  const at = POSITION.exec(error);
  const message = `Prometheus refused the query (${status}): ${error.replace(/\.$/, '')}.`;
  const evidence = { status, ...(at && { line: Number(at[1]), column: Number(at[2]) }) };
  return new FixgateError('invalid_input', message, { fix: suggest(error), evidence });
}

function fieldsOf(body: string): { readonly errorType?: string; readonly error?: string } {
  try {
    const { errorType, error } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    return {
      ...(typeof errorType === 'string' && { errorType }),
      ...(typeof error === 'string' && { error: error.replaceAll(/\s+/g, ' ').slice(0, 1_024) }),
    };
  } catch {
    return {};
  }
}

function tooMuch(status: number, error: string): FixgateError {
  return new FixgateError('invalid_input', `Prometheus refused the query as too large (${status}): ${error}.`, {
    fix: 'Ask for fewer series (topk, sum by, a narrower selector), a longer step or a shorter window.',
    evidence: { status },
  });
}

function refusedCredentials(status: number, said: string): FixgateError {
  const tenant = /org id/i.test(said);
  return new FixgateError(
    'provider_rejected',
    `Prometheus refused our credentials (${status})${said && `: ${said}`}.`,
    {
      fix: tenant
        ? 'Have the operator set tenant for this source.'
        : 'Have the operator give this source a token, user and password, or certificate that may read.',
      evidence: { status },
    },
  );
}

function suggest(error: string): string {
  const unknown = UNKNOWN_FUNCTION.exec(error)
    ?.slice(1)
    .find((name) => name !== undefined);
  const close = unknown === undefined ? undefined : nearest(unknown, FUNCTIONS);
  if (close !== undefined) return `Did you mean ${close}? Correct the query and call again.`;
  if (/expected type range vector|expected type instant vector/.test(error))
    return /got instant vector/.test(error)
      ? 'Give the selector a range, such as [5m], and call again.'
      : 'Put the range in a function such as rate(…[5m]), and call again.';
  if (/unclosed|unexpected end of input/.test(error)) return 'Close every bracket and quote, and call again.';
  if (/multiple matches|many-to-many|duplicate series/.test(error))
    return 'Make both sides have one series per group, with sum by (…) or on (…), and call again.';
  return 'Correct the query at that place and call again.';
}

/** Shows the place of an error in the caller's own query. */
export function placeInQuery(error: unknown, query: string): unknown {
  if (!(error instanceof FixgateError)) return error;
  const { line, column } = error.evidence;
  if (typeof line !== 'number' || typeof column !== 'number') return error;
  const text = query.split('\n')[line - 1] ?? '';
  const around = `${text.slice(Math.max(0, column - 31), column - 1)} ⟨here⟩ ${text.slice(column - 1, column + 29)}`;
  return new FixgateError(error.code, `${error.message} At line ${line}, column ${column}: ${around.trim()}`, {
    fix: error.fix,
    evidence: error.evidence,
    cause: error.cause,
  });
}
