import { rm } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { PullRequestRecord } from '#domain/remediation.ts';
import { fateOfChange } from '#workspace/change-fate.ts';
import { pushBranch } from '#workspace/push-branch.ts';

import { NOON } from '../support/store-samples.ts';
import type { TemporaryRepository } from '../support/temporary-repository.ts';
import { addRemote, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import { publishPermit, workspaceFixture } from '../support/workspace-fixture.ts';

const never = new AbortController().signal;
const message = 'hotfix(PD-1): stop the leak\n\nWhy.\n\nIncident-Id: PD-1\nSeverity: SEV3\n';

/** A hotfix that was pushed to a bare remote, and a human's checkout of it. */
async function pushedHotfix() {
  const state = await temporaryFolder();
  const human = await temporaryRepository({ 'src/a.js': 'a\n', 'b.js': 'b\n' });
  const remote = addRemote(human);
  const fixture = workspaceFixture(state.path);
  const incident = await fixture.open(human.path);
  await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' });
  const permit = await publishPermit(fixture, incident);
  const commit = await fixture.workspace.commit(permit, message, NOON);
  await pushBranch(fixture.repositories, permit, { commit });
  const pullRequest: PullRequestRecord = {
    url: 'file:///pull-request.md',
    branch: 'hotfix/PD-1',
    baseBranch: 'main',
    commit,
    tree: permit.action.tree,
    diffHash: permit.action.diffHash,
    draft: false,
    title: 'hotfix(PD-1): stop the leak',
    at: NOON,
  };
  human.git('fetch', '--quiet', 'origin', 'hotfix/PD-1');
  return {
    commit,
    human,
    remote,
    state,
    look: () => fateOfChange(fixture.repositories, { incident, pullRequest }, never),
    push: () => void human.git('push', '--quiet', 'origin', 'main'),
    head: () => human.git('rev-parse', 'HEAD'),
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]();
      await human[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
}

/** What `addRemote` commits with. */
const COMMITTED = 1_767_225_600_000;

async function busyBase(human: TemporaryRepository): Promise<void> {
  await human.write('b.js', 'other work\n');
  human.commit('Other work');
}

describe('what became of a pushed change, as git tells [fate:git:outcomes]', () => {
  it('is nothing yet while only the branch holds it', async () => {
    await using hotfix = await pushedHotfix();
    await busyBase(hotfix.human);
    hotfix.push();
    expect(await hotfix.look()).toEqual({ outcome: 'open' });
  });

  it.each<[string, (human: TemporaryRepository, commit: string) => void]>([
    ['a merge', (human, commit) => human.git('merge', '--quiet', '--no-ff', '--no-edit', commit)],
    ['a squash in other words', (human, commit) => void human.git('cherry-pick', '--no-commit', commit)],
    ['a rebase', (human, commit) => human.git('cherry-pick', commit)],
  ])('finds %s on a base branch that went on', async (_, merge) => {
    await using hotfix = await pushedHotfix();
    await busyBase(hotfix.human);
    merge(hotfix.human, hotfix.commit);
    if (hotfix.human.git('status', '--porcelain') !== '') hotfix.human.commit('Squashed (#7)');
    const merged = hotfix.head();
    await busyBase(hotfix.human);
    hotfix.push();
    expect(await hotfix.look()).toEqual({ outcome: 'merged', mergeCommit: merged, mergedAt: COMMITTED });
  });

  it('finds a fast-forward', async () => {
    await using hotfix = await pushedHotfix();
    hotfix.human.git('merge', '--quiet', '--ff-only', hotfix.commit);
    hotfix.push();
    expect(await hotfix.look()).toEqual({ outcome: 'merged', mergeCommit: hotfix.commit, mergedAt: NOON });
  });

  it('finds a squash that was changed by its trailers, and nothing of another incident', async () => {
    await using hotfix = await pushedHotfix();
    await hotfix.human.write('src/a.js', 'fixed otherwise\n');
    hotfix.human.commit('Other (#8)\n\nIncident-Id: PD-12');
    hotfix.push();
    expect(await hotfix.look()).toEqual({ outcome: 'open' });
    await hotfix.human.write('src/a.js', 'fixed better\n');
    const merged = hotfix.human.commit('Better (#9)\n\nIncident-Id: PD-1\nSeverity: SEV3');
    hotfix.push();
    expect(await hotfix.look()).toMatchObject({ outcome: 'merged', mergeCommit: merged });
  });

  it.each<[string, (human: TemporaryRepository, merged: string) => Promise<void> | void]>([
    ['git revert', (human, merged) => void human.git('revert', '--no-edit', '-m', '1', merged)],
    [
      'the same change backwards, without a word',
      async (human) => {
        await human.write('src/a.js', 'a\n');
        human.commit('Take that');
      },
    ],
  ])('finds that it was taken back by %s', async (_, revert) => {
    await using hotfix = await pushedHotfix();
    hotfix.human.git('merge', '--quiet', '--no-ff', '--no-edit', hotfix.commit);
    const merged = hotfix.head();
    await busyBase(hotfix.human);
    await revert(hotfix.human, merged);
    const revertedBy = hotfix.head();
    hotfix.push();
    expect(await hotfix.look()).toEqual({
      outcome: 'reverted',
      mergeCommit: merged,
      mergedAt: COMMITTED,
      revertedBy,
      revertedAt: COMMITTED,
    });
  });

  it('takes no other revert and no branch for one', async () => {
    await using hotfix = await pushedHotfix();
    hotfix.human.git('merge', '--quiet', '--no-ff', '--no-edit', hotfix.commit);
    await busyBase(hotfix.human);
    hotfix.human.git('revert', '--no-edit', 'HEAD');
    hotfix.push();
    hotfix.human.git('checkout', '--quiet', '-b', 'undo');
    hotfix.human.git('revert', '--no-edit', '-m', '1', 'HEAD~2');
    hotfix.human.git('push', '--quiet', 'origin', 'undo');
    expect(await hotfix.look()).toMatchObject({ outcome: 'merged' });
  });

  it('counts a branch that is gone as closed', async () => {
    await using hotfix = await pushedHotfix();
    runGit(hotfix.remote, 'update-ref', '-d', 'refs/heads/hotfix/PD-1');
    expect(await hotfix.look()).toEqual({ outcome: 'closed' });
  });

  it('still finds the merge when the clone was made anew, and fails when the remote is gone', async () => {
    await using hotfix = await pushedHotfix();
    hotfix.human.git('cherry-pick', hotfix.commit);
    hotfix.push();
    await rm(path.join(hotfix.state.path, 'repos'), { recursive: true, force: true });
    expect(await hotfix.look()).toMatchObject({ outcome: 'merged', mergeCommit: hotfix.head() });
    await rm(hotfix.remote, { recursive: true, force: true });
    await expect(hotfix.look()).rejects.toMatchObject({ name: 'FixgateError' });
  });
});
