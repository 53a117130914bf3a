import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

import { throwIfCancelled } from './cancelled.ts';

/** Where a vendor's API is and how long to wait for it. */
export interface HttpSettings {
  /** The vendor's name in messages, such as `Prometheus`. */
  readonly title: string;
  /** Credentials in `headers` are sent to this origin only. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for one request with all its retries; 10,000 when absent. */
  readonly timeoutMs?: number;
}

/** One request to a vendor's API. */
export interface HttpRequest {
  /** Below the configured URL, such as `api/v1/query`. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads JSON from one vendor; every failure is a FixgateError. */
export interface HttpClient {
  /** Sends the parameters in the query, or as a form when they are long; only for requests that change nothing. */
  read(request: HttpRequest, signal: AbortSignal): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_ATTEMPTS = 3;
const MAX_REDIRECTS = 3;
const FIRST_BACKOFF_MS = 250;
/** Proxies commonly refuse request lines beyond 8 KiB. */
const MAX_QUERY_CHARS = 4_096;
const MAX_VENDOR_TEXT_CHARS = 1_024;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Wraps fetch with a deadline, bounded retries with jitter, a size cap and the project's errors. */
export function createHttp(settings: HttpSettings, deps: { readonly clock: Clock }): HttpClient {
  const timeoutMs = settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return {
    async read(request, signal) {
      throwIfCancelled(signal);
      const limit = AbortSignal.timeout(timeoutMs);
      const bounded = AbortSignal.any([signal, limit]);
      const deadline = deps.clock.now() + timeoutMs;
      try {
        const answer = await withRetries(() => send(settings, request, bounded), { deps, deadline, signal: bounded });
        return toJson(settings, answer);
      } catch (error) {
        if (error instanceof FixgateError) throw error;
        throwIfCancelled(signal);
        throw limit.aborted ? tooSlow(settings, timeoutMs) : unreachable(settings, error);
      }
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
}

interface RetryContext {
  readonly deps: { readonly clock: Clock };
  readonly deadline: number;
  readonly signal: AbortSignal;
}

async function withRetries(attempt: () => Promise<Answer>, context: RetryContext): Promise<Answer> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof FixgateError || context.signal.aborted || attempts === MAX_ATTEMPTS) throw error;
      return undefined;
    });
    if (outcome !== undefined && !RETRIED.has(outcome.status)) return outcome;
    const now = context.deps.clock.now();
    const waitMs = retryAfterMs(outcome?.retryAfter ?? null, now) ?? backoffMs(attempts);
    const hopeless = attempts === MAX_ATTEMPTS || now + waitMs >= context.deadline;
    if (outcome !== undefined && hopeless) return outcome;
    await sleep(waitMs, undefined, { signal: context.signal });
  }
}

/** Doubles each time; the jitter keeps several servers from retrying in step. */
function backoffMs(attempts: number): number {
  return FIRST_BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + Math.random());
}

