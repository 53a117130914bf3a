import vm from 'node:vm';

import { FixgateError } from '#domain/errors.ts';

/** Milliseconds for judging one call; a usual one takes five. Hosts wait for at least ten seconds. */
const JUDGING_MS = 3_000;

/** What the work is called while it runs: a script with a limit of time sees nothing but globals. */
const NAME = 'fixgateWork';

/**
 * Runs work that does not wait, and stops it when it takes too long: both hosts take a hook that runs out of time for consent,
 * and an agent may send a command, or commit an expression, that is made to be slow.
 */
export function withinTime<T>(work: () => T, limitMs = JUDGING_MS): T {
  try {
    // A context of its own would take longer to make than most calls take to judge.
    Object.defineProperty(globalThis, NAME, { value: work, configurable: true });
    return vm.runInThisContext(`${NAME}()`, { timeout: limitMs }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new FixgateError('timeout', `The call could not be judged within ${limitMs} ms. Nothing was done.`, {
      fix: 'Send a shorter command, or name single files in place of whole folders.',
      cause: error,
    });
  } finally {
    Reflect.deleteProperty(globalThis, NAME);
  }
}
