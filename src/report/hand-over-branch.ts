import type { ReportInput } from '#report/input.ts';
import type { HandOver } from '#report/schema-hand-over.ts';
import { quote } from '#report/shell-words.ts';
import { toInertLine } from '#report/text.ts';
import { toTraceId } from '#report/trace.ts';
import { currentTree } from '#report/verification.ts';

/** What the commit says that a handed-over tree is kept in: nobody published it, and whoever takes over rewrites it. */
export function toHandOverCommit({ incident, diffHash }: Pick<ReportInput, 'incident'> & { diffHash: string }): string {
  const { id, escalation, title } = incident;
  const why = escalation ? `${escalation.ruleId}: ${toInertLine(escalation.reason, 500)}` : 'a human';
  return [
    `hotfix(${id}): where it was handed over`,
    '',
    `Incident: ${toInertLine(title, 300)}`,
    `Stopped by ${why}`,
    'Nobody reviewed this change, and it was not published in this form.',
    '',
    `Incident-Id: ${id}`,
    `Diff-Hash: ${diffHash}`,
    `Trace-Id: ${toTraceId(id)}`,
    '',
  ].join('\n');
}

/** The branch to continue from, and the commands that bring it into a checkout; null when there is none. */
export function toContinueFrom({
  incident,
  place,
}: Pick<ReportInput, 'incident' | 'place'>): HandOver['continue_from'] {
  if (!place || 'why' in place) return null;
  const { clone, ref, commit, host } = place;
  const branch = byHandBranch(incident.id);
  return {
    clone,
    ref,
    commit,
    commands: [`git fetch ${quote(clone)} ${quote(ref)}`, `git switch --create ${quote(branch)} ${quote(commit)}`],
    elsewhere: `git fetch ${quote(`ssh://${host}${encodeURI(clone)}`)} ${quote(ref)}`,
  };
}

/** Why there is no branch to continue from; null when there is one. */
export function whyNoBranch(input: Pick<ReportInput, 'place' | 'patches' | 'current' | 'incident'>): string | null {
  const { place, patches, incident } = input;
  if (place) return 'why' in place ? place.why : null;
  const isBase = patches.length === 0 || currentTree(input) === patches[0]?.fromTree;
  return isBase
    ? `Nothing was changed: start at the base commit ${incident.repository.baseCommit.slice(0, 12)}.`
    : 'The clone was not looked at.';
}

/** Where the work of whoever takes over goes. */
export function byHandBranch(incidentId: string): string {
  return `hotfix/${incidentId}-by-hand`;
}
