import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { PullRequestFate, PullRequestRecord } from '#domain/remediation.ts';
import type { LandedChange } from '#domain/taken-back.ts';
import { saysTakenBack } from '#domain/taken-back.ts';
import { DEFAULT_IDENTITY, writeCommit } from '#workspace/commit.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import { remoteFailure } from '#workspace/remote-failure.ts';
import type { Repositories } from '#workspace/repository.ts';

/** Milliseconds that the remote may take, where the caller has no shorter limit. */
const REMOTE_TIMEOUT_MS = 30_000;
/** Commits of the base branch whose messages are looked at. */
const MAX_COMMITS = 1_000;

interface Question {
  readonly git: Git;
  readonly gitDir: string;
  readonly incident: Incident;
  readonly pullRequest: PullRequestRecord;
  readonly signal: AbortSignal;
  /** Where the remote's base branch stands. */
  readonly tip: string;
}

/**
 * What became of a pushed change, as git alone tells: whether the remote's base branch holds its commit, the same change under
 * another id or a commit with our trailer, and whether a later commit takes that back. Without a code host a branch that is gone
 * and was not merged counts as closed. Nothing but one ref of the server's own clone is written.
 */
export async function fateOfChange(
  repositories: Repositories,
  { incident, pullRequest }: Pick<Question, 'incident' | 'pullRequest'>,
  signal: AbortSignal,
): Promise<PullRequestFate> {
  const { git } = repositories;
  const { location } = incident.repository;
  const { gitDir } = await repositories.open(location);
  const { address: remote } = await repositories.pushTarget(location);
  const { branch, baseBranch } = pullRequest;
  const refs = await remoteRefs(git, { remote, branches: [branch, baseBranch], signal });
  const tip = refs.get(baseBranch);
  if (tip === undefined) throw noBase(remote, baseBranch);
  const question: Question = { git, gitDir, incident, pullRequest, signal, tip };
  await bringTip(question, remote);
  const mergeCommit = await findLanded(question);
  if (mergeCommit === undefined) return { outcome: refs.has(branch) ? 'open' : 'closed' };
  const merged = { mergeCommit, ...(await dated(question, 'mergedAt', mergeCommit)) };
  const revertedBy = await findTakenBack(question, mergeCommit);
  if (revertedBy === undefined) return { outcome: 'merged', ...merged };
  return { outcome: 'reverted', ...merged, revertedBy, ...(await dated(question, 'revertedAt', revertedBy)) };
}

