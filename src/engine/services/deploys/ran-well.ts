import { areaOf } from '#analysis/change-areas.ts';
import { confidenceOf, proximityOf } from '#analysis/change-confidence.ts';
import type { RankedDeploy } from '#analysis/deploy-ranking.ts';
import { ranWellBefore } from '#analysis/deploy-ranking.ts';
import type { CodeChange, Deploy } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';
import type { Place, Suspect } from '#engine/services/deploys/rank-all.ts';

/** What is known of the deploys that are suspects. */
export interface KnownDeploys {
  readonly ranked: readonly RankedDeploy[];
  /** Every deploy, and what ran before the oldest. */
  readonly deploys: readonly Deploy[];
  readonly onset: number;
  readonly place: Place;
  /** The commits that a deploy brought, where that is known. */
  readonly brought: (deploy: Deploy) => readonly CodeChange[] | undefined;
  readonly landing: (sha: string) => CodeChange | undefined;
}

/** A suspect that replaced what had run well. */
interface Replacement {
  readonly by: RankedDeploy;
  readonly old: Deploy;
}

/** Puts what had run well behind the suspect that replaced it, whatever else speaks against it: it was there all the time. */
export function putBehindReplacements(suspects: readonly Suspect[], known: KnownDeploys): readonly Suspect[] {
  const newestFirst = known.ranked.toSorted((a, b) => b.deploy.at - a.deploy.at);
  return newestFirst.reduce((all, by) => {
    const old = ranWellBefore(by, known.deploys);
    const suspect = all.find(({ deploy }) => deploy === by);
    if (old === undefined || suspect === undefined || !mayBreak({ by, old }, known)) return all;
    return all.map((each) =>
      each !== suspect && ranBefore(each, { by, old }, known) ? behind(each, { suspect, by, old }, known.onset) : each,
    );
  }, suspects);
}

/** Documents and tests alone break nothing that runs, and an older commit takes back more than it brings. */
function mayBreak({ by, old }: Replacement, { brought, landing }: KnownDeploys): boolean {
  const [last, before] = [landing(by.deploy.sha), landing(old.sha)];
  if (last !== undefined && before !== undefined && last.at <= before.at) return false;
  const files = (brought(by.deploy) ?? []).flatMap((change) => change.files);
  return files.length === 0 || files.some(({ path }) => !['docs', 'tests'].includes(areaOf(path)));
}

/** Whether a suspect ran as, or before, the version that ran well. */
function ranBefore({ deploy, change, culprit }: Suspect, { by, old }: Replacement, known: KnownDeploys): boolean {
  const blamed = change ?? culprit;
  const revert = blamed?.change.revertedBy;
  // What changed something can break it later, and its files and words say so; the first commit has those of everything.
  if (blamed !== undefined && (blamed.accused || blamed.change.before !== undefined)) return false;
  if (revert !== undefined && known.brought(by.deploy)?.some(({ sha }) => sha === revert)) return false;
  if (deploy !== undefined) return isSamePlace(deploy.deploy, by.deploy) && deploy.deploy.at <= old.at;
  const last = known.landing(old.sha);
  if (blamed === undefined || last === undefined || !isOfTrouble(by.deploy, known.place)) return false;
  return blamed.change.at <= last.at && !cameElsewhere(blamed.change, by, known);
}

/** A commit may have come late to another place. */
function cameElsewhere({ sha }: CodeChange, by: RankedDeploy, { ranked, brought }: KnownDeploys): boolean {
  return ranked.some(
    ({ deploy, previousSha }) =>
      previousSha !== undefined &&
      !isSamePlace(deploy, by.deploy) &&
      (brought(deploy) ?? []).some((change) => change.sha === sha),
  );
}

function isOfTrouble({ service, env }: Deploy, place: Place): boolean {
  const fits = (a: string | undefined, b: string | undefined) =>
    a === undefined || a.toLowerCase() === b?.toLowerCase();
  return fits(service, place.service) && (env === undefined || place.env === undefined || fits(env, place.env));
}

function isSamePlace(a: Deploy, b: Deploy): boolean {
  return a.env === b.env && a.service === b.service;
}

function behind(
  each: Suspect,
  { suspect, by, old }: Replacement & { readonly suspect: Suspect },
  onset: number,
): Suspect {
  const at = each.deploy?.deploy.at ?? each.change?.change.at ?? old.at;
  const reason = `had run ${formatDuration(by.deploy.at - old.at)} when ${by.deploy.ref} came`;
  return {
    ...each,
    score: Math.max(0, Math.min(each.score, suspect.score - 1)),
    why: [...each.why.filter((why) => why !== reason), reason],
    // Likeness to the errors says little of what ran without them.
    ...(each.confidence !== undefined && { confidence: confidenceOf(proximityOf(onset - at), undefined, 0) }),
  };
}
