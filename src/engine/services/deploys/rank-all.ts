import { confidenceOf, proximityOf } from '#analysis/change-confidence.ts';
import type { ChangeConfidence } from '#analysis/change-confidence.ts';
import type { RankedChange, Trouble } from '#analysis/change-ranking.ts';
import { rankChanges } from '#analysis/change-ranking.ts';
import type { RankedDeploy } from '#analysis/deploy-ranking.ts';
import { firstSuspect, rankDeploys, rollbackTarget } from '#analysis/deploy-ranking.ts';
import type { CodeChange, Deploy } from '#domain/evidence.ts';

import type { Gathered } from './gather.ts';
import type { KnownDeploys } from './ran-well.ts';
import { putBehindReplacements } from './ran-well.ts';

/** A deploy, a commit, or a commit and the name in git that deployed it. */
export interface Suspect {
  readonly score: number;
  readonly why: readonly string[];
  readonly deploy?: RankedDeploy | undefined;
  readonly change?: RankedChange | undefined;
  /** Of the commits that a deploy brought, the one that explains most. */
  readonly culprit?: RankedChange | undefined;
  readonly confidence?: ChangeConfidence | undefined;
}

/** All suspects, the most likely first, and where to go back to. */
export interface Ranking {
  readonly suspects: readonly Suspect[];
  readonly changes: readonly RankedChange[];
  /** The deploy that `rollback` goes back from. */
  readonly first: RankedDeploy | undefined;
  readonly rollback: Deploy | undefined;
}

