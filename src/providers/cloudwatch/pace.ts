import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';

/** Requests that are under way at the same time. */
const CONCURRENCY = 4;

/** Spreads requests over time: the limits of an account are shared with its other programs and people. */
export type Pace = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** Makes a pace of at most `perSecond` requests a second. */
export function createPace(perSecond: number, { clock }: { readonly clock: Clock }): Pace {
  const gapMs = 1_000 / perSecond;
  const waiting: (() => void)[] = [];
  let [active, nextAt] = [0, 0];
  return async (signal, work) => {
    if (active >= CONCURRENCY) await new Promise<void>((resolve) => void waiting.push(resolve));
    active += 1;
    try {
      const now = clock.now();
      const at = Math.max(now, nextAt);
      nextAt = at + gapMs;
      if (at > now) await sleep(at - now, undefined, { signal });
      return await work();
    } finally {
      active -= 1;
      waiting.shift()?.();
    }
  };
}
