import type { Deploy } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';

import { areaOf, focusOf } from './change-areas.ts';
import { isSameFile } from './same-file.ts';

/** A deploy as a suspect. */
export interface RankedDeploy {
  readonly deploy: Deploy;
  /** Milliseconds from the onset to the deploy; negative before it. */
  readonly deltaMs: number;
  /** 0 to 100: how well it explains the incident. */
  readonly score: number;
  /** The score in words, so that a reader can disagree. */
  readonly why: readonly string[];
  /** What last succeeded before it in the same place; absent when no older deploy is known. */
  readonly previousSha?: string;
}

/** What is known of the incident. */
export interface RankingContext {
  /** Milliseconds since the epoch. */
  readonly onset: number;
  readonly service?: string;
  readonly env?: string;
  /** Files named by stack traces and errors; absolute paths and paths below the repository both fit. */
  readonly errorFiles?: readonly string[];
  /** Files that a deploy changed, by commit id; deploys may be missing. */
  readonly changedFiles?: ReadonlyMap<string, readonly string[]>;
}

const POINTS = { recency: 40, overlap: 35, service: 15, env: 10, after: 5, status: 10, size: 5, area: 5 } as const;
/** Files changed beyond which size says no more. */
const LARGE_FILES = 50;
/** A deploy this old before the onset has half the points of recency. */
const HALF_MS = 6 * 3_600_000;
/** Clocks and onsets are not exact: a deploy this shortly after the onset may still be its cause. */
const SLACK_MS = 60_000;

/** Ranks deploys by how well they explain the onset; later ones are kept as possible mitigations. */
export function rankDeploys(deploys: readonly Deploy[], context: RankingContext): readonly RankedDeploy[] {
  const newestFirst = deploys.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  return newestFirst
    .map((deploy, index) => rank(deploy, previousOf(deploy, newestFirst.slice(index + 1)), context))
    .toSorted((a, b) => b.score - a.score || b.deploy.at - a.deploy.at || (a.deploy.id < b.deploy.id ? -1 : 1));
}

function rank(deploy: Deploy, previousSha: string | undefined, context: RankingContext): RankedDeploy {
  const deltaMs = deploy.at - context.onset;
  const findings = [
    recency(deltaMs),
    sameService(deploy, context),
    sameEnv(deploy, context),
    overlap(deploy, context),
    ...(deltaMs > SLACK_MS ? [] : [rollout(deploy), size(deploy, context)]),
  ];
  const score = findings.reduce((sum, { points }) => sum + points, 0);
  return {
    deploy,
    deltaMs,
    score: Math.max(0, Math.min(100, Math.round(score))),
    why: findings.flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
    ...(previousSha !== undefined && { previousSha }),
  };
}

interface Points {
  readonly points: number;
  readonly reason?: string;
}

function recency(deltaMs: number): Points {
  if (deltaMs > SLACK_MS) {
    return {
      points: POINTS.after,
      reason: `${formatDuration(deltaMs)} after the onset: no cause, perhaps a mitigation`,
    };
  }
  if (deltaMs > 0) {
    const reason = `${formatDuration(deltaMs)} after the onset, within the accuracy of clocks`;
    return { points: POINTS.recency / 2, reason };
  }
  const reason = -deltaMs < SLACK_MS ? 'at the onset' : `${formatDuration(-deltaMs)} before the onset`;
  return { points: POINTS.recency / (1 - deltaMs / HALF_MS), reason };
}

function sameService({ service }: Deploy, context: RankingContext): Points {
  return equal(service, context.service, { points: POINTS.service, same: 'same service', other: 'another service' });
}

function sameEnv({ env }: Deploy, context: RankingContext): Points {
  return equal(env, context.env, { points: POINTS.env, same: 'same environment', other: 'another environment' });
}

function equal(
  a: string | undefined,
  b: string | undefined,
  words: { points: number; same: string; other: string },
): Points {
  if (a === undefined || b === undefined) return { points: 0 };
  const same = a.toLowerCase() === b.toLowerCase();
  return same ? { points: words.points, reason: words.same } : { points: -words.points, reason: words.other };
}

