import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';

import { vendorText } from '../vendor-text.ts';

/** An answer that is none, and where it came from. */
export interface Refused {
  readonly status: number;
  readonly body: string;
  /** Seconds that Datadog asks to wait. */
  readonly waitS: number | undefined;
  /** The origin of the API. */
  readonly origin: string;
  /** The path of the request, which says what permission it needs. */
  readonly path: string;
}

/** Makes one error of both of Datadog's forms: `errors` as texts, and as JSON:API objects. */
export function toError({ status, body, waitS, origin, path }: Refused): FixgateError {
  const said = saidBy(body);
  const why = said === '' ? '' : `: ${said}`;
  const what = `Datadog at ${origin}`;
  if (status === 401)
    return new FixgateError('provider_rejected', `${what} does not know the API key (401)${why}.`, {
      fix: 'Have the operator set api_key and app_key of an organisation of this site.',
    });
  if (status === 403)
    return new FixgateError('provider_rejected', `${what} refused the keys (403)${why}.`, {
      fix: `Have the operator give the application key ${permissionOf(path)}, or set the right site.`,
      evidence: { missing_permission: true },
    });
  if (status === 400 || status === 422)
    return new FixgateError('invalid_input', `Datadog refused the query (${status})${why}.`, {
      fix: 'Correct the filter as the message says; attributes are written @name:value and tags name:value.',
      evidence: { said },
    });
  if (status === 429) return rateLimited(`${what} answered 429, too many requests${why}.`, waitS);
  return new FixgateError('provider_unavailable', `${what} answered ${status}${why}.`, {
    fix:
      status === 404 ? 'Have the operator check site and url of Datadog.' : 'Try again in 30 s, or use another source.',
  });
}

/** True when the keys are known and may not read what was asked. */
export function lacksPermission(error: unknown): error is FixgateError {
  return error instanceof FixgateError && error.evidence['missing_permission'] === true;
}

/** As Datadog names it. */
function permissionOf(path: string): string {
  if (path.includes('/dora/')) return 'the permission dora_metrics_read';
  // Logs are searched below /logs/events.
  if (path.endsWith('/v2/events/search')) return 'the permission events_read';
  if (path.includes('/query')) return 'the permission timeseries_query';
  if (path.includes('/metrics')) return 'the permission metrics_read';
  return 'the permissions logs_read_data and logs_read_index_data';
}

/** The limit of requests is reached, or so near that the rest is left to people. */
export function rateLimited(message: string, waitS: number | undefined): FixgateError {
  const wait = waitS ?? 60;
  return new FixgateError('provider_unavailable', `${message} It resets in ${wait} s.`, {
    fix: `Call again in ${wait} s, or use another source until then.`,
    evidence: { retry_after_s: wait },
  });
}

/** No answer, or one that the client cannot read. */
export function unreachable(title: string, error: unknown): FixgateError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? vendorText(cause.message).slice(0, 200) : 'the connection failed';
  return new FixgateError('provider_unavailable', `${title} cannot be read: ${why}.`, {
    fix: 'Try again in 30 s; if it lasts, have the operator check site and url of Datadog.',
    cause: error,
  });
}

const Problem = z.union([z.string(), z.object({ title: z.string(), detail: z.string() }).partial()]);
const Problems = z.object({ errors: z.array(Problem) });

function saidBy(body: string): string {
  const parsed = Problems.safeParse(toJson(body));
  if (!parsed.success) return /^\s*</.test(body) ? '' : vendorText(body);
  const texts = parsed.data.errors.map((problem) =>
    typeof problem === 'string' ? problem : [problem.title, problem.detail].filter(Boolean).join(': '),
  );
  return vendorText(texts.join('; '));
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
