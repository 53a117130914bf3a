import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, readlink, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FixgateError } from '#domain/errors.ts';
import { patchFiles } from '#workspace/patch/patch-files.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { addRemote, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { patchPermit, publishPermit, workspaceFixture } from '../support/workspace-fixture.ts';

const queue = 'one\ntwo\nthree\nfour\nfive\n';
const mend = '--- a/src/queue.js\n+++ b/src/queue.js\n@@ -1,4 +1,4 @@\n one\n two\n-three\n+THREE\n four\n';
const reason = 'Release jobs after processing';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'src/queue.js': queue, 'README.md': '# app\n' });
  fixture = workspaceFixture(state.path, patchFiles);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

/** Opens an incident there, patches its tree, and commits it; answers the content and the parent of the commit. */
async function mendAndCommit(location: string, base?: string) {
  const incident = await fixture.open(location, base === undefined ? {} : { base });
  const action = await fixture.workspace.preview(incident, mend, reason);
  await fixture.workspace.apply(patchPermit(incident, action), 'test/1');
  const commit = await fixture.workspace.commit(
    await publishPermit(fixture, incident),
    'fix: queue',
    1_767_225_600_000,
  );
  const { gitDir } = await fixture.repositories.open(incident.repository.location);
  return {
    content: runGit(gitDir, 'show', `${commit}:src/queue.js`),
    parent: runGit(gitDir, 'rev-parse', `${commit}^`),
  };
}

const mended = { content: queue.replace('three', 'THREE').trimEnd() };

/** A digest of every file, link and folder, with modes and times of change: what a look at it must not change. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const path = join(folder, name);
    const found = await lstat(path);
    hash.update(`${name}\0${found.mode}\0${found.mtimeMs}\0${found.ino}\0`);
    if (found.isSymbolicLink()) hash.update(await readlink(path));
    else if (found.isFile()) hash.update(await readFile(path));
  }
  return hash.digest('hex');
}

describe('a repository', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['that is bare', () => addRemote(repository)],
    ['behind a URL', () => `file://${addRemote(repository)}`],
    [
      'that is a shallow clone',
      () => {
        repository.commit('Second');
        const path = `${repository.path}-shallow`;
        runGit(dirname(path), 'clone', '--quiet', '--depth=1', `file://${repository.path}`, path);
        return path;
      },
    ],
    [
      'that borrows its objects from another one',
      () => {
        const path = `${repository.path}-borrower`;
        runGit(dirname(path), 'clone', '--quiet', '--shared', repository.path, path);
        return path;
      },
    ],
    [
      'that is a linked worktree',
      () => {
        const path = `${repository.path}-linked`;
        repository.git('worktree', 'add', '--quiet', '-b', 'side', path);
        return path;
      },
    ],
    [
      'whose checkout shows only some of its files',
      () => {
        repository.git('sparse-checkout', 'set', 'docs');
        return repository.path;
      },
    ],
    [
      'whose refs are all packed',
      () => {
        repository.git('pack-refs', '--all');
        repository.git('gc', '--quiet');
        return repository.path;
      },
    ],
  ])('%s is patched and committed [workspace:repository:kinds]', async (_name, prepare) => {
    const location = await prepare();
    const head = runGit(location.replace('file://', ''), 'rev-parse', 'HEAD');
    expect(await mendAndCommit(location)).toEqual({ ...mended, parent: head });
  });

  it('that names objects by sha256 is patched and committed [workspace:repository:kinds]', async () => {
    await using modern = await temporaryRepository({ 'src/queue.js': queue }, ['--object-format=sha256']);
    expect(await mendAndCommit(modern.path)).toEqual({ ...mended, parent: modern.git('rev-parse', 'HEAD') });
  });

  it('on no branch is patched when the target is named, and refused when it is not [workspace:repository:kinds]', async () => {
    const head = repository.git('rev-parse', 'HEAD');
    repository.git('checkout', '--quiet', '--detach');
    await expect(fixture.open(repository.path)).rejects.toMatchObject({
      code: 'invalid_input',
      message: /on no branch/,
    });
    expect(await mendAndCommit(repository.path, 'main')).toEqual({ ...mended, parent: head });
  });

  it('without commits is refused [workspace:repository:kinds]', async () => {
    await using empty = await temporaryRepository();
    await expect(fixture.open(empty.path)).rejects.toMatchObject({ code: 'not_found', message: /no commits/ });
  });

  it('with objects that only its remote has is refused [workspace:repository:kinds]', async () => {
    repository.git('config', 'uploadpack.allowFilter', 'true');
    const partial = `${repository.path}-partial`;
    runGit(dirname(partial), 'clone', '--quiet', '--filter=blob:none', `file://${repository.path}`, partial);
    await expect(fixture.open(partial)).rejects.toMatchObject({ code: 'invalid_input', message: /partial clone/ });
  });

  it('with submodules keeps them as they are, and no patch changes one [workspace:repository:submodules]', async () => {
    await using library = await temporaryRepository({ 'lib.js': 'lib\n' });
    repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.path, 'vendor/lib');
    const head = repository.commit('Submodule');
    expect(await mendAndCommit(repository.path)).toEqual({ ...mended, parent: head });
    const incident = await fixture.open(repository.path, { id: 'PD-2' });
    expect(repository.git('rev-parse', 'HEAD:vendor/lib')).toBe(library.git('rev-parse', 'HEAD'));
    for (const path of ['vendor/lib', 'vendor/lib/lib.js']) {
      const patch = `--- a/${path}\n+++ b/${path}\n@@ -1,1 +1,1 @@\n-lib\n+LIB\n`;
      await expect(fixture.workspace.preview(incident, patch, reason)).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });

  it('with files in Git LFS is patched, but for those files [workspace:repository:lfs]', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`;
    await repository.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
    await repository.write('model.bin', pointer);
    const head = repository.commit('Pointer');
    const incident = await fixture.open(repository.path, { id: 'PD-2' });
    for (const patch of [
      '--- a/model.bin\n+++ b/model.bin\n@@ -3,1 +3,1 @@\n-size 12345\n+size 1\n',
      '*** Begin Patch\n*** Delete File: model.bin\n*** End Patch\n',
    ]) {
      await expect(fixture.workspace.preview(incident, patch, reason)).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(/"model\.bin" is kept in Git LFS/),
      });
    }
    expect(await mendAndCommit(repository.path)).toEqual({ ...mended, parent: head });
  });
});

/** Makes two branches whose merge stops at a conflict. */
async function conflict(verb: 'merge' | 'rebase'): Promise<void> {
  repository.git('checkout', '--quiet', '-b', 'other');
  await repository.write('README.md', 'other\n');
  repository.commit('Other');
  repository.git('checkout', '--quiet', 'main');
  await repository.write('README.md', 'mine\n');
  repository.commit('Mine');
  expect(() => repository.git(verb, 'other')).toThrow(/CONFLICT|could not apply|Command failed/);
}

