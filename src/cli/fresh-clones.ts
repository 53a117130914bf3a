import type { Clock } from '#domain/clock.ts';
import type { Repositories } from '#workspace/repository.ts';

/** How long what was fetched counts as recent. */
const FRESH_MS = 30_000;

/** Gives the git folder of a clone for reading deploys: they may be tagged while an incident lasts, so it is fetched again. */
export function createFreshClones(repositories: Repositories, clock: Clock): (location: string) => Promise<string> {
  const fetchedAt = new Map<string, number>();
  return async (location) => {
    const { gitDir } = await repositories.open(location);
    if (clock.now() - (fetchedAt.get(location) ?? Number.NEGATIVE_INFINITY) > FRESH_MS) {
      fetchedAt.set(location, clock.now());
      // What was fetched before still answers when the original cannot be reached.
      await repositories.sync(location).catch(() => {});
    }
    return gitDir;
  };
}
