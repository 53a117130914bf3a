import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Deploy } from '#domain/evidence.ts';
import { localGit } from '#providers/local-git.ts';

import type { TestRepository } from '../contract/deploy-git.ts';
import { createTestRepository } from '../contract/deploy-git.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const hour = 3_600_000;
const live = new AbortController().signal;
const always = { window: { since: 0, until: onset + 1_000 * hour } };

let repository: TestRepository;
beforeEach(async () => {
  repository = await createTestRepository();
});
afterEach(() => repository[Symbol.asyncDispose]());

const none = { deploys: [], warnings: [] };
const brief = ({ deploys }: { readonly deploys: readonly Deploy[] }) =>
  deploys.map(({ kind, ref, at }) => `${kind} ${ref} ${(at - onset) / hour}h`);

describe('deploys', () => {
  it('happened when the tag was annotated, by whom it was', async () => {
    const sha = await repository.commit(onset - 9 * hour, 'work', { a: '1' }, 'Ann');
    await repository.git(onset - 2 * hour, 'tag', '--annotate', '--message=ship it', 'deploy/1');
    const [deploy] = (await repository.source().list(always, live)).deploys;
    expect(deploy).toMatchObject({ id: 'tag:deploy/1', at: onset - 2 * hour, sha, subject: 'ship it', author: 'T' });
  });

  it('of one commit are events of their own when tagged again, as a rollback is', async () => {
    await repository.commit(onset - 9 * hour, 'good', { a: '1' });
    await repository.git(onset - 9 * hour, 'tag', '-a', '-m', 'x', 'deploy/1');
    await repository.commit(onset - 5 * hour, 'bad', { a: '2' });
    await repository.git(onset - 5 * hour, 'tag', '-a', '-m', 'x', 'deploy/2');
    await repository.git(onset - 1 * hour, 'tag', '-a', '-m', 'rollback', 'deploy/3', 'deploy/1^{}');
    expect(brief(await repository.source().list(always, live))).toStrictEqual([
      'tag deploy/3 -1h',
      'tag deploy/2 -5h',
      'tag deploy/1 -9h',
    ]);
  });

  it('are also tips of release branches and merges of the base branch, unless a tag marks the commit [deploys:sources:git]', async () => {
    await repository.commit(onset - 9 * hour, 'base', { a: '1' });
    await repository.git(onset - 9 * hour, 'branch', 'release/1.0');
    const merge = async (n: number) => {
      await repository.git(onset, 'switch', '--quiet', '--create', `topic-${n}`);
      await repository.commit(onset - (8 - n) * hour, `topic ${n}`, { [`t${n}`]: '1' });
      await repository.git(onset, 'switch', '--quiet', 'main');
      await repository.git(
        onset - (7 - n) * hour,
        'merge',
        '--quiet',
        '--no-ff',
        '-m',
        `Merge topic-${n}`,
        `topic-${n}`,
      );
    };
    await merge(1);
    await merge(2);
    await repository.git(onset, 'tag', 'v2');
    expect(brief(await repository.source().list(always, live))).toStrictEqual([
      'tag v2 -5h',
      'merge main -6h',
      'release_branch release/1.0 -9h',
    ]);
    expect(brief(await repository.source({ merges: false, branches: [] }).list(always, live))).toStrictEqual([
      'tag v2 -5h',
    ]);
  });

  it('are found in a bare clone whose branches are those of a remote', async () => {
    await repository.commit(onset - 9 * hour, 'base', { a: '1' });
    await repository.git(onset, 'branch', 'release/1.0');
    await using clone = await bareClone(repository.folder);
    const deps = {
      clock: systemClock,
      repository: { location: 'x', baseBranch: 'main', baseCommit: '' },
      repositoryFolder: async () => clone.folder,
    };
    const source = localGit.capabilities.deploys?.(localGit.settings.parse({}), deps);
    expect(brief((await source?.list(always, live)) ?? { deploys: [] })).toStrictEqual([
      'release_branch release/1.0 -9h',
    ]);
    expect((await source?.compare?.('release/1.0', 'main', live))?.commits).toStrictEqual([]);
  });

  it('carry the service and environment of the configuration; others get nothing', async () => {
    await repository.commit(onset - 9 * hour, 'base', { a: '1' });
    await repository.git(onset, 'tag', 'deploy/1');
    const source = repository.source({ service: 'cart', env: 'prod' });
    expect(await source.list({ ...always, service: 'Cart' }, live)).toMatchObject({
      deploys: [{ service: 'cart', env: 'prod' }],
    });
    expect(await source.list({ ...always, service: 'mail' }, live)).toStrictEqual(none);
    expect(await source.list({ ...always, env: 'staging' }, live)).toStrictEqual(none);
  });

  it('are none in an empty repository', async () => {
    expect(await repository.source().list(always, live)).toMatchObject(none);
  });

  it('leave out tags that lead to no commit', async () => {
    await repository.commit(onset, 'base', { a: '1' });
    await repository.git(onset, 'tag', 'deploy/tree', 'HEAD^{tree}');
    await repository.git(onset, 'tag', 'deploy/1');
    expect(brief(await repository.source().list(always, live))).toStrictEqual(['tag deploy/1 0h']);
  });
});

