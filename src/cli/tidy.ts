import type { Store } from '#state/store.ts';
import type { PruneDeps } from '#workspace/prune.ts';

/** Age, since the last event of its incident, at which a server removes what can be made again. */
const OLD_MS = 14 * 86_400_000;
/** Not at once: hosts start servers as probes and end them. */
const FIRST_MS = 60_000;
const EVERY_MS = 86_400_000;

interface TidyDeps extends PruneDeps {
  readonly store: PruneDeps['store'] & Pick<Store, 'purgeEvidence'>;
  readonly keepEvidenceMs: number;
}

/** Cleans up in the background of a server, a minute after its start and once a day, until it is disposed. */
export function tidyInBackground(deps: TidyDeps, onError: (error: unknown) => void): Disposable {
  const tidy = async () => {
    const { prune } = await import('#workspace/prune.ts');
    await prune(deps, { olderThanMs: OLD_MS, ended: false, dryRun: false });
    deps.store.purgeEvidence({ before: deps.clock.now() - deps.keepEvidenceMs });
  };
  const run = () => void tidy().catch(onError);
  const first = setTimeout(run, FIRST_MS).unref();
  const daily = setInterval(run, EVERY_MS).unref();
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(daily);
    },
  };
}