async function remoteRefs(
  git: Git,
  {
    remote,
    branches,
    signal,
  }: { readonly remote: string; readonly branches: readonly string[]; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-remote', '--end-of-options', remote, ...branches.map((branch) => `refs/heads/${branch}`)];
  const listed = await git.run({ as: 'operator', args, timeoutMs: REMOTE_TIMEOUT_MS, signal });
  if (listed.exitCode !== 0) throw remoteFailure('read', remote, listed.stderr);
  const rows = [...listed.stdout.toString('utf8').matchAll(/^([0-9a-f]+)\trefs\/heads\/(.+)$/gm)];
  return new Map(rows.map(([, commit = '', branch = '']) => [branch, commit]));
}

/** Fetches the base branch, unless the clone has its tip. */
async function bringTip({ git, gitDir, pullRequest, tip, signal }: Question, remote: string): Promise<void> {
  const has = await git.run({ gitDir, args: ['cat-file', '-e', `${tip}^{commit}`], signal });
  if (has.exitCode === 0) return;
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--update-shallow', '--no-write-fetch-head'];
  const refspec = `+refs/heads/${pullRequest.baseBranch}:refs/fixgate-targets/${pullRequest.baseBranch}`;
  const args = ['fetch', ...options, '--no-auto-maintenance', '--end-of-options', remote, refspec];
  const fetched = await git.run({ gitDir, as: 'operator', args, timeoutMs: REMOTE_TIMEOUT_MS, signal });
  if (fetched.exitCode !== 0) throw remoteFailure('fetch from', remote, fetched.stderr);
}

/** The commit by which the change came to the base branch: merged as it is, squashed or rebased. */
async function findLanded(question: Question): Promise<string | undefined> {
  const { incident, pullRequest, tip } = question;
  const { commit } = pullRequest;
  const { baseCommit } = incident.repository;
  const holds = await question.git.run({
    gitDir: question.gitDir,
    args: ['merge-base', '--is-ancestor', commit, tip],
    signal: question.signal,
  });
  if (holds.exitCode === 0) return await findMerge(question);
  const same = await sameChange(question, [`${commit}...${tip}`, `^${baseCommit}`]);
  if (same !== undefined) return same;
  const grep = `--grep=Incident-Id: ${incident.id}`;
  const args = ['log', '--format=%H%x00%(trailers:key=Incident-Id,valueonly)%x01', `--max-count=${MAX_COMMITS}`];
  const found = await lines(question, [...args, '--fixed-strings', grep, '--end-of-options', `${baseCommit}..${tip}`]);
  const trailed = found.filter(([, ids = '']) => ids.split('\n').some((id) => id.trim() === incident.id));
  return trailed.at(-1)?.[0];
}

/** Of a commit that the base branch holds: the first of the branch's own commits that does. */
async function findMerge(question: Question): Promise<string> {
  const { incident, pullRequest, tip } = question;
  const { commit } = pullRequest;
  const own = await ids(question, ['--first-parent', '--reverse', `${incident.repository.baseCommit}..${tip}`]);
  if (own.includes(commit)) return commit;
  const after = new Set(await ids(question, ['--ancestry-path', `${commit}..${tip}`]));
  return own.find((each) => after.has(each)) ?? commit;
}

/** The first later commit of the base branch that says it takes the change back, or whose change is the opposite one. */
async function findTakenBack(question: Question, mergeCommit: string): Promise<string | undefined> {
  const { incident, pullRequest, tip, git, gitDir } = question;
  const { commit } = pullRequest;
  const greps = ['This reverts commit ', 'Reverts', 'Revert "hotfix('].map((words) => `--grep=${words}`);
  const args = ['log', '--format=%H%x00%B%x01', `--max-count=${MAX_COMMITS}`, '--fixed-strings', ...greps];
  const said = await lines(question, [...args, '--end-of-options', `${mergeCommit}..${tip}`]);
  const change: LandedChange = { incidentId: incident.id, commits: [commit, mergeCommit] };
  const told = said.findLast(([, message = '']) => saysTakenBack(message, change))?.[0];
  if (told !== undefined) return told;
  const base = `${incident.repository.baseCommit}^{tree}`;
  const tree = await git.run({ gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', base] });
  const has = await git.run({ gitDir, args: ['cat-file', '-e', `${commit}^{commit}`] });
  if (tree.exitCode !== 0 || has.exitCode !== 0) return undefined;
  const back = { tree: tree.stdout.toString('utf8').trim(), parent: commit };
  const words = { message: 'The change taken back', at: 0, identity: DEFAULT_IDENTITY };
  const opposite = await writeCommit({ git, clone: { gitDir } }, back, words);
  return await sameChange(question, [`${opposite}...${tip}`, `^${commit}`, `^${mergeCommit}`]);
}

/** The oldest commit on the right side whose patch is that of one on the left. */
async function sameChange(question: Question, range: readonly string[]): Promise<string | undefined> {
  const marked = ['--cherry-mark', '--right-only', '--no-merges', `--max-count=${MAX_COMMITS}`, ...range];
  const found = await ids(question, marked, true);
  return found.findLast((each) => each.startsWith('='))?.slice(1);
}

/** Commits by `rev-list`; none where it does not know one of those that are named, such as after the clone was made anew. */
async function ids({ git, gitDir, signal }: Question, args: readonly string[], mayFail = false): Promise<string[]> {
  const listed = await git.run({ gitDir, args: ['rev-list', ...args, '--'], signal });
  if (listed.exitCode === 0) return listed.stdout.toString('utf8').split('\n').filter(Boolean);
  if (mayFail) return [];
  throw new FixgateError('not_found', `Git cannot tell the commits apart: ${excerpt(listed.stderr)}`, {
    fix: 'Look at the base branch by hand.',
  });
}

async function lines({ git, gitDir, signal }: Question, args: readonly string[]): Promise<string[][]> {
  const text = (await git.bytes({ gitDir, args, signal })).toString('utf8');
  const entries = text.split('\u0001').map((entry) => entry.trim().split('\0'));
  return entries.filter(([id = '']) => id !== '');
}

/** The end of the year 9999, in milliseconds since the epoch. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

async function dated<K extends string>({ git, gitDir }: Question, key: K, commit: string): Promise<Record<K, number>> {
  const at = await git.text({ gitDir, args: ['log', '-1', '--format=%ct', '--end-of-options', commit] });
  // Whoever commits chooses the date: beyond what a calendar has it is none.
  return { [key]: Math.min(Number(at) * 1_000 || 0, LATEST_MS) } as Record<K, number>;
}

function noBase(remote: string, baseBranch: string): FixgateError {
  const shown = excerpt(withoutCredentials(remote));
  return new FixgateError('not_found', `${shown} has no branch ${excerpt(baseBranch)} any more.`, {
    fix: 'Look at the remote by hand.',
  });
}
