import { FixgateError } from '#domain/errors.ts';

import type { Refused } from '../http/errors.ts';
import type { LogQl } from './log-ql.ts';

/** Loki answers errors as plain text; this says what to do about those that have a way out. */
export function explainLoki({ status, said }: Refused): FixgateError | undefined {
  const evidence = { status };
  if (/no org id/i.test(said))
    return new FixgateError('provider_rejected', 'Loki keeps logs by tenant and was asked without one (no org id).', {
      fix: 'Have the operator set tenant for Loki; several are written a|b.',
      evidence,
    });
  if (/multiple org ids present/i.test(said))
    return new FixgateError('provider_rejected', `Loki takes one tenant at a time (${status}): ${said}.`, {
      fix: 'Have the operator name one tenant, or set querier.multi_tenant_queries_enabled in Loki.',
      evidence,
    });
  if (/empty-compatible/.test(said))
    return new FixgateError('misconfigured', `Loki refuses the selector of this source (${status}): ${said}.`, {
      fix: 'Have the operator write a selector with one label that must be there, such as {namespace="prod"} or {app=~".+"}.',
      evidence,
    });
  if (status === 401 || status === 403)
    return new FixgateError('provider_rejected', `Loki refused our credentials (${status})${said && `: ${said}`}.`, {
      fix: 'Have the operator give Loki a token or user and password that may read logs; in Grafana Cloud that is the scope logs:read.',
      evidence,
    });
  if (/too many outstanding requests|too many unhealthy instances/i.test(said))
    return new FixgateError('provider_unavailable', `Loki is busy (${status}): ${said}.`, {
      fix: 'Try again in 30 s with a shorter window.',
      evidence,
    });
  if (
    /exceeds the limit \(query length|would read too many bytes|context deadline exceeded|timed out|too many chunks/i.test(
      said,
    )
  )
    return new FixgateError('invalid_input', `Loki does not read that much at once (${status}): ${said}.`, {
      fix: 'Ask for a shorter window, or name the service.',
      evidence,
    });
  return undefined;
}

/** Says which filter a position of Loki means; a position in our own part of the query is the operator's. */
export function placeInFilters(error: unknown, { filterLines }: LogQl): unknown {
  if (!(error instanceof FixgateError) || error.code !== 'invalid_input') return error;
  const place = /line (\d+), col (\d+): ([^\n]*)/.exec(error.message);
  if (place === null) return error;
  const line = Number(place[1]);
  const index = filterLines.findLastIndex((begin) => begin <= line);
  const evidence = { ...error.evidence };
  if (index === -1)
    return new FixgateError('misconfigured', `Loki refused the query before its filters: ${place[3]}`, {
      fix: 'Have the operator correct selector and labels of the Loki source.',
      evidence,
      cause: error,
    });
  const within = line - (filterLines[index] ?? line);
  const where = `${within === 0 ? '' : `line ${within + 1}, `}character ${place[2]}`;
  return new FixgateError('invalid_input', `Loki refused filter ${index + 1} at ${where}: ${place[3]}`, {
    fix: 'Correct the filter at this place; it is a LogQL pipeline such as | json | status >= 500.',
    evidence,
    cause: error,
  });
}
