import { prune } from '#workspace/prune.ts';
import type { PruneDeps } from '#workspace/prune.ts';

/** Age, since the last event of its incident, at which a server removes what can be made again. */
const OLD_MS = 14 * 86_400_000;
/** Not at once: hosts start servers as probes and end them. */
const FIRST_MS = 60_000;
const EVERY_MS = 86_400_000;

/** Cleans up in the background of a server, a minute after its start and once a day, until it is disposed. */
export function tidyInBackground(deps: PruneDeps, onError: (error: unknown) => void): Disposable {
  const tidy = () => {
    prune(deps, { olderThanMs: OLD_MS, ended: false, dryRun: false }).catch(onError);
  };
  const first = setTimeout(tidy, FIRST_MS).unref();
  const daily = setInterval(tidy, EVERY_MS).unref();
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(daily);
    },
  };
}
