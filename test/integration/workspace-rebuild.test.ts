import { copyFile, mkdir, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { addRemote, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { Edit, WorkspaceFixture } from '../support/workspace-fixture.ts';
import { publishPermit, workspaceFixture } from '../support/workspace-fixture.ts';

const edits: readonly (readonly Edit[])[] = [
  [
    { path: 'src/queue.js', content: 'a\nB\nc\n' },
    { path: 'src/new/file.js', content: 'new\n', mode: '100755' },
  ],
  [
    { path: 'src/queue.js', content: 'a\nB\nC\n' },
    { path: 'old.js', content: null },
  ],
  [
    { path: 'src/new/file.js', content: null },
    { path: 'old.js/deeper.js', content: '\0 binary \xff' },
  ],
];

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'src/queue.js': 'a\nb\nc\n', 'old.js': 'old\n' });
  fixture = workspaceFixture(state.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

async function patchAll(incident: Incident): Promise<string[]> {
  const trees: string[] = [];
  for (const patch of edits) trees.push((await fixture.patch(incident, ...patch)).tree);
  return trees;
}

/** Everything that an agent could notice of the incident's tree. */
async function seenOf({ workspace }: WorkspaceFixture, incident: Incident) {
  const paths = await workspace.list(incident);
  const contents = await Promise.all(paths.map(async (path) => String(await workspace.read(incident, path))));
  return { current: await workspace.current(incident), files: paths.map((path, at) => [path, contents[at]]) };
}

async function looseObjects(gitDir: string): Promise<string[]> {
  const names = await readdir(join(gitDir, 'objects'), { recursive: true });
  return names.filter((name) => /^[0-9a-f]{2}\/./.test(name)).map((name) => join(gitDir, 'objects', name));
}

describe('the tree of an incident', () => {
  it('is made again when the clone was deleted, and the work goes on from there [workspace:tree:rebuilt]', async () => {
    const incident = await fixture.open(repository.path);
    const trees = await patchAll(incident);
    const seen = await seenOf(fixture, incident);
    await rm(join(state.path, 'repos'), { recursive: true });
    await using restarted = workspaceFixture(state.path);
    for (const each of [fixture, restarted]) expect(await seenOf(each, incident)).toEqual(seen);

    await rm(join(state.path, 'repos'), { recursive: true });
    const next = await fixture.patch(incident, { path: 'README.md', content: 'last\n' });
    expect(next.fromTree).toBe(trees.at(-1));
    await rm(join(state.path, 'repos'), { recursive: true });
    const commit = await restarted.workspace.commit(await publishPermit(restarted, incident), 'fix: queue', 0);
    const { gitDir } = await restarted.repositories.open(repository.path);
    expect(runGit(gitDir, 'rev-parse', `${commit}^{tree}`)).toBe(next.tree);
    expect(runGit(gitDir, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('is made again on another machine from the records alone [workspace:tree:rebuilt]', async () => {
    const incident = await fixture.open(`file://${addRemote(repository)}`);
    await patchAll(incident);
    const seen = await seenOf(fixture, incident);
    await fixture.store[Symbol.asyncDispose]();
    await using elsewhere = await temporaryFolder();
    await mkdir(join(elsewhere.path, 'state'));
    await copyFile(join(state.path, 'state.db'), join(elsewhere.path, 'state/state.db'));
    await using there = workspaceFixture(join(elsewhere.path, 'state'));
    expect(await seenOf(there, incident)).toEqual(seen);
  });

  it('is made again where a power failure took what was written last [workspace:tree:rebuilt]', async () => {
    const incident = await fixture.open(repository.path);
    const { gitDir } = await fixture.repositories.open(repository.path);
    const fetched = new Set(await looseObjects(gitDir));
    await patchAll(incident);
    const seen = await seenOf(fixture, incident);
    await fixture[Symbol.asyncDispose]();
    const written = (await looseObjects(gitDir)).filter((file) => !fetched.has(file));
    expect(written.length).toBeGreaterThan(edits.length);
    for (const file of written) await truncate(file, 0);
    fixture = workspaceFixture(state.path);
    expect(await seenOf(fixture, incident)).toEqual(seen);
  });

  it('is made again on a base commit that only the remote of the checkout still has', async () => {
    const remote = addRemote(repository);
    const incident = await fixture.open(repository.path);
    await patchAll(incident);
    const seen = await seenOf(fixture, incident);
    await rm(join(state.path, 'repos'), { recursive: true });
    const { baseCommit } = incident.repository;
    runGit(remote, 'update-ref', 'refs/heads/kept', baseCommit);
    repository.git('checkout', '--quiet', '--orphan', 'other');
    repository.commit('Other');
    for (const ref of ['refs/heads/main', 'refs/remotes/origin/main']) repository.git('update-ref', '-d', ref);
    repository.git('reflog', 'expire', '--expire=now', '--all');
    repository.git('gc', '--quiet', '--prune=now');
    expect(() => repository.git('cat-file', '-e', baseCommit)).toThrow(/Command failed/);
    expect(await seenOf(fixture, incident)).toEqual(seen);
  });

  it('is not made of something else when its base commit is gone: the answer says so', async () => {
    const incident = await fixture.open(repository.path);
    await patchAll(incident);
    await rm(join(state.path, 'repos'), { recursive: true });
    const gone = { ...incident, repository: { ...incident.repository, baseCommit: 'e'.repeat(40) } };
    await expect(fixture.workspace.current(gone)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/base commit e{40} of this incident is gone/),
    });
  });

  it('cannot be made again where an older version did not keep the patch, and the answer says so', async () => {
    const incident = await fixture.open(repository.path);
    const trees = await patchAll(incident);
    await fixture[Symbol.asyncDispose]();
    const database = new DatabaseSync(join(state.path, 'state.db'));
    database.exec('DELETE FROM patch_writes');
    database.close();
    fixture = workspaceFixture(state.path);
    expect((await fixture.workspace.current(incident)).tree).toBe(trees.at(-1));
    await rm(join(state.path, 'repos'), { recursive: true });
    await expect(fixture.workspace.current(incident)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/Patch 1 is not in the clone any more/),
    });
  });

  it('shares a clone with others that neither see nor disturb it [workspace:tree:isolated]', async () => {
    const incidents = await Promise.all(['one', 'two', 'three'].map((id) => fixture.open(repository.path, { id })));
    await using other = workspaceFixture(state.path);
    const work = incidents.flatMap((incident, at) =>
      [1, 2, 3].map((n) => ({ incident, content: `${incident.id} ${n}\n`, by: (at + n) % 2 ? fixture : other })),
    );
    for (const round of [1, 2, 3]) {
      await Promise.all(
        work
          .filter(({ content }) => content.endsWith(` ${round}\n`))
          .map(({ incident, content, by }) => by.patch(incident, { path: 'src/queue.js', content })),
      );
    }
    for (const incident of incidents) {
      for (const each of [fixture, other]) {
        expect(String(await each.workspace.read(incident, 'src/queue.js'))).toBe(`${incident.id} 3\n`);
        expect((await each.workspace.current(incident)).files.map(({ path }) => path)).toEqual(['src/queue.js']);
      }
    }
  });
});
