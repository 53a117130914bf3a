import { FixgateError } from '#domain/errors.ts';

/** The calls that are running now; a shutdown stops new ones and waits for these. */
export interface InFlight {
  /** True once a shutdown began. */
  readonly draining: boolean;
  /** Calls that entered and have not left. */
  readonly size: number;
  /** Counts one call until its disposal; throws `provider_unavailable` once draining. */
  enter(): Disposable;
  /** Refuses every later `enter`; there is no way back. */
  drain(): void;
  /** Resolves true when no call is left, or false after `timeoutMs`. */
  idle(timeoutMs: number): Promise<boolean>;
}

/** Counts the calls of one server process. */
export function createInFlight(): InFlight {
  let size = 0;
  let draining = false;
  const waiters = new Set<() => void>();

  const leave = (): void => {
    size -= 1;
    if (size > 0) return;
    for (const wake of waiters) wake();
  };

  return {
    get draining() {
      return draining;
    },
    get size() {
      return size;
    },
    enter() {
      if (draining) throw shuttingDown();
      size += 1;
      return onceDisposed(leave);
    },
    drain() {
      draining = true;
    },
    idle(timeoutMs) {
      if (size === 0) return Promise.resolve(true);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), timeoutMs);
      const wake = (): void => resolve(true);
      waiters.add(wake);
      return promise.finally(() => {
        clearTimeout(timer);
        waiters.delete(wake);
      });
    },
  };
}

function onceDisposed(leave: () => void): Disposable {
  let left = false;
  return {
    [Symbol.dispose]() {
      if (left) return;
      left = true;
      leave();
    },
  };
}

function shuttingDown(): FixgateError {
  return new FixgateError('provider_unavailable', 'This server is shutting down and takes no new calls.', {
    fix: 'Call again in a few seconds, when the server has been restarted.',
  });
}
