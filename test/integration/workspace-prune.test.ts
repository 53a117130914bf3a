import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { tidyInBackground } from '#cli/tidy.ts';
import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { withLock } from '#workspace/lock.ts';
import type { PruneRequest } from '#workspace/prune.ts';
import { prune } from '#workspace/prune.ts';
import { pushBranch } from '#workspace/push-branch.ts';
import type { Worktrees } from '#workspace/worktree.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import { root } from '../support/citations.ts';
import { NOON, sampleEvent, samplePlan, samplePullRequest, sampleResult } from '../support/store-samples.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { addRemote, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { publishPermit, workspaceFixture } from '../support/workspace-fixture.ts';

const DAY = 86_400_000;

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let worktrees: Worktrees;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'a.txt': 'a\n' });
  fixture = workspaceFixture(state.path);
  const { repositories } = fixture;
  worktrees = createWorktrees({ stateFolder: state.path, repositories, clock: systemClock });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

/** Opens, patches and writes the worktree of an incident, as a test run does; its last event is at noon. */
async function work(id: string, location = repository.path): Promise<Incident> {
  const incident = await fixture.open(location, { id });
  const { tree } = await fixture.patch(incident, { path: 'a.txt', content: `${id}\n` });
  await worktrees.materialise(incident, tree);
  return incident;
}

const folders = () => ({ stateFolder: state.path, cacheFolder: join(state.path, 'cache/fixgate') });

/** Cleans up so long after noon. */
async function pruneAfter(days: number, request: Partial<PruneRequest> = {}) {
  const clock = { now: () => NOON + days * DAY };
  const asked = { olderThanMs: 14 * DAY, ended: true, dryRun: false, ...request };
  const { pruned, inUse } = await prune({ ...folders(), store: fixture.store, clock }, asked);
  return { removed: pruned.map(({ what, of }) => `${what} ${of}`).toSorted(), pruned, inUse };
}

const cloneOf = ({ path }: TemporaryRepository) => [`clone ${path}`, `dependencies ${path}`];

const worktreeOf = async (incident: Incident) => {
  const { id } = await fixture.repositories.open(incident.repository.location);
  return join(state.path, 'worktrees', id, incident.id);
};