/** Retry-After is a number of seconds or an HTTP date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

async function send(settings: HttpSettings, request: HttpRequest, signal: AbortSignal): Promise<Answer> {
  const base = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const params = new URLSearchParams(request.params).toString();
  const long = params.length > MAX_QUERY_CHARS;
  let url = new URL(request.path + (params === '' || long ? '' : `?${params}`), base);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      method: long ? 'POST' : 'GET',
      headers: { accept: 'application/json', ...settings.headers },
      redirect: 'manual',
      signal,
      ...(long && { body: new URLSearchParams(request.params) }),
    });
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return await readAnswer(settings, response);
    await response.body?.cancel();
    url = nextUrl(settings, { from: url, location, redirects });
  }
}

function nextUrl(settings: HttpSettings, hop: { from: URL; location: string; redirects: number }): URL {
  const next = URL.parse(hop.location, hop.from.href);
  if (next === null || next.origin !== hop.from.origin || hop.redirects >= MAX_REDIRECTS) {
    const where = next === null ? 'nowhere' : next.origin === hop.from.origin ? 'in circles' : `to ${next.origin}`;
    throw new FixgateError(
      'provider_rejected',
      `${settings.title} at ${hop.from.origin} redirects ${where}; credentials are not sent there.`,
      {
        fix: `Set the url of ${settings.title} to the address it redirects to.`,
      },
    );
  }
  return next;
}

async function readAnswer(settings: HttpSettings, response: Response): Promise<Answer> {
  const decoder = new TextDecoder();
  let body = '';
  let bytes = 0;
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw tooLarge(settings);
    body += decoder.decode(chunk, { stream: true });
  }
  return { status: response.status, body: body + decoder.decode(), retryAfter: response.headers.get('retry-after') };
}

function toJson(settings: HttpSettings, answer: Answer): unknown {
  if (answer.status < 200 || answer.status > 299) throw toError(settings, answer);
  try {
    return JSON.parse(answer.body);
  } catch (cause) {
    throw new FixgateError(
      'provider_unavailable',
      `${settings.title} at ${originOf(settings)} answered something that is no JSON.`,
      {
        fix: `Check that the url of ${settings.title} is its API and that no login page stands before it.`,
        cause,
      },
    );
  }
}

function toError(settings: HttpSettings, { status, body, retryAfter }: Answer): FixgateError {
  const said = vendorText(body);
  const what = `${settings.title} at ${originOf(settings)}`;
  if (status === 401 || status === 403) {
    return new FixgateError('provider_rejected', `${what} refused our credentials (${status})${said && `: ${said}`}.`, {
      fix: `Have the operator set a token for ${settings.title} that may read.`,
    });
  }
  if (status === 400 || status === 422) {
    return new FixgateError('invalid_input', `${settings.title} refused the query (${status})${said && `: ${said}`}.`, {
      fix: 'Correct the query as the message says and call again.',
    });
  }
  const wait = retryAfter === null ? '' : ` It asks to wait: Retry-After ${retryAfter.slice(0, 64)}.`;
  return new FixgateError('provider_unavailable', `${what} answered ${status}${said && `: ${said}`}.${wait}`, {
    fix: status === 404 ? `Check the url of ${settings.title}.` : 'Try again in 30 s, or use another source.',
  });
}

/** The vendor's own words, without control characters, at most 1 KiB. */
function vendorText(body: string): string {
  const text = errorField(body) ?? (/^\s*</.test(body) ? '' : body);
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, MAX_VENDOR_TEXT_CHARS)
    .replace(/\.$/, '');
}

function errorField(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as unknown;
    if (typeof value === 'string') return value;
    if (value === null || typeof value !== 'object') return undefined;
    const { error, message } = value as { error?: unknown; message?: unknown };
    return [error, message].find((text) => typeof text === 'string');
  } catch {
    return undefined;
  }
}

function originOf(settings: HttpSettings): string {
  return URL.parse(settings.url)?.origin ?? 'its address';
}

function tooLarge(settings: HttpSettings): FixgateError {
  return new FixgateError(
    'invalid_input',
    `The answer of ${settings.title} is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB.`,
    {
      fix: 'Ask for fewer series (topk, sum by) or a shorter window.',
    },
  );
}

function tooSlow(settings: HttpSettings, timeoutMs: number): FixgateError {
  return new FixgateError('provider_unavailable', `${settings.title} did not answer within ${timeoutMs / 1_000} s.`, {
    fix: 'Try again in 30 s, or ask for a shorter window or fewer series.',
  });
}

function unreachable(settings: HttpSettings, error: unknown): FixgateError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message.slice(0, 200) : 'the connection failed';
  return new FixgateError(
    'provider_unavailable',
    `${settings.title} at ${originOf(settings)} cannot be reached: ${why}.`,
    {
      fix: `Try again in 30 s; if it lasts, have the operator check the url of ${settings.title}.`,
      cause: error,
    },
  );
}
