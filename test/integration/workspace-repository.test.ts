import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Repositories } from '#workspace/repository.ts';
import { createRepositories } from '#workspace/repository.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import {
  addRemote,
  gitEnvironment,
  runGit,
  temporaryFolder,
  temporaryRepository,
} from '../support/temporary-repository.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let repositories: Repositories;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'a\n' });
  repositories = createRepositories({ stateFolder: state.path, environment: gitEnvironment, clock: systemClock });
});

afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

const resolve = (location: string, base?: string) =>
  repositories.resolve({ location, ...(base !== undefined && { base }) });

describe('the base of an incident', () => {
  it('is HEAD and its branch in a repository without a remote, found from any folder in it [incidents:base:chosen]', async () => {
    expect(await resolve(join(repository.path, 'src'))).toEqual({
      location: repository.path,
      identity: join(repository.path, '.git'),
      baseBranch: 'main',
      baseCommit: repository.git('rev-parse', 'HEAD'),
    });
  });

  it('is the default branch of the remote, not what is checked out [incidents:base:chosen]', async () => {
    addRemote(repository);
    const published = repository.git('rev-parse', 'HEAD');
    repository.git('checkout', '--quiet', '-b', 'feature');
    repository.commit('Unpublished');
    expect(await resolve(repository.path)).toMatchObject({ baseBranch: 'main', baseCommit: published });
  });

  it('is what the remote has now, also when the checkout has not heard of it', async () => {
    const remote = addRemote(repository);
    await using colleague = await temporaryRepository();
    colleague.git('pull', '--quiet', remote, 'main');
    const newer = colleague.commit('Newer');
    colleague.git('push', '--quiet', remote, 'HEAD:main');
    expect(await resolve(repository.path)).toMatchObject({ baseBranch: 'main', baseCommit: newer });
  });

  it('is what the checkout last heard of the remote when the remote does not answer', async () => {
    const remote = addRemote(repository);
    repository.git('remote', 'set-head', 'origin', 'main');
    const published = repository.git('rev-parse', 'HEAD');
    repository.commit('Unpublished');
    await rm(remote, { recursive: true });
    expect(await resolve(repository.path)).toMatchObject({ baseBranch: 'main', baseCommit: published });
  });

  it.each([
    ['a branch', 'release/1', 'release/1'],
    ['a tag', 'v1', 'main'],
    ['an expression', 'HEAD~1', 'main'],
    ['a branch that only the remote has', 'remote-only', 'remote-only'],
    ['a branch by its remote name', 'origin/main', 'main'],
  ])('is %s when it is named [incidents:base:chosen]', async (_name, base, branch) => {
    repository.git('branch', 'remote-only');
    const remote = addRemote(repository);
    runGit(remote, 'symbolic-ref', 'HEAD', 'refs/heads/main');
    repository.git('branch', '--quiet', '-D', 'remote-only');
    repository.git('tag', 'v1');
    repository.git('branch', 'release/1');
    repository.commit('Second');
    repository.git('tag', '--annotate', '--message', 'tagged', 'annotated');
    const found = await resolve(repository.path, base);
    expect(found).toMatchObject({ baseBranch: branch, baseCommit: repository.git('rev-parse', 'v1') });
    expect((await resolve(repository.path, found.baseCommit)).baseCommit).toBe(found.baseCommit);
    expect((await resolve(repository.path, 'annotated')).baseCommit).toBe(repository.git('rev-parse', 'HEAD'));
  });

  it('may be a commit that no branch leads to', async () => {
    const lost = repository.commit('Lost');
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    expect(await resolve(repository.path, lost)).toMatchObject({ baseBranch: 'main', baseCommit: lost });
    const { gitDir } = await repositories.open(repository.path);
    expect(runGit(gitDir, 'cat-file', '-t', lost)).toBe('commit');
  });

  it('works for a bare repository and for a URL', async () => {
    const bare = addRemote(repository);
    const commit = repository.git('rev-parse', 'HEAD');
    const found = { location: bare, identity: bare, baseBranch: 'main', baseCommit: commit };
    expect(await resolve(bare)).toEqual(found);
    const url = `file://${bare}`;
    expect(await resolve(url)).toEqual(found);
    expect(await resolve(url, 'main')).toMatchObject({ baseCommit: commit });
    expect(await resolve(url, commit.slice(0, 8))).toMatchObject({ baseBranch: 'main', baseCommit: commit });
    await expect(resolve(url, 'nope')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('works for a shallow clone and for a linked worktree', async () => {
    repository.commit('Second');
    const shallow = `${repository.path}-shallow`;
    runGit(dirname(shallow), 'clone', '--quiet', '--depth=1', `file://${repository.path}`, shallow);
    expect(await resolve(shallow)).toMatchObject({ baseCommit: repository.git('rev-parse', 'HEAD') });
    const linked = `${repository.path}-linked`;
    repository.git('worktree', 'add', '--quiet', '-b', 'side', linked);
    expect(await resolve(linked)).toMatchObject({ location: linked, baseBranch: 'side' });
  });
});

describe('a location that cannot be used', () => {
  it.each([
    ['does not exist', '/nonexistent/app', 'not_found', /no folder/],
    ['is no repository', '/', 'not_found', /not inside the work tree/],
    ['is a remote helper', 'ext::sh -c date', 'invalid_input', /not an address/],
    ['has an unknown scheme', 'javascript://x/y', 'invalid_input', /not an address/],
    ['smuggles an option to ssh', 'ssh://-oProxyCommand=date/x', 'invalid_input', /not an address/],
    ['holds a password', 'https://me:secret@example.com/x', 'invalid_input', /password/],
  ])('is refused when it %s', async (_name, location, code, message) => {
    await expect(resolve(location)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(resolve(location)).rejects.not.toThrow(/secret/);
  });

  it('is refused when it has no commits, an unknown ref, or no branch to target', async () => {
    await using empty = await temporaryRepository();
    await expect(resolve(empty.path)).rejects.toMatchObject({ code: 'not_found', message: /no commits/ });
    await expect(resolve(repository.path, 'nope')).rejects.toMatchObject({ code: 'not_found' });
    await expect(resolve(repository.path, '--output=/tmp/x')).rejects.toMatchObject({ code: 'not_found' });
    repository.git('checkout', '--quiet', '--detach');
    await expect(resolve(repository.path)).rejects.toMatchObject({ code: 'invalid_input', message: /on no branch/ });
  });

  it('is refused when it is a partial clone', async () => {
    repository.git('config', 'uploadpack.allowFilter', 'true');
    const partial = `${repository.path}-partial`;
    runGit(dirname(partial), 'clone', '--quiet', '--filter=blob:none', `file://${repository.path}`, partial);
    await expect(resolve(partial)).rejects.toMatchObject({ code: 'invalid_input', message: /partial clone/ });
  });
});

describe('the clone', () => {
  it('is made once when several processes need it at the same time', async () => {
    const others = Array.from({ length: 4 }, () =>
      createRepositories({ stateFolder: state.path, environment: gitEnvironment, clock: systemClock }),
    );
    const clones = await Promise.all(others.map((each) => each.open(repository.path)));
    expect(new Set(clones.map(({ gitDir }) => gitDir)).size).toBe(1);
    const left = await readdir(join(state.path, 'repos'));
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is made anew over the remains of a process that was killed, and after it was deleted', async () => {
    const { gitDir } = await repositories.open(repository.path);
    await rm(gitDir, { recursive: true });
    await writeFile(`${gitDir}.tmp`, 'remains');
    expect((await repositories.open(repository.path)).gitDir).toBe(gitDir);
    expect(existsSync(join(gitDir, 'objects'))).toBe(true);
  });

  it('is freed from the locks and previews of a git that was killed long ago, and of no other', async () => {
    const { gitDir } = await repositories.open(repository.path);
    const old = [join(gitDir, 'refs/remotes/origin/main.lock'), join(gitDir, 'packed-refs.lock')];
    const young = join(gitDir, 'refs/tags/new.lock');
    await mkdir(join(gitDir, 'refs/remotes/origin'), { recursive: true });
    for (const lock of [...old, young]) await writeFile(lock, '');
    const preview = `${gitDir}.preview-1-old`;
    await mkdir(preview);
    for (const path of [...old, preview]) await utimes(path, 1_000, 1_000);
    repository.commit('Newer');
    const restarted = createRepositories({ stateFolder: state.path, environment: gitEnvironment, clock: systemClock });
    await restarted.sync(repository.path);
    expect([...old, young].map((lock) => existsSync(lock))).toEqual([false, false, true]);
    expect(existsSync(preview)).toBe(false);
    expect(runGit(gitDir, 'rev-parse', 'refs/remotes/origin/main')).toBe(repository.git('rev-parse', 'HEAD'));
  });

  it('follows branches and tags of the original, deleted ones too', async () => {
    repository.git('branch', 'old');
    const { gitDir } = await repositories.open(repository.path);
    repository.git('branch', '-D', 'old');
    repository.git('branch', 'old/nested');
    repository.git('tag', 'v2');
    await repositories.sync(repository.path);
    const refs = runGit(gitDir, 'for-each-ref', '--format=%(refname)').split('\n');
    expect(refs).toEqual(['refs/remotes/origin/main', 'refs/remotes/origin/old/nested', 'refs/tags/v2']);
  });

  it('runs no hook of the original and takes nothing of its configuration [workspace:git:no-hooks]', async () => {
    const mark = join(state.path, 'hook-ran');
    const hooks = join(repository.path, '.git', 'hooks');
    for (const name of ['post-checkout', 'pre-push', 'reference-transaction', 'post-merge', 'pre-auto-gc']) {
      await writeFile(join(hooks, name), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    }
    repository.git('config', 'core.fsmonitor', `touch ${mark}`);
    repository.git('config', 'uploadpack.packObjectsHook', `touch ${mark};`);
    repository.git('config', 'filter.evil.smudge', `touch ${mark}`);
    repository.git('config', 'core.sshCommand', `touch ${mark}`);
    await rm(mark, { force: true });
    const { baseCommit } = await resolve(repository.path);
    const { gitDir } = await repositories.open(repository.path);
    expect(runGit(gitDir, 'cat-file', '-t', baseCommit)).toBe('commit');
    expect(runGit(gitDir, 'config', '--local', '--list')).not.toMatch(/evil|fsmonitor|ssh/);
    expect(existsSync(mark)).toBe(false);
  });

  it('ignores variables that would lead git to another repository', async () => {
    await using other = await temporaryRepository({ 'x.js': 'x\n' });
    const environment = { ...gitEnvironment, GIT_DIR: join(other.path, '.git'), GIT_WORK_TREE: other.path };
    const misled = createRepositories({ stateFolder: join(state.path, 'second'), environment, clock: systemClock });
    expect((await misled.resolve({ location: repository.path })).location).toBe(repository.path);
  });
});
