import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { PullRequestRecord } from '#domain/remediation.ts';
import { createGithubHost } from '#providers/github.ts';

import { never, publishPermit } from '../contract/code-host.ts';
import type { FakeCommit, FakeGithub } from '../support/fake-github.ts';
import { startFakeGithub } from '../support/fake-github.ts';

const timing = { requestTimeoutMs: 300, retryBaseMs: 5, writeSpacingMs: 1, maxPauseSeconds: 10 };
const { incident } = publishPermit();
const MERGED = Date.parse('2026-01-01T00:00:00Z');
const id = (digit: string) => digit.repeat(40);
const [own, merge, before, later] = [id('c'), id('1'), id('0'), id('2')];

const pullRequest: PullRequestRecord = {
  url: 'https://github.com/acme/shop/pull/1',
  number: 1,
  branch: 'hotfix/INC-7',
  baseBranch: 'main',
  commit: own,
  tree: id('d'),
  diffHash: 'sha256:1',
  draft: false,
  title: 'hotfix(INC-7): bound the queue',
  at: 0,
};

let fake: FakeGithub;

beforeEach(async () => {
  fake = await startFakeGithub();
  fake.addPull({ head: 'hotfix/INC-7' });
  fake.trees.set(before, id('e'));
});

afterEach(() => fake[Symbol.asyncDispose]());

const look = (changes: Partial<PullRequestRecord> = {}, access = {}, signal = never) =>
  createGithubHost({
    owner: 'acme',
    repo: 'shop',
    baseUrl: fake.url,
    token: fake.token,
    clock: { now: () => 0 },
    timing,
    push: () => Promise.reject(new Error('A look pushes nothing.')),
    ...access,
  }).outcome(incident, { ...pullRequest, ...changes }, signal);

function end(merged: boolean, commits: readonly Partial<FakeCommit>[] = []): void {
  Object.assign(fake.pulls[0] ?? {}, { state: 'closed', merged, ...(merged && { mergeCommit: merge }) });
  const first = { sha: merge, message: 'Merge pull request #1', tree: id('3'), parent: before };
  const date = '2026-01-01T00:00:00Z';
  for (const commit of merged ? [first, ...commits] : [])
    fake.commits.unshift({ sha: later, message: 'Other work', tree: id('4'), parent: merge, date, ...commit });
}

describe('what became of a pull request on GitHub [fate:github:outcomes]', () => {
  it('is nothing yet while it is open, whatever trial merge GitHub names', async () => {
    expect(await look()).toEqual({ outcome: 'open' });
    expect(fake.requests).toEqual(['GET /repos/acme/shop/pulls/1']);
  });

  it('is a human who closed it', async () => {
    end(false);
    expect(await look()).toEqual({ outcome: 'closed', closedAt: MERGED });
  });

  it('is a merge, also when others went on after it', async () => {
    end(true, [
      { message: 'Other work\n\nThis reverts commit 9999999999.' },
      { message: `Quoting "This reverts commit ${merge}"` },
    ]);
    expect(await look()).toEqual({ outcome: 'merged', mergedAt: MERGED, mergeCommit: merge });
  });

  it.each<[string, Partial<FakeCommit>]>([
    ['by the id of the merge', { message: `Revert "x" (#2)\n\nThis reverts commit ${merge}.` }],
    ['by the id of its commit, cut', { message: `Back\n\nThis reverts commit ${own.slice(0, 9)}, at last.` }],
    ['by the number of the pull request', { message: 'Revert "fix" (#2)\n\nReverts acme/shop#1' }],
    ['by its title', { message: 'Revert "hotfix(INC-7): bound the queue (#1)" (#2)' }],
    ['by its trailer', { message: 'Back\n\nReverts-Incident: INC-7' }],
    ['without a word, by the tree from before', { message: 'Take that', tree: id('e') }],
  ])('is a commit that takes it back %s', async (_, commit) => {
    end(true, [{ sha: id('8') }, { sha: id('9'), date: '2026-01-03T00:00:00Z', ...commit }]);
    expect(await look()).toEqual({
      outcome: 'reverted',
      mergedAt: MERGED,
      mergeCommit: merge,
      revertedBy: id('9'),
      revertedAt: Date.parse('2026-01-03T00:00:00Z'),
    });
  });

  it.each([
    ['Reverts acme/shop#11'],
    ['It Reverts acme/shop#1 in part'],
    ['Revert "hotfix(INC-70): bound the queue"'],
    ['Revert "Revert "hotfix(INC-7): bound the queue""'],
    ['Reverts-Incident: INC-70'],
    ['This reverts commit 111111'],
  ])('is not what says %j', async (message) => {
    end(true, [{ message }]);
    expect(await look()).toMatchObject({ outcome: 'merged' });
  });

  it('is found on the third page of later commits, and no further', async () => {
    end(true, [{ sha: id('9'), message: `This reverts commit ${merge}.` }]);
    const others = Array.from({ length: 250 }, (_, n) => ({ sha: n.toString(16).padStart(40, '7') }));
    for (const other of others)
      fake.commits.unshift({ message: '', tree: id('4'), parent: later, date: '2026-01-02T00:00:00Z', ...other });
    expect(await look()).toMatchObject({ outcome: 'reverted', revertedBy: id('9') });
    for (const other of others)
      fake.commits.unshift({ message: '', tree: id('4'), parent: later, date: '2026-01-02T00:00:00Z', ...other });
    expect(await look()).toMatchObject({ outcome: 'merged' });
    expect(fake.requests.filter((each) => each.endsWith('/commits'))).toHaveLength(6);
  });
});

describe('a look at GitHub [fate:github:trouble]', () => {
  it.each([
    ['refuses the token', { token: 'another' }, 'provider_rejected'],
    ['has no such pull request', {}, 'not_found'],
  ])('fails when it %s', async (_, access, code) => {
    fake.pulls.length = 0;
    const failure = await look({}, access).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'FixgateError', code });
    expect(JSON.stringify(failure)).not.toContain('token-for-tests');
  });

  it('waits out no rate limit, and ends when nobody waits any more', async () => {
    const limited = { status: 403, headers: { 'retry-after': '5' }, body: { message: 'secondary rate limit' } };
    fake.fail({ method: 'GET', path: /pulls/, as: limited });
    const began = performance.now();
    await expect(look()).rejects.toMatchObject({ code: 'provider_unavailable' });
    // The limit asks for five seconds.
    expect(performance.now() - began).toBeLessThan(4_900);
    fake.fail({ method: 'GET', path: /pulls/, as: 'hang' });
    await expect(look({}, {}, AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('believes no answer of another form', async () => {
    fake.fail({ method: 'GET', path: /pulls/, as: { status: 200, body: { number: 1, state: 'merged' } } });
    await expect(look()).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});