describe('code changes', () => {
  const changes = async () =>
    await repository.source().changes({ since: onset - 10 * hour, until: onset + 10 * hour }, live);
  const tell = async () => (await changes()).changes.map(({ subject, at }) => `${subject} ${(at - onset) / hour}h`);

  it('are the commits of the base branch, each with its files and diff, newest first [deploys:changes:commits]', async () => {
    await repository.commit(onset - 20 * hour, 'too old', { a: '1\n' });
    const before = await repository.git(onset, 'rev-parse', 'HEAD');
    const sha = await repository.commit(onset - 2 * hour, 'work', { a: '2\n', 'ü.txt': 'x\n' }, 'Ann');
    await repository.commit(onset - 1 * hour, 'more', { b: '1\n' });
    const { changes: found, warnings } = await changes();
    expect(found.map(({ subject }) => subject)).toStrictEqual(['more', 'work']);
    expect(found[1]).toMatchObject({ sha, before, author: 'Ann', at: onset - 2 * hour });
    expect(found[1]?.files).toStrictEqual([
      { path: 'a', added: 1, removed: 1 },
      { path: 'ü.txt', added: 1, removed: 0 },
    ]);
    expect(found[1]?.diff).toContain('+2');
    expect(warnings).toStrictEqual([]);
  });

  it('landed when their merge did, however old they are [deploys:changes:landed]', async () => {
    await repository.commit(onset - 30 * hour, 'base', { a: '1' });
    await repository.git(onset, 'switch', '--quiet', '--create', 'topic');
    await repository.commit(onset - 25 * hour, 'old work', { t: '1' });
    await repository.git(onset, 'switch', '--quiet', 'main');
    await repository.git(onset - 3 * hour, 'merge', '--quiet', '--no-ff', '-m', 'Merge topic', 'topic');
    const merge = await repository.git(onset, 'rev-parse', 'HEAD');
    expect(await tell()).toStrictEqual(['old work -3h']);
    expect((await changes()).changes[0]).toMatchObject({ mergedBy: merge });
  });

  it('name the commit that takes them back', async () => {
    const sha = await repository.commit(onset - 2 * hour, 'bad', { a: '1' });
    const undo = await repository.commit(onset + hour, `Revert "bad"\n\nThis reverts commit ${sha}.`, { a: '0' });
    expect((await changes()).changes[1]).toMatchObject({ sha, revertedBy: undo });
  });

  it('are those of the window, however far the branch has gone on since; what takes them back is found later still', async () => {
    const sha = await repository.commit(onset - 2 * hour, 'bad', { a: '1' });
    const undo = await repository.commit(onset + 900 * hour, `Revert\n\nThis reverts commit ${sha}.`, { a: '0' });
    expect(await changes()).toMatchObject({ changes: [{ sha, revertedBy: undo }], warnings: [] });
  });

  it('cannot be forged by a message [deploys:changes:forged]', async () => {
    const fake = ['evil', '\u0001', '0'.repeat(40), '1\t1\tfake.js'].join('\n');
    await repository.commit(onset - hour, `plain\n\n${fake}`, { a: '1' });
    const { changes: found } = await changes();
    expect(found.map(({ files }) => files.map(({ path }) => path))).toStrictEqual([['a']]);
  });

  it('of an unknown branch are none, and said so', async () => {
    expect((await changes()).warnings).toStrictEqual(['The branch main is not in the repository.']);
  });
});

describe('a hostile repository', () => {
  it('runs no program when commits are compared', async () => {
    const proof = join(repository.folder, 'proof');
    const program = join(repository.folder, 'evil.sh');
    await writeFile(program, `#!/bin/sh\ntouch ${proof}\n`);
    await chmod(program, 0o755);
    await repository.commit(onset, 'one', { '.gitattributes': '* diff=evil\n', a: '1\n' });
    await repository.commit(onset, 'two', { a: '2\n' });
    for (const key of ['diff.external', 'diff.evil.textconv', 'diff.evil.command', 'core.fsmonitor', 'core.pager']) {
      await repository.git(0, 'config', key, program);
    }
    await repository.git(0, 'config', 'log.showSignature', 'true');
    const range = await repository.source().compare('main~1', 'main', live);
    expect(range.diff).toContain('+2');
    expect(existsSync(proof)).toBe(false);
  });

  it('may have any file names and messages; they are data', async () => {
    await repository.commit(onset, 'one', {});
    const odd = 'a\tb\n"c" ü.txt';
    await repository.commit(onset, '\u001B[2J--output=x \u202E', { [odd]: 'x\n' });
    const range = await repository.source().compare('main~1', 'main', live);
    expect(range.files).toStrictEqual([{ path: odd, added: 1, removed: 0 }]);
    expect(range.commits).toHaveLength(1);
  });

  it('has its diff cut at 64 KiB, and said so', async () => {
    await repository.commit(onset, 'one', {});
    await repository.commit(onset, 'two', { big: 'line of text\n'.repeat(500_000) });
    const range = await repository.source().compare('main~1', 'main', live);
    expect(range.diffTruncated).toBe(true);
    expect(Buffer.byteLength(range.diff)).toBeLessThanOrEqual(64 * 1024);
    expect(range.files).toStrictEqual([{ path: 'big', added: 500_000, removed: 0 }]);
  });

  it('is reported when it is no repository at all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fixgate-none-'));
    const deps = {
      clock: systemClock,
      repository: { location: 'x', baseBranch: 'main', baseCommit: '' },
      repositoryFolder: async () => folder,
    };
    const source = localGit.capabilities.deploys?.(localGit.settings.parse({}), deps);
    await expect(source?.list(always, live)).rejects.toMatchObject({ code: 'provider_unavailable' });
    await rm(folder, { recursive: true });
  });
});

async function bareClone(from: string): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-clone-'));
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: folder });
  await git('init', '--quiet', '--bare');
  await git('fetch', '--quiet', from, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
