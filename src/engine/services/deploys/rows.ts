import { focusAreas } from '#analysis/change-areas.ts';
import type { RankedChange } from '#analysis/change-ranking.ts';
import type { CommitRange, Deploy } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';
import { iso } from '#engine/services/time-windows.ts';

import type { Suspect } from './rank-all.ts';

type Row = Record<string, unknown>;

const SHOWN_FILES = 5;
/** So many suspects are shown with the files they changed. */
const EXPLAINED = 3;
const SHOWN_COMMITS = 5;

/** A suspect as callers read it. */
export function toSuspectRow(
  { score, why, deploy: ranked, change, culprit, confidence }: Suspect,
  index: number,
  onset: number,
): Row {
  const commit = change?.change;
  const at = ranked?.deploy.at ?? commit?.at ?? 0;
  const sha = ranked?.deploy.sha || commit?.sha || '';
  const previous = ranked?.previousSha ?? commit?.before;
  const detailed = index < EXPLAINED;
  return {
    rank: index + 1,
    score: Math.round(score),
    time: iso(at),
    to_onset: formatDuration(at - onset),
    kind: ranked?.deploy.kind ?? 'commit',
    ...(sha !== '' && { sha: sha.slice(0, 12) }),
    ...(ranked && deployFields(ranked.deploy)),
    ...(previous !== undefined && (ranked !== undefined || detailed) && { previous: previous.slice(0, 12) }),
    ...(commit?.mergedBy !== undefined && { merged_by: commit.mergedBy.slice(0, 12) }),
    by: ranked?.deploy.author || commit?.author || '',
    subject: ranked?.deploy.subject || commit?.subject || '',
    ...(culprit !== undefined && { suspect: `${culprit.change.sha.slice(0, 12)} ${culprit.change.subject}` }),
    ...(confidence && {
      confidence: `${confidence.score} ${confidence.level}${confidence.assumed ? ', scope assumed' : ''}`,
    }),
    why: [...why],
    ...(detailed && filesOf(change ?? culprit)),
  };
}

function deployFields({ ref, status, service, env, links, finishedAt }: Deploy): Row {
  return {
    ref,
    ...(status !== undefined && { status }),
    ...(finishedAt !== undefined && { finished: iso(finishedAt) }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    ...(links !== undefined && links.length > 0 && { links: [...links] }),
  };
}

function filesOf(ranked: RankedChange | undefined): Row {
  const files = ranked?.change.files ?? [];
  if (files.length === 0) return {};
  const shown = files.toSorted((a, b) => b.added + b.removed - a.added - a.removed).slice(0, SHOWN_FILES);
  return {
    files: shown.map(({ path, added, removed }) => `${path} +${added} -${removed}`),
    ...(files.length > SHOWN_FILES && { more_files: files.length - SHOWN_FILES }),
  };
}

/** The code changes in each focus area, deployed or not. */
export function toAreas(changes: readonly RankedChange[]): string[] {
  return focusAreas.flatMap((area) => {
    const touching = changes.filter(({ areas }) => areas.includes(area));
    const shown = touching.slice(0, SHOWN_COMMITS).map(({ change }) => change.sha.slice(0, 12));
    const more = touching.length > shown.length ? ` and ${touching.length - shown.length} more` : '';
    return shown.length === 0 ? [] : [`${area}: ${shown.join(', ')}${more}`];
  });
}

/** Commits, then files, then the diff by hunks: what is cut off last matters least. */
export function toRangeRows({ commits, files, diff, diffTruncated }: CommitRange): Row[] {
  return [
    ...commits.map(({ sha, at, author, subject }) => ({
      commit: sha.slice(0, 12),
      time: iso(at),
      by: author,
      subject,
    })),
    ...files.map(({ path, added, removed }) => ({ file: path, added, removed })),
    ...diff
      .split(/^(?=diff --git |@@ )/m)
      .filter((hunk) => hunk !== '')
      .map((hunk) => ({ diff: hunk })),
    ...(diffTruncated ? [{ diff: 'The diff is longer; compare fewer commits to see the rest.' }] : []),
  ];
}
