import { FixgateError } from '#domain/errors.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import type { Permit } from '#policy/verdict.ts';
import { assertHotfixBranch } from '#workspace/commit.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import { remoteFailure } from '#workspace/remote-failure.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';

const PUSH_TIMEOUT_MS = 300_000;

/** A branch as the remote has it now. */
export interface PushedBranch {
  /** Address of the remote, without credentials. */
  readonly remote: string;
  readonly branch: string;
  readonly commit: string;
  /** False when the remote had exactly this commit already. */
  readonly pushed: boolean;
}

/** What is pushed: one commit of the clone. */
export interface PushRequest {
  readonly commit: string;
  /** What the records say was pushed last; the clone knows too, unless it was made anew. */
  readonly earlier?: string;
  readonly signal?: AbortSignal;
}

interface Push {
  readonly git: Git;
  readonly clone: Clone;
  readonly permit: Permit<'publish'>;
  readonly remote: string;
  readonly commit: string;
  readonly earlier: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Pushes one commit to the incident's branch of the remote, never to another ref; safe to repeat after lost answers. */
export async function pushBranch(
  repositories: Repositories,
  permit: Permit<'publish'>,
  { commit, earlier, signal }: PushRequest,
): Promise<PushedBranch> {
  assertHotfixBranch(permit);
  const { repository } = permit.incident;
  const clone = await repositories.open(repository.location);
  const { address: remote, identity } = await repositories.pushTarget(repository.location);
  assertSameRepository(repository, identity);
  const push: Push = { git: repositories.git, clone, permit, remote, commit, earlier, signal };
  await assertAdmittedCommit(push);
  const done = { remote: withoutCredentials(remote), branch: permit.action.branch, commit };
  const refs = await remoteRefs(push);
  const there = refs.get(permit.action.branch);
  if (there === commit) return { ...done, pushed: false };
  await assertBaseIsPublic(push, refs.get(permit.action.baseBranch));
  if (there !== undefined) await assertOurs(push, there);
  // Written before the push: after a crash the remote's commit is still known to be ours.
  await push.git.bytes({ gitDir: clone.gitDir, args: ['update-ref', toRecord(push, commit), commit] });
  await send(push, there);
  return { ...done, pushed: true };
}

/** What limits an incident was counted for the repository that it was opened in. */
function assertSameRepository({ location, identity }: RepositoryRef, now: string): void {
  if (identity === undefined || identity === now) return;
  const message = `The incident was opened in the repository ${excerpt(identity)}, and the remote of ${excerpt(location)} now leads to ${excerpt(now)}.`;
  throw new FixgateError('conflict', message, {
    fix: 'Ask the operator to set the remote back, or to open another incident in the repository that is meant.',
  });
}

/** Exactly one commit on the base, with the tree that was admitted. */
async function assertAdmittedCommit({ git, clone, permit, commit }: Push): Promise<void> {
  const args = ['rev-list', '--max-count=1', '--no-commit-header', '--format=%T %P', '--end-of-options', commit, '--'];
  const { exitCode, stdout } = await git.run({ gitDir: clone.gitDir, args });
  const { tree, baseCommit } = permit.action;
  if (exitCode === 0 && stdout.toString().trim() === `${tree} ${baseCommit}`) return;
  throw new FixgateError('internal', `The commit ${excerpt(commit)} is not the admitted tree on the base commit.`, {
    fix: 'Report this to the operator of the server.',
  });
}

async function remoteRefs({ git, permit, remote, signal }: Push): Promise<ReadonlyMap<string, string>> {
  const wanted = [permit.action.branch, permit.action.baseBranch].map((branch) => `refs/heads/${branch}`);
  const args = ['ls-remote', '--end-of-options', remote, ...wanted];
  const listed = await git.run({ as: 'operator', args, timeoutMs: PUSH_TIMEOUT_MS, signal });
  if (listed.exitCode !== 0) throw remoteFailure('read', remote, listed.stderr);
  const rows = [...listed.stdout.toString('utf8').matchAll(/^([0-9a-f]+)\trefs\/heads\/(.+)$/gm)];
  return new Map(rows.map(([, commit = '', branch = '']) => [branch, commit]));
}

/** The base must be part of the remote's base branch, or the push would publish commits that nobody judged. */
async function assertBaseIsPublic(
  { git, clone, permit, remote, signal }: Push,
  tip: string | undefined,
): Promise<void> {
  const { baseBranch, baseCommit } = permit.action;
  const shown = excerpt(withoutCredentials(remote));
  if (tip === undefined) {
    throw new FixgateError(
      'conflict',
      `${shown} has no branch ${excerpt(baseBranch)} for the pull request to target.`,
      {
        fix: `Push the branch ${excerpt(baseBranch)} to the remote, then try again.`,
      },
    );
  }
  const { gitDir } = clone;
  const isAncestor = async () => {
    const args = ['merge-base', '--is-ancestor', baseCommit, tip];
    return (await git.run({ gitDir, args })).exitCode === 0;
  };
  if (await isAncestor()) return;
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--update-shallow', '--no-write-fetch-head'];
  const refspec = `+refs/heads/${baseBranch}:refs/fixgate-targets/${baseBranch}`;
  const args = ['fetch', ...options, '--no-auto-maintenance', '--end-of-options', remote, refspec];
  const fetched = await git.run({ gitDir, as: 'operator', args, timeoutMs: PUSH_TIMEOUT_MS, signal });
  if (fetched.exitCode !== 0) throw remoteFailure('fetch from', remote, fetched.stderr);
  if (await isAncestor()) return;
  const message = `The base commit ${baseCommit.slice(0, 12)} is not on ${excerpt(baseBranch)} of ${shown}.`;
  throw new FixgateError('conflict', message, {
    fix: `Push the base commit to ${excerpt(baseBranch)} first, or open the incident on a commit that is there.`,
  });
}

/** A branch that somebody else pushed, or pushed onto, is not overwritten. */
async function assertOurs(push: Push, there: string): Promise<void> {
  if (there === push.earlier) return;
  const args = ['show-ref', '--verify', '--quiet', toRecord(push, there)];
  if ((await push.git.run({ gitDir: push.clone.gitDir, args })).exitCode === 0) return;
  const { branch } = push.permit.action;
  const message = `${excerpt(withoutCredentials(push.remote))} has a branch ${branch} with commits of somebody else.`;
  throw new FixgateError('conflict', message, {
    fix: `Ask a human to review the branch ${branch} and remove or rename it.`,
  });
}

async function send(push: Push, expected: string | undefined): Promise<void> {
  const { git, clone, permit, remote, commit, signal } = push;
  const ref = `refs/heads/${permit.action.branch}`;
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no'];
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  const args = ['push', ...options, lease, '--end-of-options', remote, `${commit}:${ref}`];
  const sent = await git.run({ gitDir: clone.gitDir, as: 'operator', args, timeoutMs: PUSH_TIMEOUT_MS, signal });
  if (sent.exitCode === 0) return;
  // The answer may have been lost after the remote took the push, or another process pushed the same commit.
  if ((await remoteRefs(push)).get(permit.action.branch) === commit) return;
  const status = sent.stdout.toString('utf8');
  const said = excerpt(withoutCredentials(`${/^!\t.*$/m.exec(status)?.[0] ?? ''}\n${sent.stderr}`.trim()));
  if (status.includes('[remote rejected]')) {
    throw new FixgateError('provider_rejected', `The remote refused the branch ${permit.action.branch}: ${said}`, {
      fix: `Allow the account of the server to push ${permit.action.branch}, or mend what the remote names.`,
    });
  }
  if (status.includes('[rejected]')) {
    throw new FixgateError('conflict', `The branch ${permit.action.branch} moved on the remote meanwhile: ${said}`, {
      fix: 'Look at the branch on the remote, then call open_pr again.',
    });
  }
  throw remoteFailure('push to', remote, sent.stderr);
}

function toRecord({ permit }: Push, commit: string): string {
  return `refs/fixgate-pushed/${permit.incident.id}/${commit}`;
}
