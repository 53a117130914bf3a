import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

import type { PullRequestFate } from '#domain/remediation.ts';
import type { LandedChange } from '#domain/taken-back.ts';
import { saysTakenBack } from '#domain/taken-back.ts';

import { parseAnswer } from './pull-requests.ts';

const CommitId = z.string().regex(/^[0-9a-f]{40,64}$/);
const Time = z.iso.datetime();

/** A pull request as far as its end goes. All text is untrusted. */
const Ended = z.object({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']),
  merged_at: Time.nullish(),
  closed_at: Time.nullish(),
  // Of an open one it is a trial that no branch holds.
  merge_commit_sha: CommitId.nullish(),
  base: z.object({ ref: z.string().min(1).max(500) }),
});

const Listed = z.object({
  sha: CommitId,
  commit: z.object({
    message: z.string(),
    tree: z.object({ sha: CommitId }),
    committer: z.object({ date: Time.nullish() }).nullish(),
  }),
  parents: z.array(z.object({ sha: CommitId })),
});
type Listed = z.output<typeof Listed>;

/** Which pull request, and what it brought. */
export interface FateQuestion {
  readonly client: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
  readonly number: number;
  readonly incidentId: string;
  /** The one commit of the branch. */
  readonly commit: string;
  readonly signal: AbortSignal;
}

/** Commits of the base branch after the merge that are looked at, newest first. */
const PAGES = 3;
const PER_PAGE = 100;
/** GitHub's clock and that of whoever committed may differ by as much. */
const CLOCKS_MS = 60_000;

/** Asks GitHub what became of a pull request, and of a merged one whether a later commit of its base branch takes it back. */
export async function askFate(question: FateQuestion): Promise<PullRequestFate> {
  const { client, repository, number, signal } = question;
  const answer = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...repository,
    pull_number: number,
    request: { signal },
  });
  const pull = parseAnswer(Ended, answer.data);
  if (pull.state === 'open') return { outcome: 'open' };
  const { merged_at: mergedAt, closed_at: closedAt, merge_commit_sha: mergeCommit } = pull;
  if (!mergedAt) return { outcome: 'closed', ...(closedAt && { closedAt: Date.parse(closedAt) }) };
  const merged = { mergedAt: Date.parse(mergedAt), ...(mergeCommit && { mergeCommit }) };
  const reverted = await findTakenBack(question, { base: pull.base.ref, ...merged });
  if (!reverted) return { outcome: 'merged', ...merged };
  const date = reverted.commit.committer?.date;
  return {
    outcome: 'reverted',
    ...merged,
    revertedBy: reverted.sha,
    ...(date && { revertedAt: Date.parse(date) }),
  };
}

interface Merged {
  readonly base: string;
  readonly mergedAt: number;
  readonly mergeCommit?: string;
}

/** The first later commit that says so, or whose files are all as they were just before the merge. */
async function findTakenBack(question: FateQuestion, { base, mergedAt, mergeCommit }: Merged) {
  const { incidentId, number, commit } = question;
  const listed = await commitsSince(question, base, mergedAt - CLOCKS_MS);
  const place = listed.findIndex(({ sha }) => sha === mergeCommit);
  const later = (place < 0 ? listed : listed.slice(0, place)).toReversed();
  const change: LandedChange = { incidentId, number, commits: [commit, ...(mergeCommit ? [mergeCommit] : [])] };
  const told = later.find((each) => saysTakenBack(each.commit.message, change));
  if (told || later.length === 0) return told;
  const before = await treeBefore(question, listed[place]);
  return later.find((each) => each.commit.tree.sha === before);
}

/** Newest first. */
async function commitsSince({ client, repository, signal }: FateQuestion, base: string, since: number) {
  const listed: Listed[] = [];
  for (let page = 1; page <= PAGES; page += 1) {
    // oxlint-disable-next-line no-await-in-loop -- most answers have one page
    const answer = await client.request('GET /repos/{owner}/{repo}/commits', {
      ...repository,
      sha: base,
      since: new Date(since).toISOString(),
      per_page: PER_PAGE,
      page,
      request: { signal },
    });
    const found = parseAnswer(z.array(Listed), answer.data);
    listed.push(...found);
    if (found.length < PER_PAGE) break;
  }
  return listed;
}

async function treeBefore({ client, repository, signal }: FateQuestion, merge: Listed | undefined) {
  const parent = merge?.parents[0]?.sha;
  if (parent === undefined) return undefined;
  const answer = await client.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
    ...repository,
    commit_sha: parent,
    request: { signal },
  });
  return parseAnswer(z.object({ tree: z.object({ sha: CommitId }) }), answer.data).tree.sha;
}
