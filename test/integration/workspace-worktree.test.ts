import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { withLock } from '#workspace/lock.ts';
import type { Worktrees } from '#workspace/worktree.ts';
import { createWorktrees } from '#workspace/worktree.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let worktrees: Worktrees;
let incident: Incident;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({
    'src/a.js': 'a\n',
    'src/deep/b.js': 'b\n',
    'package.json': '{"name":"app"}\n',
    'package-lock.json': '{"lockfileVersion":3}\n',
    'packages/x/package.json': '{"name":"x"}\n',
    '.gitignore': 'node_modules\ndist\n',
  });
  fixture = workspaceFixture(state.path);
  worktrees = createWorktrees({ clock: systemClock, stateFolder: state.path, repositories: fixture.repositories });
  incident = await fixture.open(repository.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

const treeNow = async (of = incident) => (await fixture.workspace.current(of)).tree;
const materialise = async (of = incident) => await worktrees.materialise(of, await treeNow(of));
const namesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true })).filter((name) => !/^\.git$|node_modules/.test(name)).toSorted();

describe('materialise', () => {
  it('writes exactly the tree, on the branch of the incident', async () => {
    await repository.link('link', '../outside');
    await repository.write('run.sh', 'echo\n');
    await chmod(join(repository.path, 'run.sh'), 0o755);
    repository.commit();
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' });
    const folder = await materialise();
    expect(folder).toBe(join(state.path, 'worktrees', (await fixture.repositories.open(repository.path)).id, 'PD-2'));
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('fixed\n');
    expect(await readlink(join(folder, 'link'))).toBe('../outside');
    expect((await stat(join(folder, 'run.sh'))).mode & 0o111).toBe(0o111);
    expect(runGit(folder, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('hotfix/PD-2');
    expect(runGit(folder, 'rev-parse', 'HEAD')).toBe(incident.repository.baseCommit);
    expect(runGit(folder, 'write-tree')).toBe(await treeNow());
    expect(runGit(folder, 'status', '--porcelain')).toBe('M  src/a.js');
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('moves between trees and clears away whatever a test run left [workspace:tree:isolated]', async () => {
    const folder = await materialise();
    const clean = await namesIn(folder);
    await writeFile(join(folder, 'left.txt'), 'x');
    await mkdir(join(folder, 'dist/nested/.git'), { recursive: true });
    await writeFile(join(folder, 'src/a.js'), 'overwritten');
    await rm(join(folder, 'src/deep'), { recursive: true });
    await writeFile(join(folder, 'src/deep'), 'a file now');
    await fixture.patch(incident, { path: 'new.js', content: 'new\n' });
    await materialise();
    expect(await namesIn(folder)).toEqual([...clean, 'new.js'].toSorted());
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('a\n');
    await fixture.patch(incident, { path: 'new.js', content: null });
    await materialise();
    expect(await namesIn(folder)).toEqual(clean);
  });

  it('never writes through links that a test run planted', async () => {
    const folder = await materialise();
    const outside = join(state.path, 'outside');
    await mkdir(outside);
    await rm(join(folder, 'src'), { recursive: true });
    await symlink(outside, join(folder, 'src'));
    await rm(join(folder, '.git'));
    await symlink(join(outside, 'git'), join(folder, '.git'));
    await materialise();
    expect(await readdir(outside)).toEqual([]);
    expect((await lstat(join(folder, 'src'))).isDirectory()).toBe(true);
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('a\n');

    await rename(folder, `${folder}-away`);
    await symlink(outside, folder);
    await materialise();
    expect(await readdir(outside)).toEqual([]);
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  it('does not believe the .git file of the worktree', async () => {
    const folder = await materialise();
    const evil = join(state.path, 'evil.git');
    runGit(state.path, 'init', '--quiet', '--bare', evil);
    const mark = join(state.path, 'ran');
    runGit(evil, 'config', 'core.fsmonitor', `touch ${mark}`);
    runGit(evil, 'config', 'filter.evil.smudge', `touch ${mark}`);
    await writeFile(join(folder, '.git'), `gitdir: ${evil}\n`);
    await writeFile(join(folder, '.gitattributes'), '* filter=evil\n');
    await materialise();
    expect(existsSync(mark)).toBe(false);
    expect(await readFile(join(folder, '.git'), 'utf8')).not.toContain('evil');
  });

  it('runs no filter and no hook that the repository names [workspace:git:no-hooks]', async () => {
    const mark = join(state.path, 'ran');
    repository.git('config', 'filter.evil.smudge', `touch ${mark}`);
    await repository.write('.gitattributes', '*.js filter=evil\n*.js ident\n');
    await writeFile(join(repository.path, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
    repository.commit();
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    await materialise();
    expect(existsSync(mark)).toBe(false);
  });

  it.each([
    ['the folder', async (folder: string) => await rm(folder, { recursive: true })],
    ['everything in the folder', async (folder: string) => await rm(join(folder, 'src'), { recursive: true })],
  ])('survives the loss of %s [workspace:tree:isolated]', async (_name, lose) => {
    const folder = await materialise();
    await lose(folder);
    await materialise();
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  it('clears away folders that are nested deeper than a path can say [workspace:tree:isolated]', async () => {
    const folder = await materialise();
    const nest = 'for (let n = 0; n < 40; n += 1) { fs.mkdirSync("d".repeat(200)); process.chdir("d".repeat(200)); }';
    execFileSync(process.execPath, ['-e', nest], { cwd: folder });
    await materialise();
    expect(await readdir(folder)).not.toContain('d'.repeat(200));
    execFileSync(process.execPath, ['-e', nest], { cwd: folder });
    await worktrees.remove(incident);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ['a broken index', 'index', 'DIRCgarbage'],
    ['an index lock of a killed git', 'index.lock', ''],
    ['a broken HEAD', 'HEAD', 'garbage'],
    ['a broken record', 'fixgate-dependencies.json', '{'],
  ])('survives %s', async (_name, file, content) => {
    const folder = await materialise();
    const { gitDir } = await fixture.repositories.open(repository.path);
    await writeFile(join(gitDir, 'worktrees', incident.id, file), content);
    await writeFile(join(folder, 'src/a.js'), 'overwritten');
    await materialise();
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  it('serves several processes at once, and two incidents side by side', async () => {
    const second = await fixture.open(repository.path, { id: 'PD-2' });
    await fixture.patch(second, { path: 'src/a.js', content: 'two\n' });
    const other = createWorktrees({
      clock: systemClock,
      stateFolder: state.path,
      repositories: workspaceFixture(state.path).repositories,
    });
    const [tree, secondTree] = [await treeNow(), await treeNow(second)];
    const folders = await Promise.all([
      worktrees.materialise(incident, tree),
      other.materialise(incident, tree),
      worktrees.materialise(second, secondTree),
      other.materialise(second, secondTree),
    ]);
    const contents = folders.map((folder) => readFileSync(join(folder, 'src/a.js'), 'utf8'));
    expect(contents).toEqual(['a\n', 'a\n', 'two\n', 'two\n']);
    await worktrees.remove(second);
    expect(existsSync(folders[2])).toBe(false);
    expect(String(await fixture.workspace.read(second, 'src/a.js'))).toBe('two\n');
  });

  it('waits while its own incident is worked on, and for no other incident of the repository', async () => {
    const second = await fixture.open(repository.path, { id: 'PD-2' });
    const { gitDir } = await fixture.repositories.open(repository.path);
    const began = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const file = join(gitDir, 'fixgate-locks', incident.id);
    const work = withLock({ file, what: 'Another call', waitMs: 0 }, async () => {
      began.resolve();
      await ended.promise;
    });
    await began.promise;
    const waiting = materialise();
    await materialise(second);
    expect(await Promise.race([waiting, sleep(300, 'waiting')])).toBe('waiting');
    ended.resolve();
    await work;
    expect(readFileSync(join(await waiting, 'src/a.js'), 'utf8')).toBe('a\n');
  });

  it('keeps names apart that differ only in case', async () => {
    await repository.write('README', 'upper\n');
    await repository.write('readme', 'lower\n');
    repository.commit();
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    const folder = await materialise();
    expect(await readFile(join(folder, 'README'), 'utf8')).toBe('upper\n');
    expect(await readFile(join(folder, 'readme'), 'utf8')).toBe('lower\n');
  });
});

describe('dependencies', () => {
  const install = async () => {
    await repository.write('node_modules/dep/index.js', 'module.exports = 1\n');
    await repository.write('packages/x/node_modules/inner/index.js', 'module.exports = 2\n');
    await repository.link('node_modules/x', '../packages/x');
    await repository.link('node_modules/absolute', join(repository.path, 'packages/x'));
    await repository.link('node_modules/foreign', '/usr/share');
  };

  it('are copied from the checkout while the lockfile is the same [workspace:tests:dependencies]', async () => {
    await install();
    const folder = await materialise();
    const installed = join(folder, 'node_modules/dep/index.js');
    expect(await readFile(installed, 'utf8')).toBe('module.exports = 1\n');
    expect(await readFile(join(folder, 'packages/x/node_modules/inner/index.js'), 'utf8')).toBe('module.exports = 2\n');
    expect(await worktrees.dependencies(incident)).toEqual({
      reused: true,
      reason:
        'Reused from the checkout: node_modules (same package-lock.json); packages/x/node_modules (same package-lock.json).',
    });
    const original = await stat(join(repository.path, 'node_modules/dep/index.js'));
    expect((await stat(installed)).ino).not.toBe(original.ino);
    expect(original.nlink).toBe(1);
    expect(await readlink(join(folder, 'node_modules/x'))).toBe('../packages/x');
    expect(await readlink(join(folder, 'node_modules/absolute'))).toBe(join(folder, 'packages/x'));
    expect(await readlink(join(folder, 'node_modules/foreign'))).toBe('/usr/share');
  });

  it('are kept between runs, and brought back when a run removed or replaced them', async () => {
    await install();
    const folder = await materialise();
    const before = (await stat(join(folder, 'node_modules/dep/index.js'))).ino;
    await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' });
    await materialise();
    expect((await stat(join(folder, 'node_modules/dep/index.js'))).ino).toBe(before);
    const outside = join(state.path, 'outside');
    await mkdir(outside);
    await rm(join(folder, 'node_modules'), { recursive: true });
    await symlink(outside, join(folder, 'node_modules'));
    await materialise();
    expect(await readFile(join(folder, 'node_modules/dep/index.js'), 'utf8')).toBe('module.exports = 1\n');
    expect(await readdir(outside)).toEqual([]);
  });

  it('are again what was installed after a run that wrote into them [workspace:tests:dependencies]', async () => {
    await install();
    const folder = await materialise();
    const installed = join(folder, 'node_modules');
    const untouched = (await stat(join(folder, 'packages/x/node_modules/inner/index.js'))).ino;
    const file = join(installed, 'dep/index.js');
    const { atime, mtime } = await stat(file);
    // As long as before, and as old as a test can make it.
    await writeFile(file, 'module.exports = 7\n');
    await utimes(file, atime, mtime);
    await writeFile(join(installed, 'dep/planted.js'), '');
    await mkdir(join(installed, 'planted/deep'), { recursive: true });
    await rm(join(installed, 'x'));
    await symlink('/', join(installed, 'x'));
    await materialise();
    expect(await readFile(file, 'utf8')).toBe('module.exports = 1\n');
    expect(await readdir(join(installed, 'dep'))).toEqual(['index.js']);
    expect((await readdir(installed)).toSorted()).toEqual(['absolute', 'dep', 'foreign', 'x']);
    expect(await readlink(join(installed, 'x'))).toBe('../packages/x');
    expect((await stat(join(folder, 'packages/x/node_modules/inner/index.js'))).ino).toBe(untouched);
    await writeFile(Buffer.concat([Buffer.from(`${installed}/`), Buffer.from([0xff])]), 'no text');
    await materialise();
    expect((await readdir(installed)).toSorted()).toEqual(['absolute', 'dep', 'foreign', 'x']);
  });

  it('are dropped, with the reason, when a patch changes the lockfile', async () => {
    await install();
    const folder = await materialise();
    await fixture.patch(incident, { path: 'package-lock.json', content: '{"lockfileVersion":3,"x":1}\n' });
    await materialise();
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    expect(await worktrees.dependencies(incident)).toEqual({
      reused: false,
      reason:
        'node_modules was not reused: package-lock.json differs from the checkout. ' +
        'packages/x/node_modules was not reused: package-lock.json differs from the checkout.',
    });
  });

  it('are decided by the manifest when there is no lockfile', async () => {
    repository.git('rm', '--quiet', 'package-lock.json');
    repository.commit();
    await repository.write('node_modules/dep/index.js', '1\n');
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    await materialise();
    expect((await worktrees.dependencies(incident)).reason).toBe(
      'Reused from the checkout: node_modules (same package.json).',
    );
  });

  it('are not taken from a place that a link leads to, nor from a repository that is no checkout', async () => {
    const elsewhere = join(state.path, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'secret'), 'x');
    await repository.link('node_modules', elsewhere);
    const folder = await materialise();
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    expect(await worktrees.dependencies(incident)).toMatchObject({
      reused: false,
      reason: /no installed dependencies/,
    });
    const url = await fixture.open(`file://${repository.path}`, { id: 'PD-2' });
    await materialise(url);
    expect(await worktrees.dependencies(url)).toMatchObject({ reused: false, reason: /no checkout on this machine/ });
  });

  it('may vanish together with the checkout without stopping anything', async () => {
    await install();
    const folder = await materialise();
    await rm(repository.path, { recursive: true });
    await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' });
    await materialise();
    expect(await readFile(join(folder, 'src/a.js'), 'utf8')).toBe('fixed\n');
  });

  it('of Python import the code of the incident, not of the checkout', async () => {
    await repository.write('pyproject.toml', '[project]\n');
    repository.commit();
    const site = '.venv/lib/python3.11/site-packages';
    await repository.write('.venv/pyvenv.cfg', 'home = /usr/bin\n');
    await repository.write('.venv/bin/pytest', `#!${repository.path}/.venv/bin/python\nimport x\n`);
    await repository.link('.venv/bin/python', '/usr/bin/python3');
    await repository.write(`${site}/__editable__.app.pth`, `${repository.path}/src\n`);
    incident = await fixture.open(repository.path, { id: 'PD-2' });
    const folder = await materialise();
    expect(await readFile(join(folder, '.venv/bin/pytest'), 'utf8')).toBe(`#!${folder}/.venv/bin/python\nimport x\n`);
    expect(await readFile(join(folder, site, '__editable__.app.pth'), 'utf8')).toBe(`${folder}/src\n`);
    expect(await readlink(join(folder, '.venv/bin/python'))).toBe('/usr/bin/python3');
  });
});
