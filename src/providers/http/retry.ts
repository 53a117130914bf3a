import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

import type { WireAnswer } from './transport.ts';

const MAX_ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 250;
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How long retries may go on. */
export interface RetryContext {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Tries at most three times while the vendor is busy or the connection is lost; waits as long as the vendor asks, within the deadline. */
export async function withRetries(attempt: () => Promise<WireAnswer>, context: RetryContext): Promise<WireAnswer> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof FixgateError || context.signal.aborted || attempts === MAX_ATTEMPTS) throw error;
      return undefined;
    });
    if (outcome !== undefined && !RETRIED.has(outcome.status)) return outcome;
    const now = context.clock.now();
    const waitMs = askedWaitMs(outcome, now) ?? backoffMs(attempts);
    const hopeless = attempts === MAX_ATTEMPTS || now + waitMs >= context.deadline;
    if (outcome !== undefined && hopeless) return outcome;
    await sleep(waitMs, undefined, { signal: context.signal });
  }
}

/** Doubles each time; the jitter keeps several servers from retrying in step. */
function backoffMs(attempts: number): number {
  return FIRST_BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + Math.random());
}

/** Milliseconds a busy vendor asks to wait, by `Retry-After` or the reset of its rate limit. */
function askedWaitMs(answer: WireAnswer | undefined, now: number): number | undefined {
  if (answer === undefined) return undefined;
  return retryAfterMs(answer.headers['retry-after'], now) ?? (answer.status === 429 ? resetMs(answer, now) : undefined);
}

/** Retry-After is a number of seconds or an HTTP date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Milliseconds until the vendor's rate limit starts anew; vendors write seconds to wait or, beyond 1e9, seconds since the epoch. */
export function resetMs({ headers }: WireAnswer, now: number): number | undefined {
  const seconds = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? Number.NaN);
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return seconds > 1e9 ? Math.max(0, seconds * 1_000 - now) : seconds * 1_000;
}
