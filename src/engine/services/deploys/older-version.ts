import { runsBefore } from '#analysis/deploy-ranking.ts';
import type { Deploy, DeployQuery } from '#domain/evidence.ts';
import type { Gathered } from '#engine/services/deploys/gather.ts';
import { listDeploys } from '#engine/services/deploys/gather.ts';
import type { Ranking } from '#engine/services/deploys/rank-all.ts';
import type { Chosen } from '#engine/sources.ts';
import type { DeploySource } from '#providers/sources.ts';

interface Listed {
  readonly gathered: Gathered;
  readonly ranking: Ranking;
}

/**
 * What ran before the first suspect is often older than what is listed. Then it is asked for, once, in the time that `query` names, so
 * that there is something to go back to; it is no suspect itself.
 */
export async function withOlderVersion(
  able: readonly Chosen<DeploySource>[],
  { gathered, ranking }: Listed,
  query: DeployQuery,
  signal: AbortSignal,
): Promise<Gathered> {
  const { first } = ranking;
  const { since, until } = query.window;
  if (first === undefined || first.previousSha !== undefined || since >= until) return gathered;
  const { deploys, reads } = await listDeploys(able, query, signal);
  const older = deploys
    .filter((deploy) => deploy.at < until && runsBefore(deploy, first.deploy))
    .toSorted((a, b) => b.at - a.at)[0];
  if (older === undefined) return { ...gathered, reads: [...gathered.reads, ...reads] };
  const name = (deploy: Deploy) => (deploy.id === first.deploy.id ? { ...deploy, previousSha: older.sha } : deploy);
  return { ...gathered, deploys: gathered.deploys.map(name), older, reads: [...gathered.reads, ...reads] };
}