describe('a clean-up', () => {
  it('removes what is old, says how much that frees, and the work can go on from the records [workspace:prune:safe]', async () => {
    const incident = await work('old');
    const seen = await fixture.workspace.current(incident);
    const { removed, pruned } = await pruneAfter(15);
    expect(removed).toEqual([...cloneOf(repository), 'worktree old']);
    expect(pruned.every(({ bytes }) => bytes > 4_096)).toBe(true);
    expect((await readdir(join(state.path, 'repos'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
    expect((await pruneAfter(15)).removed).toEqual([]);

    expect(await fixture.workspace.current(incident)).toEqual(seen);
    const { tree } = await fixture.patch(incident, { path: 'b.txt', content: 'b\n' });
    expect(runGit(await worktrees.materialise(incident, tree), 'write-tree')).toBe(tree);
  });

  it('only says what it would remove when it is asked to [workspace:prune:safe]', async () => {
    const incident = await work('old');
    const { removed } = await pruneAfter(15, { dryRun: true });
    expect(removed).toEqual([...cloneOf(repository), 'worktree old']);
    expect(existsSync(join(await worktreeOf(incident), 'a.txt'))).toBe(true);
  });

  it('keeps what is young, and takes what ended after an hour unless only age counts', async () => {
    const [young, ended] = [await work('young'), await work('ended')];
    fixture.store.escalate('ended', { reason: 'handed over', ruleId: 'human', at: NOON });
    expect((await pruneAfter(0.02)).removed).toEqual([]);
    expect((await pruneAfter(1, { ended: false })).removed).toEqual([]);
    expect((await pruneAfter(1)).removed).toEqual(['worktree ended']);
    expect(existsSync(await worktreeOf(young))).toBe(true);
    expect(existsSync(await worktreeOf(ended))).toBe(false);
    expect(String(await fixture.workspace.read(young, 'a.txt'))).toBe('young\n');
  });

  it('never touches an incident whose tests run, or whose worktree is in use [workspace:prune:safe]', async () => {
    const [testing, locked] = [await work('testing'), await work('locked')];
    const run = { jobId: 'job-1', incidentId: 'testing', callId: 'c', plan: samplePlan };
    fixture.store.startTestRun(run, sampleEvent('tests.started'));
    const file = join(state.path, 'locks/tests-locked');
    await withLock({ file, what: 'tests', waitMs: 0 }, async () => {
      expect(await pruneAfter(15)).toMatchObject({ removed: [], inUse: ['locked'] });
    });
    for (const each of [testing, locked]) expect(existsSync(join(await worktreeOf(each), 'a.txt'))).toBe(true);

    const { gitDir } = await fixture.repositories.open(repository.path);
    await withLock({ file: join(gitDir, 'fixgate-locks/locked'), what: 'worktree', waitMs: 0 }, async () => {
      expect(await pruneAfter(15)).toMatchObject({ removed: [], inUse: ['locked'] });
    });
    fixture.store.finishTestRun('job-1', sampleResult(1), sampleEvent('tests.finished'));
    expect((await pruneAfter(15)).removed).toEqual([...cloneOf(repository), 'worktree locked', 'worktree testing']);
  });

  it('removes the logs of tests with their incident, and files that belong to none by their own age', async () => {
    await work('old');
    const run = { jobId: 'job-1', incidentId: 'old', callId: 'c', plan: samplePlan };
    fixture.store.startTestRun(run, sampleEvent('tests.started'));
    fixture.store.finishTestRun('job-1', sampleResult(1), sampleEvent('tests.finished'));
    const jobs = join(state.path, 'jobs');
    await mkdir(jobs, { recursive: true });
    for (const name of ['job-1.log', 'stray-old.log', 'stray-new.log']) await writeFile(join(jobs, name), 'output');
    await utimes(join(jobs, 'stray-old.log'), 1_000, 1_000);
    const stray = join(state.path, 'worktrees/0123456789abcdef/gone');
    await mkdir(stray, { recursive: true });
    await utimes(stray, 1_000, 1_000);
    expect((await pruneAfter(15)).removed).toEqual([
      ...cloneOf(repository),
      'test log job-1.log',
      'test log stray-old.log',
      'worktree gone',
      'worktree old',
    ]);
    expect(await readdir(jobs)).toEqual(['stray-new.log']);
  });

  it('removes prepared checkouts that no incident needs any more', async () => {
    const incident = await work('young');
    const { id } = await fixture.repositories.open(repository.path);
    const checkouts = join(state.path, 'checkouts', id);
    const unneeded = 'd'.repeat(40);
    for (const commit of [incident.repository.baseCommit, unneeded]) {
      await mkdir(join(checkouts, commit), { recursive: true });
      await utimes(join(checkouts, commit), 1_000, 1_000);
    }
    expect((await pruneAfter(1)).removed).toEqual([`checkout ${unneeded}`]);
    expect(await readdir(checkouts)).toEqual([incident.repository.baseCommit]);
  });

  it('leaves other repositories alone', async () => {
    await work('old');
    await using other = await temporaryRepository({ 'a.txt': 'b\n' });
    const incident = await work('other', other.path);
    fixture.store.recordPullRequest('old', samplePullRequest, sampleEvent('pull_request.opened'));
    expect((await pruneAfter(1)).removed).toEqual([...cloneOf(repository), 'worktree old']);
    expect(String(await fixture.workspace.read(incident, 'a.txt'))).toBe('other\n');
  });

  it('keeps the branch that a handed-over incident is continued from until the incident is old [hand-over:branch:kept]', async () => {
    const incident = await work('over');
    fixture.store.escalate('over', { reason: 'handed over', ruleId: 'human', at: NOON });
    const kept = await fixture.workspace.keepBranch(incident, 'hotfix(over): handed over', NOON);
    expect(await fixture.workspace.keepBranch(incident, 'said otherwise', NOON + DAY)).toEqual(kept);
    expect((await pruneAfter(13)).removed).toEqual(['worktree over']);
    const { tree } = await fixture.workspace.current(incident);
    expect(runGit(kept?.clone ?? '', 'rev-parse', `${kept?.ref}^{tree}`)).toBe(tree);
    expect((await pruneAfter(15)).removed).toEqual(cloneOf(repository));
    expect(await fixture.workspace.keepBranch(incident, 'hotfix(over): handed over', NOON)).toEqual(kept);
  });

  it('forgets nothing that a later push must know [workspace:push:foreign]', async () => {
    const remote = addRemote(repository);
    const incident = await work('published');
    const commitAndPush = async (earlier?: string) => {
      const commit = await fixture.workspace.commit(await publishPermit(fixture, incident), 'fix: a', NOON);
      const request = { commit, ...(earlier !== undefined && { earlier }) };
      await pushBranch(fixture.repositories, await publishPermit(fixture, incident), request);
      return commit;
    };
    const first = await commitAndPush();
    await pruneAfter(15);
    await fixture.patch(incident, { path: 'b.txt', content: 'b\n' });
    await expect(commitAndPush()).rejects.toMatchObject({ code: 'conflict' });
    const second = await commitAndPush(first);
    expect(runGit(remote, 'rev-parse', 'refs/heads/hotfix/published')).toBe(second);
  });

  it('is a command that says what it did, and what it would do', async () => {
    await work('old');
    const run = async (...args: string[]) => {
      const env = { ...process.env, FIXGATE_STATE_DIR: state.path, XDG_CACHE_HOME: join(state.path, 'cache') };
      const argv = [join(root, 'bin/fixgate.js'), 'workspace', 'prune', ...args];
      return (await promisify(execFile)(process.execPath, argv, { env })).stdout;
    };
    expect(await run('--older-than', '1d', '--dry-run')).toMatch(
      /^would remove worktree of old .*\nWould free .* MB/ms,
    );
    expect(await run('--older-than', '1d')).toMatch(/^removed worktree of old .*\nFreed \d+\.\d MB\.\n$/ms);
    expect(await run('--older-than', '1d')).toBe(
      'Nothing to remove: no incident ended more than an hour ago or is idle for 1d.\n',
    );
  });

  it('takes what Node.js compiled long ago, and nothing else that lies there [workspace:prune:safe]', async () => {
    const { cacheFolder } = folders();
    const compiled = join(cacheFolder, 'v24.0.0-x64-964aae3f-0');
    const outside = join(state.path, 'outside');
    const names = ['0049bd13', '0066cfd8', '0066cfd8.aB3xYz', 'notes.txt'];
    for (const folder of [compiled, join(cacheFolder, 'own'), outside]) {
      await mkdir(folder, { recursive: true });
      for (const name of names) await writeFile(join(folder, name), name);
      for (const name of names.slice(1)) await utimes(join(folder, name), NOON / 1_000, NOON / 1_000);
    }
    await symlink(outside, join(cacheFolder, 'v20.0.0-x64-964aae3f-0'));
    await utimes(join(compiled, '0049bd13'), (NOON + 2 * DAY) / 1_000, (NOON + 2 * DAY) / 1_000);

    const seen = await pruneAfter(15, { dryRun: true });
    expect(seen.removed).toEqual(['compiled program v24.0.0-x64-964aae3f-0']);
    expect(await readdir(compiled)).toEqual(names);
    expect((await pruneAfter(15)).removed).toEqual(seen.removed);
    expect(await readdir(compiled)).toEqual(['0049bd13', 'notes.txt']);
    expect(await readdir(join(cacheFolder, 'own'))).toEqual(names);
    expect(await readdir(outside)).toEqual(names);
  });

  it('is done by a server by itself, a minute after its start, for incidents idle for 14 days', async () => {
    const incident = await work('old');
    const folder = await worktreeOf(incident);
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    const failed: unknown[] = [];
    const tidy = (days: number) =>
      tidyInBackground(
        {
          ...folders(),
          store: fixture.store,
          clock: { now: () => NOON + days * DAY },
          keepEvidenceMs: 90 * DAY,
        },
        (error) => failed.push(error),
      );
    const young = tidy(13);
    const old = tidy(15);
    vi.advanceTimersByTime(59_000);
    young[Symbol.dispose]();
    expect(existsSync(folder)).toBe(true);
    vi.advanceTimersByTime(1_000);
    old[Symbol.dispose]();
    vi.useRealTimers();
    await expect.poll(() => existsSync(folder)).toBe(false);
    expect(failed).toEqual([]);
  });
});
