import { setTimeout as sleep } from 'node:timers/promises';

import { FixgateError } from '#domain/errors.ts';

import type { RetryContext } from './retry.ts';
import { resetMs } from './retry.ts';
import type { WireAnswer } from './transport.ts';

/** Part of a vendor's rate limit that is left to the humans who use the same keys. */
const RESERVED = 0.2;

/** Keeps a client from using up a rate limit that humans share. */
export interface HeadRoom {
  /** Waits until there is room; throws when that is beyond the deadline. */
  enter(context: RetryContext): Promise<void>;
  /** Takes note of what an answer says of the limit. */
  note(answer: WireAnswer, now: number): void;
}

/** Watches `X-RateLimit-*` and `RateLimit-*` headers; vendors that send none are never waited for. */
export function createHeadRoom(title: string): HeadRoom {
  let closedUntil = 0;
  return {
    async enter({ clock, deadline, signal }) {
      const waitMs = closedUntil - clock.now();
      if (waitMs <= 0) return;
      if (closedUntil >= deadline) throw nearlyUsedUp(title, waitMs);
      await sleep(waitMs, undefined, { signal });
    },
    note(answer, now) {
      const left = numberOf(answer, 'remaining');
      const limit = numberOf(answer, 'limit');
      const reset = resetMs(answer, now);
      if (left === undefined || limit === undefined || reset === undefined) return;
      closedUntil = left < limit * RESERVED ? now + reset : 0;
    },
  };
}

function numberOf({ headers }: WireAnswer, name: string): number | undefined {
  const header = headers[`x-ratelimit-${name}`] ?? headers[`ratelimit-${name}`];
  const value = typeof header === 'string' && header.trim() !== '' ? Number.parseFloat(header) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function nearlyUsedUp(title: string, waitMs: number): FixgateError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new FixgateError(
    'provider_unavailable',
    `Less than ${RESERVED * 100} % of the rate limit of ${title} is left, which is kept for humans with the same credentials; it starts anew in ${seconds} s.`,
    { fix: `Try again in ${seconds} s, or use another source.`, evidence: { retry_after_s: seconds } },
  );
}