/** What of the incident is known to a deploy. */
export interface Place {
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

const GIT_KINDS: ReadonlySet<string> = new Set(['tag', 'release_branch', 'merge', 'commit']);

/** Ranks deploys and commits in one list: a deploy is judged by what it brought, a name in git only by that. */
export function rankAll({ deploys, changes, older }: Gathered, trouble: Trouble, place: Place): Ranking {
  const rankedChanges = rankChanges(changes, trouble);
  const bySha = new Map(rankedChanges.map((ranked) => [ranked.change.sha, ranked]));
  const first = rankDeploys(deploys, { onset: trouble.onset });
  const brought = new Map(first.map((ranked) => [ranked.deploy.id, broughtBy(ranked, changes)]));
  const changedFiles = new Map(
    first.flatMap(({ deploy }) => {
      const files = brought.get(deploy.id)?.flatMap(({ files: touched }) => touched.map(({ path }) => path));
      return files === undefined ? [] : [[deploy.sha, [...new Set(files)]] as const];
    }),
  );
  const rankedDeploys = rankDeploys(deploys, {
    onset: trouble.onset,
    ...(place.service !== undefined && { service: place.service }),
    ...(place.env !== undefined && { env: place.env }),
    errorFiles: trouble.places.map(({ file }) => file),
    changedFiles,
  });
  const known = { trouble, place, bySha };
  const fromDeploys = rankedDeploys.flatMap((ranked) => toSuspects(ranked, brought.get(ranked.deploy.id), known));
  const shown = new Set(fromDeploys.flatMap(({ change }) => change?.change.sha ?? []));
  const fromChanges = rankedChanges
    .filter(({ change }) => !shown.has(change.sha))
    .map((ranked) => ({ score: ranked.score, why: ranked.why, change: ranked, confidence: sureness(ranked, known) }));
  const facts: KnownDeploys = {
    ranked: rankedDeploys,
    deploys: [...deploys, ...(older ? [older] : [])],
    onset: trouble.onset,
    place,
    brought: ({ id }) => brought.get(id),
    landing: (sha) => landingOf(sha, changes),
  };
  const suspects = putBehindReplacements([...fromDeploys, ...fromChanges], facts)
    // The sort is stable: of equals, the deploy comes first.
    .toSorted((a, b) => b.score - a.score);
  return { suspects, changes: rankedChanges, ...wayBack(suspects, facts) };
}

/** The deploy that brought the first suspect, and what ran before it: never a version that holds that suspect. */
function wayBack(suspects: readonly Suspect[], facts: KnownDeploys): Pick<Ranking, 'first' | 'rollback'> {
  const { ranked, deploys, onset, brought, landing } = facts;
  const oldestFirst = ranked.toSorted((a, b) => a.deploy.at - b.deploy.at);
  const bringer = ({ deploy, change }: Suspect) =>
    deploy ??
    oldestFirst.find((each) => {
      const commits = each.previousSha === undefined ? [] : (brought(each.deploy) ?? []);
      return commits.some(({ sha }) => sha === change?.change.sha);
    });
  const first = firstSuspect(suspects.flatMap((suspect) => bringer(suspect) ?? [])) ?? firstSuspect(ranked);
  const rollback = first && rollbackTarget(first, deploys, onset);
  const blamed = suspects[0]?.change?.change;
  const last = rollback && landing(rollback.sha);
  const holdsIt = blamed !== undefined && last !== undefined && blamed.at <= last.at;
  return { first, rollback: holdsIt ? undefined : rollback };
}

interface Known {
  readonly trouble: Trouble;
  readonly place: Place;
  readonly bySha: ReadonlyMap<string, RankedChange>;
}

/** Commits that the base branch got after the previous version and up to this one; undefined when that is not known. */
function broughtBy(
  { deploy, previousSha }: RankedDeploy,
  changes: readonly CodeChange[],
): readonly CodeChange[] | undefined {
  const last = landingOf(deploy.sha, changes);
  if (last === undefined) return undefined;
  const since = landingOf(previousSha, changes)?.at ?? Number.NEGATIVE_INFINITY;
  return changes.filter(({ at, sha }) => sha === deploy.sha || (at > since && at <= last.at));
}

function landingOf(sha: string | undefined, changes: readonly CodeChange[]): CodeChange | undefined {
  return sha === undefined ? undefined : changes.find((change) => change.sha === sha || change.mergedBy === sha);
}

function toSuspects(ranked: RankedDeploy, brought: readonly CodeChange[] | undefined, known: Known): Suspect[] {
  const { deploy } = ranked;
  const commits = (brought ?? []).flatMap(({ sha }) => known.bySha.get(sha) ?? []);
  const culprit = commits.toSorted((a, b) => b.score - a.score)[0];
  const inGit = GIT_KINDS.has(deploy.kind);
  // Its commits are suspects themselves and name the merge.
  if (deploy.kind === 'merge' && culprit !== undefined) return [];
  const own = known.bySha.get(deploy.sha);
  const confidence = sureness(culprit, known, ranked);
  const why = [
    ...new Set([...ranked.why, ...(culprit?.why.filter((reason) => !/^(?:landed|\d+ lines)/.test(reason)) ?? [])]),
  ];
  if (inGit && own !== undefined && own === culprit)
    return [{ score: Math.max(own.score, ranked.score), why, deploy: ranked, change: own, confidence }];
  // A name in git is no event in an environment: it is as suspect as the worst of what it names.
  const score = inGit && culprit !== undefined ? Math.max(0, culprit.score - 0.1) : ranked.score;
  return [{ score, why: ranked.why, deploy: ranked, culprit, confidence }];
}

function sureness(
  change: RankedChange | undefined,
  { trouble, place }: Known,
  ranked?: RankedDeploy,
): ChangeConfidence | undefined {
  const at = ranked?.deploy.at ?? change?.change.at ?? 0;
  // What came after the onset did not cause it.
  if (at > trouble.onset + 60_000) return undefined;
  const service = ranked?.deploy.service;
  const same = service !== undefined && service.toLowerCase() === place.service?.toLowerCase();
  const scope = same || change?.atPlace === true ? 'direct' : undefined;
  const pattern = change?.atPlace === true ? 1 : Math.min(1, 2 * (change?.match.share ?? 0));
  return confidenceOf(proximityOf(trouble.onset - at), scope, pattern);
}
