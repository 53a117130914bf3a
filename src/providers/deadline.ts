import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

import { throwIfCancelled } from './cancelled.ts';

/** The time limit of one call to a vendor, all its requests, waits and retries included. */
export interface CallLimit {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Aborts when the caller is gone or the time is up. */
  readonly signal: AbortSignal;
  /** Turns a failure into the error of its reason: cancelled, out of time, else what `known` makes of it. */
  explain(error: unknown, known: (error: unknown) => FixgateError): FixgateError;
}

/** Starts the time limit of a call; throws when its caller is gone already. */
export function startCall(
  { title, timeoutMs, clock }: { readonly title: string; readonly timeoutMs: number; readonly clock: Clock },
  caller: AbortSignal,
): CallLimit {
  throwIfCancelled(caller);
  const limit = AbortSignal.timeout(timeoutMs);
  return {
    at: clock.now() + timeoutMs,
    signal: AbortSignal.any([caller, limit]),
    explain(error, known) {
      if (error instanceof FixgateError) return error;
      throwIfCancelled(caller);
      return limit.aborted ? tooSlow(title, timeoutMs) : known(error);
    },
  };
}

function tooSlow(title: string, timeoutMs: number): FixgateError {
  return new FixgateError('timeout', `${title} did not answer everything within ${timeoutMs / 1_000} s.`, {
    fix: 'Ask for a shorter window or a narrower filter, or have the operator raise timeout_s.',
  });
}