function overlap({ sha, at }: Deploy, { changedFiles, errorFiles, onset }: RankingContext): Points {
  const changed = changedFiles?.get(sha);
  if (changed === undefined) return { points: 0 };
  const named = changed.filter((path) => errorFiles?.some((file) => isSameFile(path, file)));
  const size = `${changed.length} ${changed.length === 1 ? 'file' : 'files'}`;
  if (named.length === 0) return { points: 0, reason: `changes ${size}` };
  const reason = `changes ${size}, ${named.slice(0, 3).join(', ')} named by the errors`;
  // What comes after the onset did not cause the errors, whichever file it changes.
  return { points: at > onset + SLACK_MS ? 0 : POINTS.overlap, reason };
}

/** A rollout that did not end well, or went back, is trouble by itself. */
function rollout({ status, rollback }: Deploy): Points {
  if (rollback === true) return { points: POINTS.status / 2, reason: 'a rollback' };
  switch (status) {
    case 'failed':
    case 'partial':
      return { points: POINTS.status, reason: `the rollout ${status === 'failed' ? 'failed' : 'was partial'}` };
    case 'running':
      return { points: POINTS.status / 2, reason: 'still rolling out' };
    case 'cancelled':
      return { points: -POINTS.status, reason: 'was cancelled' };
    default:
      return { points: 0 };
  }
}

function size({ sha }: Deploy, { changedFiles }: RankingContext): Points {
  const changed = (changedFiles?.get(sha) ?? []).filter((path) => !['docs', 'tests'].includes(areaOf(path)));
  const points = (POINTS.size * Math.log1p(Math.min(changed.length, LARGE_FILES))) / Math.log1p(LARGE_FILES);
  const areas = focusOf(changed);
  if (areas.length === 0) return { points };
  return { points: points + POINTS.area, reason: `changes ${areas.join(', ')}` };
}

/** The next older deploy of another commit that went to the same place and arrived there; what the back end says wins. */
function previousOf(deploy: Deploy, older: readonly Deploy[]): string | undefined {
  return deploy.previousSha ?? older.find((one) => runsBefore(one, deploy))?.sha;
}

/** Whether an older deploy of another commit went to the same place and arrived there. */
export function runsBefore({ sha, env, service, status }: Deploy, deploy: Deploy): boolean {
  const isThere = env === deploy.env && service === deploy.service;
  return sha !== '' && sha !== deploy.sha && isThere && (status === undefined || status === 'succeeded');
}

/** The deploy that explains most, of those that may be the cause. */
export function firstSuspect(ranked: readonly RankedDeploy[]): RankedDeploy | undefined {
  return ranked.find(({ deltaMs }) => deltaMs <= SLACK_MS);
}

/** The deploy to go back to: the newest before the onset that ran well until the suspect replaced it. */
export function rollbackTarget(
  { previousSha: previous }: RankedDeploy,
  known: readonly Deploy[],
  onset: number,
): Deploy | undefined {
  return previous === undefined ? undefined : known.find(({ sha, at }) => sha === previous && at < onset);
}

/** Trouble is seen some time after it begins: a suspect counts as having run this long at least. */
const NOTICED_MS = 5 * 60_000;
/** What ran this many times as long as the suspect without trouble is no cause: its trouble would begin just then by a chance of one in twenty. */
const RAN_WELL = 20;

/** The newest version that had run well for long where the suspect came shortly before the onset; merges and commits tell of no run. */
export function ranWellBefore({ deploy, deltaMs }: RankedDeploy, known: readonly Deploy[]): Deploy | undefined {
  if (deltaMs > SLACK_MS || deploy.rollback === true || deploy.status === 'cancelled' || !isRun(deploy))
    return undefined;
  const least = RAN_WELL * Math.max(NOTICED_MS, -deltaMs);
  return known
    .filter((older) => isRun(older) && runsBefore(older, deploy) && deploy.at - older.at >= least)
    .toSorted((a, b) => b.at - a.at)[0];
}

function isRun({ kind }: Deploy): boolean {
  return kind !== 'merge' && kind !== 'commit';
}
