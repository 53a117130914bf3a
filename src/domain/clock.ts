/** The only source of time; tests pass a fake one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** The computer's clock. */
export const systemClock: Clock = { now: () => Date.now() };
