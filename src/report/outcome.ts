import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { PullRequestOutcome, PullRequestRecord } from '#domain/remediation.ts';
import type { ReportInput } from '#report/input.ts';
import { short, utc } from '#report/markdown-words.ts';
import type { Report } from '#report/schema.ts';

/** What is said of a pull request that may be anywhere. */
const FOREIGN = 'opened under another configuration: look at the address before you follow it';

type Reported = NonNullable<Report['pr']>;

/** What became of a pull request, for the report; nulls where nobody asked, and where there is nothing to tell. */
export function toReportedOutcome({
  pullRequest,
  revertedBy,
}: Pick<ReportInput, 'pullRequest' | 'revertedBy'>): Pick<
  Reported,
  'outcome' | 'merged_at' | 'merge_commit' | 'closed_at' | 'reverted_at' | 'reverted_by' | 'asked_at'
> {
  const { fate, answeredAt } = pullRequest ?? {};
  return {
    outcome: fate?.outcome ?? null,
    merged_at: iso(fate?.mergedAt),
    merge_commit: fate?.mergeCommit ?? null,
    closed_at: iso(fate?.closedAt),
    reverted_at: iso(fate?.revertedAt),
    reverted_by: fate?.revertedBy ?? revertedBy ?? null,
    asked_at: iso(answeredAt),
  };
}

/** Whether the change is, or may still come to be, in the base branch. */
export function isAlive(pullRequest: PullRequestRecord): boolean {
  const outcome = pullRequest.fate?.outcome;
  return outcome !== 'closed' && outcome !== 'reverted';
}

/** A pull request in a few words, such as `pull request merged`. */
export function outcomeWords(outcome: PullRequestOutcome | null): string {
  return {
    open: 'pull request open',
    merged: 'pull request merged',
    closed: 'pull request closed without a merge',
    reverted: 'pull request merged and taken back',
  }[outcome ?? 'open'];
}

/** The same with when and by which commit, as one phrase of plain text; undefined where nobody asked. */
export function toOutcomePhrase(pr: Reported): string | undefined {
  const at = (time: string | null) => (time === null ? '' : ` at ${utc(time)}`);
  const merged = `merged${at(pr.merged_at)}${pr.merge_commit === null ? '' : ` as ${short(pr.merge_commit)}`}`;
  if (pr.other_configuration) return FOREIGN;
  switch (pr.outcome) {
    case null:
      return pr.reverted_by === null ? undefined : `taken back by ${short(pr.reverted_by)}`;
    case 'open':
      return `open${pr.asked_at === null ? '' : `, as of ${utc(pr.asked_at)}`}`;
    case 'merged':
      return merged;
    case 'closed':
      return `closed without a merge${at(pr.closed_at)}`;
    case 'reverted':
      return `${merged}, taken back${at(pr.reverted_at)}${pr.reverted_by === null ? '' : ` by ${short(pr.reverted_by)}`}`;
  }
}

/** What should happen next with a pull request that came to its end; undefined while it is open. */
export function afterEnd({
  incident,
  pullRequest,
  humanProof,
}: Pick<ReportInput, 'incident' | 'pullRequest' | 'humanProof'>): string | undefined {
  switch (pullRequest?.fate?.outcome) {
    case 'merged':
      return `See that production recovers, then close the incident with fixgate incident close ${incident.id} --reason "…"${keyOption(humanProof)}.${keysFirst(humanProof)}`;
    case 'closed':
      return `Find out why the pull request was closed without a merge: ${pullRequest.url}`;
    case 'reverted':
      return `Find out why the merged change was taken back: ${pullRequest.url}`;
    default:
      return undefined;
  }
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
