import type { Clock } from '#domain/clock.ts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves by so many milliseconds, backwards too. */
  advance(ms: number): void;
}

/** Starts at 2026-03-01T12:00:00Z unless told otherwise. */
export function createFakeClock(at = Date.UTC(2026, 2, 1, 12)): FakeClock {
  let now = at;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}
