import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createConversation } from '#workspace/conversation.ts';
import type { Session } from '#workspace/conversation.ts';
import type { Git } from '#workspace/git.ts';
import { createGit } from '#workspace/git.ts';
import { overwriteObjects, readObject, removeObjects } from '#workspace/loose-objects.ts';
import { createObjectReader, hashObject } from '#workspace/objects.ts';
import type { NewObject } from '#workspace/tree-edit.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

const execute = promisify(execFile);

let repository: TemporaryRepository;
let state: TemporaryFolder;

beforeEach(async () => {
  repository = await temporaryRepository({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
  state = await temporaryFolder();
});

afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

/** Processes whose command line holds a text; empty where the system does not show them. */
async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}

describe('a git session', () => {
  it('is started again when it died, and asked once more [workspace:git:sessions]', async () => {
    const sessions: Session[] = [];
    const git = createGit({ environment: gitEnvironment });
    await using conversation = createConversation(() => {
      const session = git.start({ gitDir: join(repository.path, '.git'), args: ['cat-file', '--batch'] });
      sessions.push(session);
      return session;
    });
    const ask = (name: string) =>
      conversation.ask(`${name}:a.txt\n`, async (answer) => {
        const [, , size] = (await answer.line()).split(' ');
        return String(await answer.take(Number(size) + 1));
      });
    expect(await Promise.all([ask('HEAD'), ask('main')])).toEqual(['a\n\n', 'a\n\n']);
    await sessions[0]?.[Symbol.asyncDispose]();
    expect(await ask('HEAD')).toBe('a\n\n');
    expect(sessions).toHaveLength(2);
  });

  it('is not asked for ever when it dies each time', async () => {
    const git = createGit({ environment: gitEnvironment });
    let started = 0;
    await using conversation = createConversation(() => {
      started += 1;
      return git.start({ gitDir: join(state.path, 'nowhere'), args: ['cat-file', '--batch'] });
    });
    await expect(conversation.ask('HEAD\n', (answer) => answer.line())).rejects.toThrow('the command ended early');
    expect(started).toBe(2);
  });

  it('takes nothing of an answer that was too large for the next one', async () => {
    const git = createGit({ environment: gitEnvironment });
    await using conversation = createConversation(() =>
      git.start({ gitDir: join(repository.path, '.git'), args: ['cat-file', '--batch'] }),
    );
    const failed = conversation.ask('HEAD:a.txt\n', async () => {
      throw new RangeError('too large');
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(await conversation.ask('HEAD:b.txt\n', (answer) => answer.line())).toMatch(/ blob 2$/);
  });

  it('refuses an object whose content is not what its id says [workspace:git:sessions]', async () => {
    const git = createGit({ environment: gitEnvironment });
    const store = { gitDir: join(repository.path, '.git'), objectFormat: 'sha1' as const };
    await using reader = createObjectReader(git, store);
    const [a, b] = ['a', 'b'].map((name) => repository.git('rev-parse', `HEAD:${name}.txt`)) as [string, string];
    const fileOf = (oid: string) => join(store.gitDir, 'objects', oid.slice(0, 2), oid.slice(2));
    await execute('cp', ['--force', fileOf(b), fileOf(a)]);
    expect(await reader.find(a)).toBeUndefined();
    expect(String((await reader.find(b))?.content)).toBe('b\n');
  });

  it('is not asked for what lies in a file of its own', async () => {
    const git: Git = {
      ...createGit({ environment: gitEnvironment }),
      start: () => expect.unreachable('git was started'),
    };
    const store = { gitDir: join(repository.path, '.git'), objectFormat: 'sha1' as const };
    await using reader = createObjectReader(git, store);
    const oid = repository.git('rev-parse', 'HEAD:a.txt');
    expect(await reader.find(oid)).toEqual({ oid, type: 'blob', content: Buffer.from('a\n') });
    expect(await reader.has(repository.git('rev-parse', 'HEAD^{tree}'))).toBe(true);
  });

  it.each<[string, (file: string) => unknown]>([
    ['a pipe', (file) => execute('mkfifo', [file])],
    ['a link', (file) => symlink(repository.path, file)],
    ['a folder', (file) => mkdir(file)],
    ['a large file', (file) => writeFile(file, randomBytes(2 * 1024 * 1024))],
    ['what grows large', (file) => writeFile(file, deflateSync(Buffer.alloc(64 * 1024 * 1024)))],
    ['what is cut short', (file) => writeFile(file, deflateSync('blob 5\0abc'))],
    ['no object', (file) => writeFile(file, 'abc')],
  ])('is what reads an object in whose place stands %s', async (_, plant) => {
    const oid = 'ab'.repeat(20);
    const file = join(state.path, oid.slice(0, 2), oid.slice(2));
    await mkdir(dirname(file));
    await plant(file);
    expect(readObject(state.path, oid)).toBeUndefined();
  });

  describe('objects written over others', () => {
    const made = (text: string): NewObject => {
      const content = Buffer.from(text);
      return { oid: hashObject('sha1', 'blob', content), type: 'blob', content };
    };
    const [one, two, three, long] = ['one', 'two', 'three', 'long '.repeat(9_000)].map(made) as [
      NewObject,
      NewObject,
      NewObject,
      NewObject,
    ];
    const texts = async () => {
      const names = await readdir(state.path, { recursive: true });
      const oids = names.filter((name) => name.length === 41).map((name) => name.replace('/', ''));
      return oids.map((oid) => String(readObject(state.path, oid)?.content)).toSorted();
    };

    it.each<[string, readonly NewObject[], readonly NewObject[]]>([
      ['others', [one, two], [three, long]],
      ['the same', [one, two], [two, one]],
      ['longer and shorter ones', [long, one], [two, long]],
      ['fewer', [one], [two, three]],
      ['ones that are twice there', [one, one, two], [two, three, three]],
      ['some that are gone', [three, one], [two, long]],
    ])('are whole: %s', async (_, others, objects) => {
      overwriteObjects(state.path, [], others);
      if (others[0] === three) removeObjects(state.path, [three]);
      overwriteObjects(state.path, others, objects);
      for (const { oid, content } of objects) expect(readObject(state.path, oid)?.content).toEqual(content);
      expect(await texts()).toEqual([...new Set(objects)].map(({ content }) => String(content)).toSorted());
    });

    it.each<[string, (file: string, victim: string) => unknown]>([
      ['a link', (file, victim) => symlink(victim, file)],
      ['a second name', (file, victim) => link(victim, file)],
      ['a pipe', (file) => execute('mkfifo', [file])],
      ['a folder', (file) => mkdir(file)],
    ])('are written nowhere else when a test run puts %s in their place', async (_, plant) => {
      const victim = join(state.path, 'victim');
      await writeFile(victim, 'mine\n');
      overwriteObjects(state.path, [], [one]);
      const file = join(state.path, one.oid.slice(0, 2), one.oid.slice(2));
      await rm(file);
      await plant(file, victim);
      overwriteObjects(state.path, [one], [two]);
      expect(await readFile(victim, 'utf8')).toBe('mine\n');
      expect(readObject(state.path, two.oid)?.content).toEqual(two.content);
    });
  });

  it('is all that a patch needs: no git is started for one [workspace:git:sessions]', async () => {
    const log = join(state.path, 'started');
    const bin = join(state.path, 'bin');
    await mkdir(bin);
    const git = (await execute('sh', ['-c', 'command -v git'])).stdout.trim();
    await writeFile(join(bin, 'git'), `#!/bin/sh\necho "$@" >> '${log}'\nexec '${git}' "$@"\n`, { mode: 0o755 });
    const environment = { ...gitEnvironment, PATH: `${bin}:${gitEnvironment.PATH}` };
    await using fixture = workspaceFixture(join(state.path, 'state'), undefined, environment);
    const incidents = await Promise.all(['one', 'two'].map((id) => fixture.open(repository.path, { id })));
    const [clone = ''] = await readdir(join(state.path, 'state', 'repos'));
    await execute(git, ['-C', join(state.path, 'state', 'repos', clone), 'repack', '-a', '-d', '-q']);
    const started: string[] = [];
    for (const incident of incidents) {
      await fixture.workspace.references(incident, 'The function `release()` in a.txt leaks.');
      await fixture.patch(incident, { path: 'a.txt', content: `${incident.id}\n` });
      await fixture.patch(incident, { path: 'new/file.txt', content: `${incident.id}\n` });
      started.push(await readFile(log, 'utf8'));
    }
    expect(started[0]).toMatch(/cat-file --batch$/m);
    expect(started[1]).toBe(started[0]);
  });

  it('ends with its workspace', async () => {
    const fixture = workspaceFixture(state.path);
    const incident = await fixture.open(repository.path);
    // Without a last line end: the diff is left to git.
    await fixture.patch(incident, { path: 'a.txt', content: 'A' });
    expect((await processesNaming(state.path)).length).toBeGreaterThan(0);
    await fixture[Symbol.asyncDispose]();
    await expect.poll(() => processesNaming(state.path)).toEqual([]);
    expect((await readdir(join(state.path, 'repos'))).filter((name) => name.includes('preview'))).toEqual([]);
  });

  it('neither keeps a process running nor outlives it [workspace:git:sessions]', async () => {
    const fixture = workspaceFixture(state.path);
    const incident = await fixture.open(repository.path);
    await fixture[Symbol.asyncDispose]();
    const script = `
      const { workspaceFixture } = await import(${JSON.stringify(join(import.meta.dirname, '../support/workspace-fixture.ts'))});
      const fixture = workspaceFixture(${JSON.stringify(state.path)});
      await fixture.patch(${JSON.stringify(incident)}, { path: 'a.txt', content: 'A' });
      console.log('patched');
    `;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 20_000,
      cwd: join(import.meta.dirname, '../..'),
    });
    expect(stdout).toBe('patched\n');
    await expect.poll(() => processesNaming(state.path)).toEqual([]);
  });
});

it('counts the changed lines of each file as git does [workspace:patch:counts]', async () => {
  const before = {
    'hunk.txt': 'x\n@@ -1,1 +1,1 @@\ny\n',
    'head.txt': '-- a/x\n++ b/x\n',
    'crlf.txt': 'a\r\nb\r\n',
    'bare.txt': 'a',
  };
  for (const [path, content] of Object.entries(before)) await repository.write(path, content);
  repository.commit();
  await using fixture = workspaceFixture(state.path);
  const incident = await fixture.open(repository.path);
  const after: Readonly<Record<string, string>> = {
    'hunk.txt': 'x\ndiff --git a/x b/x\n@@ -1,1 +1,1 @@\nBinary files a/x and b/x differ\n',
    'head.txt': '-- a/x\n-- a/y\n',
    'crlf.txt': 'a\r\nB\r\n',
    'bare.txt': 'a\n',
    'empty.txt': '',
    'new.txt': 'one\ntwo',
  };
  const edits = Object.entries(after).map(([path, content]) => ({ path, content }));
  const gone = { path: 'a.txt', content: null };
  const { netChanges, tree } = await fixture.patch(incident, ...edits, gone, {
    path: 'b.txt',
    content: 'b\n',
    mode: '100755',
  });
  const { gitDir } = await fixture.repositories.open(repository.path);
  const { stdout } = await execute('git', ['diff-tree', '-r', '--numstat', incident.repository.baseCommit, tree], {
    env: { ...gitEnvironment, GIT_DIR: gitDir },
  });
  const numstat = stdout
    .trim()
    .split('\n')
    .map((row) => row.split('\t'));
  expect(netChanges.map(({ path, added, removed }) => [String(added), String(removed), path])).toEqual(numstat);
  expect(numstat).toHaveLength(8);
});
