import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createConversation } from '#workspace/conversation.ts';
import type { GitSession } from '#workspace/git.ts';
import { createGit } from '#workspace/git.ts';
import { createObjectReader } from '#workspace/objects.ts';

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
    const sessions: GitSession[] = [];
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
    await expect(conversation.ask('HEAD\n', (answer) => answer.line())).rejects.toThrow('git ended early');
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

  it('is all that a patch needs: no git is started for one [workspace:git:sessions]', async () => {
    const log = join(state.path, 'started');
    const bin = join(state.path, 'bin');
    await mkdir(bin);
    const git = (await execute('sh', ['-c', 'command -v git'])).stdout.trim();
    await writeFile(join(bin, 'git'), `#!/bin/sh\necho "$@" >> '${log}'\nexec '${git}' "$@"\n`, { mode: 0o755 });
    const environment = { ...gitEnvironment, PATH: `${bin}:${gitEnvironment.PATH}` };
    await using fixture = workspaceFixture(join(state.path, 'state'), undefined, environment);
    const incidents = await Promise.all(['one', 'two'].map((id) => fixture.open(repository.path, { id })));
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
    await fixture.patch(incident, { path: 'a.txt', content: 'A\n' });
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
      await fixture.patch(${JSON.stringify(incident)}, { path: 'a.txt', content: 'A\\n' });
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