/** The content of the commit. */
const works = /^one\ntwo\nTHREE\n/;

describe("the user's checkout", () => {
  it.each<[string, () => Promise<unknown>, { readonly base?: string; readonly outcomes?: RegExp }]>([
    [
      'has changes of every kind',
      async () => {
        await repository.write('src/queue.js', 'unsaved\n');
        await repository.write('staged.js', 'staged\n');
        repository.git('add', 'staged.js');
        await repository.write('untracked.js', 'untracked\n');
        await repository.write('.git/info/exclude', 'ignored.log\n');
        await repository.write('ignored.log', 'ignored\n');
      },
      {},
    ],
    ['stands in the middle of a merge', () => conflict('merge'), {}],
    ['stands in the middle of a rebase', () => conflict('rebase'), { base: 'main' }],
    ['has a stash', async () => (await repository.write('README.md', 'x\n'), repository.git('stash', '--quiet')), {}],
    ['has a lock that some git left', () => repository.write('.git/index.lock', ''), {}],
    ['has an index that is no index', () => repository.write('.git/index', 'garbage'), {}],
    ['has no index', () => rm(join(repository.path, '.git/index')), {}],
    ['has lost its files', () => rm(join(repository.path, 'src'), { recursive: true }), {}],
    [
      'stands on a branch that is gone',
      () => repository.write('.git/HEAD', 'ref: refs/heads/gone\n'),
      { base: 'main' },
    ],
    [
      'has a HEAD that leads nowhere',
      () => repository.write('.git/HEAD', 'ref: refs/heads/gone\n'),
      { outcomes: /^(?:invalid_input|not_found): .*has no commits/s },
    ],
    [
      'has a HEAD that is no HEAD',
      () => repository.write('.git/HEAD', 'garbage\n'),
      { outcomes: /^(?:invalid_input|not_found): .*not inside the work tree/s },
    ],
    [
      'has a configuration that git cannot read',
      () => repository.write('.git/config', '[core\n'),
      { outcomes: /^(?:invalid_input|not_found): Git cannot read .*bad config/s },
    ],
    [
      'has a damaged object',
      () => truncate(objectOf('HEAD:src/queue.js'), 5),
      { outcomes: /^(?:invalid_input|not_found): Git could not fetch from .*(?:corrupt|loose object)/s },
    ],
    [
      'has lost an object',
      () => rm(objectOf('HEAD:src/queue.js')),
      { outcomes: /^(?:invalid_input|not_found): Git could not fetch from .*/s },
    ],
    [
      'has lost the commit of another branch',
      () => repository.write('.git/refs/heads/lost', `${'a'.repeat(40)}\n`),
      { outcomes: /^(?:invalid_input|not_found): .*not our ref/s },
    ],
  ])(
    'that %s is left exactly as it is [workspace:checkout:untouched]',
    async (_name, prepare, { base, outcomes = works }) => {
      await prepare();
      const before = await digestOf(repository.path);
      const outcome = await mendAndCommit(repository.path, base).then(
        ({ content }) => content,
        ({ code, message }: FixgateError) => `${code}: ${message}`,
      );
      expect(outcome).toMatch(outcomes);
      expect(await digestOf(repository.path)).toBe(before);
      expect(existsSync(join(repository.path, '.git'))).toBe(true);
    },
  );
});

function objectOf(name: string): string {
  const oid = repository.git('rev-parse', name);
  return join(repository.path, '.git/objects', oid.slice(0, 2), oid.slice(2));
}
