import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';

import { rateLimited } from './errors.ts';

/** Part of the allowance that is left to people and dashboards that use the same keys. */
const HEAD_ROOM = 0.2;

/** Until when a call may take, by the clock and on the wire. */
export interface Deadline {
  readonly at: number;
  readonly signal: AbortSignal;
}

/** Remembers the rate limits of each endpoint across calls. */
export interface RateLimits {
  /** Waits until the endpoint may be asked; throws when that lies behind the deadline. */
  enter(endpoint: string, deadline: Deadline): Promise<void>;
  /** Reads `X-RateLimit-*`; answers the seconds to wait that it names. */
  note(endpoint: string, headers: Headers): number | undefined;
}

/** Makes an empty memory of rate limits. */
export function createRateLimits({ clock }: { readonly clock: Clock }): RateLimits {
  const resumeAt = new Map<string, number>();
  return {
    async enter(endpoint, { at, signal }) {
      const waitMs = (resumeAt.get(endpoint) ?? 0) - clock.now();
      if (waitMs <= 0) return;
      const reason = 'Datadog has little of its request limit left, which is kept for people who use the same keys.';
      if (clock.now() + waitMs >= at) throw rateLimited(reason, Math.ceil(waitMs / 1_000));
      await sleep(waitMs, undefined, { signal });
    },
    note(endpoint, headers) {
      const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
        toNumber(headers.get(`x-ratelimit-${name}`)),
      );
      const waitS = reset ?? toNumber(headers.get('retry-after'));
      if (waitS === undefined || limit === undefined || remaining === undefined) return waitS;
      if (remaining < limit * HEAD_ROOM) resumeAt.set(endpoint, clock.now() + waitS * 1_000);
      return waitS;
    },
  };
}

function toNumber(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}(?:\.\d+)?$/.test(header.trim()) ? Math.ceil(Number(header)) : undefined;
}
