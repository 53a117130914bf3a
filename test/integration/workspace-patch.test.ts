import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { patchOf, patchPermit, workspaceFixture } from '../support/workspace-fixture.ts';

const files = {
  'README.md': '# app\n',
  'src/queue.js': 'a\nb\nc\n',
  'src/deep/er/x.js': '1\n',
  'run.sh': 'echo hi\n',
};

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository(files);
  fixture = workspaceFixture(state.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

describe('what was ever touched', () => {
  const tests = "it('a', f);\nit('b', f);\n";
  const lost = (action: Awaited<ReturnType<WorkspaceFixture['patch']>>) =>
    action.touched.flatMap(({ path, lostTests }) => lostTests.map((test) => `${path}: ${test}`));

  it('keeps the largest content and every lost test, whatever is undone or renamed later [gate:policy:caps]', async () => {
    const tested = await temporaryRepository({ ...files, 'test/a.test.js': tests });
    const incident = await fixture.open(tested.path);
    const bytes = (action: Awaited<ReturnType<WorkspaceFixture['patch']>>) =>
      Object.fromEntries(action.touched.map((file) => [file.path, file.bytes]));

    const grown = await fixture.patch(incident, { path: 'src/queue.js', content: 'x'.repeat(500) });
    const shrunk = await fixture.patch(incident, { path: 'src/queue.js', content: 'a\n' });
    const gone = await fixture.patch(incident, { path: 'test/a.test.js', content: "it('a', f);\n" });
    const undone = await fixture.patch(incident, { path: 'test/a.test.js', content: tests });
    const renamed = await fixture.patch(
      incident,
      { path: 'test/a.test.js', content: null },
      { path: 'test/b.test.js', content: tests.replace("'a'", "'c'") },
    );

    expect([bytes(grown), bytes(shrunk)]).toEqual([{ 'src/queue.js': 500 }, { 'src/queue.js': 500 }]);
    expect([lost(gone), lost(undone)]).toEqual([['test/a.test.js: b'], ['test/a.test.js: b']]);
    expect(lost(renamed)).toEqual(['test/a.test.js: b', 'test/a.test.js: a']);
    await tested[Symbol.asyncDispose]();
  });

  it('knows nothing of a patch that was refused [gate:policy:caps]', async () => {
    const incident = await fixture.open(repository.path);
    await fixture.workspace.preview(incident, patchOf({ path: 'README.md', content: 'x'.repeat(9_999) }), 'refused');
    const next = await fixture.workspace.preview(incident, patchOf({ path: 'run.sh', content: 'true\n' }), 'allowed');
    expect(next.touched).toEqual([{ path: 'run.sh', bytes: 5, lines: 2, lostTests: [] }]);
  });
});

describe('preview', () => {
  it('computes the same tree as git does for the same change [workspace:patch:all-or-nothing]', async () => {
    const incident = await fixture.open(repository.path);
    const patch = patchOf(
      { path: 'src/queue.js', content: 'a\nB\nc\nd\n' },
      { path: 'src/new/file.js', content: 'new\n' },
      { path: 'src/deep/er/x.js', content: null },
      { path: 'run.sh', content: 'echo hi\n', mode: '100755' },
    );
    const action = await fixture.workspace.preview(incident, patch, 'Because it leaks');

    await repository.write('src/queue.js', 'a\nB\nc\nd\n');
    await repository.write('src/new/file.js', 'new\n');
    repository.git('rm', '--quiet', 'src/deep/er/x.js');
    repository.git('add', '--all');
    repository.git('update-index', '--chmod=+x', 'run.sh');
    expect(action.tree).toBe(repository.git('write-tree'));
    expect(action.fromTree).toBe(repository.git('rev-parse', 'HEAD^{tree}'));
    expect(action.netChanges).toEqual([
      { path: 'run.sh', change: 'modify', added: 0, removed: 0 },
      { path: 'src/deep/er/x.js', change: 'delete', added: 0, removed: 1 },
      { path: 'src/new/file.js', change: 'add', added: 1, removed: 0 },
      { path: 'src/queue.js', change: 'modify', added: 2, removed: 1 },
    ]);
    expect(action.everTouched).toEqual(['run.sh', 'src/deep/er/x.js', 'src/new/file.js', 'src/queue.js']);
    expect(action.writes[0]?.before).toEqual({
      mode: '100644',
      oid: repository.git('rev-parse', 'HEAD:src/queue.js'),
      content: Buffer.from('a\nb\nc\n'),
    });
  });

  it('hashes the diff that plain git prints [workspace:patch:hash]', async () => {
    const incident = await fixture.open(repository.path);
    const patch = patchOf({ path: 'src/queue.js', content: 'a\nc\n' }, { path: 'ü "x".txt', content: 'new\n' });
    const action = await fixture.workspace.preview(incident, patch, 'Because it leaks');
    await repository.write('src/queue.js', 'a\nc\n');
    await repository.write('ü "x".txt', 'new\n');
    repository.commit();
    const diff = `${repository.git('diff', '--full-index', '--no-renames', 'HEAD~1', 'HEAD')}\n`;
    expect(action.diffHash).toBe(`sha256:${createHash('sha256').update(diff).digest('hex')}`);
    expect(action.netChanges.map(({ path }) => path)).toEqual(['src/queue.js', 'ü "x".txt']);
  });

  it('writes nothing into the clone', async () => {
    const incident = await fixture.open(repository.path);
    const { gitDir } = await fixture.repositories.open(repository.path);
    const listing = async () => (await readdir(gitDir, { recursive: true })).toSorted();
    const before = await listing();
    await fixture.workspace.preview(incident, patchOf({ path: 'README.md', content: 'x\n' }), 'Because it leaks');
    expect(await listing()).toEqual(before);
  });

  it.each([
    ['nothing changes', { path: 'README.md', content: '# app\n' }, /changes nothing/],
    ['a file stands where a folder is needed', { path: 'README.md/x', content: '' }, /needs a folder/],
    ['a folder stands where a file is needed', { path: 'src', content: 'x' }, /is a folder/],
    ['the file to remove does not exist', { path: 'nope.js', content: null }, /does not exist/],
    ['the thing to remove is a folder', { path: 'src/deep', content: null }, /is a folder/],
    ['the new name differs only in case', { path: 'readme.md', content: 'x' }, /only in case/],
    ['a new folder differs only in case', { path: 'SRC/x.js', content: 'x' }, /only in case/],
    ['the result would be a symbolic link', { path: 'l', content: '/etc', mode: '120000' as const }, /symbolic link/],
    ['the path leaves the repository', { path: '../x', content: '' }, /component/],
    ['the path is in .git', { path: 'src/.GIT/config', content: '' }, /\.git folder/],
    ['the path is .git to NTFS', { path: 'git~1/config', content: '' }, /\.git folder/],
    ['the path is .git to HFS+', { path: '.g\u200Cit/config', content: '' }, /\.git folder/],
    ['the path is absolute', { path: '/etc/passwd', content: '' }, /absolute/],
    ['the path holds a line end', { path: 'a\nb', content: '' }, /control character/],
  ])('refuses when %s', async (_name, edit, message) => {
    const incident = await fixture.open(repository.path);
    const previewed = fixture.workspace.preview(incident, patchOf(edit), 'Because it leaks');
    await expect(previewed).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(message) });
  });

  it('refuses a symbolic link and everything that leads through one', async () => {
    await repository.link('out', '/etc');
    await repository.link('src/link.js', 'queue.js');
    repository.commit();
    const incident = await fixture.open(repository.path);
    for (const path of ['out/passwd', 'src/link.js']) {
      const previewed = fixture.workspace.preview(incident, patchOf({ path, content: 'x\n' }), 'Because it leaks');
      await expect(previewed).rejects.toThrow(/symbolic link/);
    }
    expect(await fixture.workspace.read(incident, 'out/passwd')).toBeUndefined();
    expect(await fixture.workspace.read(incident, 'src/link.js')).toBeUndefined();
  });

  it('lets a folder take the place of a file that the same patch removes, and the other way round', async () => {
    const incident = await fixture.open(repository.path);
    await fixture.patch(incident, { path: 'README.md', content: null }, { path: 'README.md/x', content: 'x\n' });
    expect(String(await fixture.workspace.read(incident, 'README.md/x'))).toBe('x\n');
    await fixture.patch(incident, { path: 'README.md/x', content: null }, { path: 'README.md', content: '# app\n' });
    expect((await fixture.workspace.current(incident)).files).toEqual([]);
  });

  it('counts the lines of binary files too', async () => {
    const incident = await fixture.open(repository.path);
    const action = await fixture.patch(incident, { path: 'blob.bin', content: 'a\0\nb\nc' });
    expect(action.netChanges).toEqual([{ path: 'blob.bin', change: 'add', added: 3, removed: 0 }]);
  });

  it('keeps entries with strange names as they are', async () => {
    const strange = ['a "quoted" name', 'line\nend', 'tab\tname', 'naïve-é', 'e\u0301', '-rf', 'UPPER.js', 'upper.js'];
    for (const name of strange) await repository.write(`odd/${name}`, `${name}\n`);
    repository.commit();
    const incident = await fixture.open(repository.path);
    const action = await fixture.patch(incident, { path: 'odd/-rf', content: 'changed\n' });
    await repository.write('odd/-rf', 'changed\n');
    repository.commit();
    expect(action.tree).toBe(repository.git('rev-parse', 'HEAD^{tree}'));
    for (const name of strange.slice(0, 5)) {
      expect(String(await fixture.workspace.read(incident, `odd/${name}`))).toBe(`${name}\n`);
    }
  });
});

describe('apply', () => {
  it('makes the previewed tree the tree of the incident and leaves the user alone [workspace:checkout:untouched]', async () => {
    const incident = await fixture.open(repository.path);
    const untouched = repository.git('for-each-ref') + repository.git('status', '--porcelain', '--ignored');
    const objects = await readdir(join(repository.path, '.git'), { recursive: true });
    const first = await fixture.patch(incident, { path: 'src/queue.js', content: 'a\n' });
    const second = await fixture.patch(incident, { path: 'README.md', content: '# fixed\n' });
    expect(second.fromTree).toBe(first.tree);
    const current = await fixture.workspace.current(incident);
    expect(current).toMatchObject({ tree: second.tree, diffHash: second.diffHash, files: second.netChanges });
    expect(current.diff).toContain('-# app\n+# fixed\n');
    expect(second.everTouched).toEqual(['README.md', 'src/queue.js']);
    expect(fixture.store.patches(incident.id).map(({ n, tree }) => [n, tree])).toEqual([
      [1, first.tree],
      [2, second.tree],
    ]);
    expect(repository.git('for-each-ref') + repository.git('status', '--porcelain', '--ignored')).toBe(untouched);
    expect(await readdir(join(repository.path, '.git'), { recursive: true })).toEqual(objects);
  });

  it('remembers every path ever touched, also when a patch undoes another', async () => {
    const incident = await fixture.open(repository.path);
    await fixture.patch(incident, { path: 'src/queue.js', content: 'a\n' });
    const undone = await fixture.patch(incident, { path: 'src/queue.js', content: files['src/queue.js'] });
    expect(undone).toMatchObject({ netChanges: [], everTouched: ['src/queue.js'] });
    expect(undone.diffHash).toBe(`sha256:${createHash('sha256').digest('hex')}`);
  });

  it('throws conflict when the tree moved since the preview [workspace:patch:conflict]', async () => {
    const incident = await fixture.open(repository.path);
    const stale = await fixture.workspace.preview(incident, patchOf({ path: 'a', content: 'a\n' }), 'Because it leaks');
    await fixture.patch(incident, { path: 'b', content: 'b\n' });
    const applied = fixture.workspace.apply(patchPermit(incident, stale), 'test-client/1.0');
    await expect(applied).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lets exactly one of several parallel patches on the same tree through [workspace:patch:conflict]', async () => {
    const incident = await fixture.open(repository.path);
    await using other = workspaceFixture(state.path);
    const actions = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        fixture.workspace.preview(incident, patchOf({ path: `f${n}`, content: `${n}\n` }), 'Because it leaks'),
      ),
    );
    const outcomes = await Promise.allSettled(
      actions.map((action, n) => (n % 2 ? fixture : other).workspace.apply(patchPermit(incident, action), 'c')),
    );
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed.map((outcome) => 'reason' in outcome && (outcome.reason as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => 'conflict'),
    );
    expect(fixture.store.patches(incident.id)).toHaveLength(1);
  });

  it('refuses an action whose writes do not make its tree', async () => {
    const incident = await fixture.open(repository.path);
    const action = await fixture.workspace.preview(
      incident,
      patchOf({ path: 'a', content: 'a\n' }),
      'Because it leaks',
    );
    const forged = { ...action, writes: action.writes.map((write) => ({ ...write, path: '.github/x.yml' })) };
    const applied = fixture.workspace.apply(patchPermit(incident, forged), 'c');
    await expect(applied).rejects.toMatchObject({ code: 'internal' });
    expect(fixture.store.patches(incident.id)).toEqual([]);
  });

  it('keeps the trees of an incident alive through a garbage collection', async () => {
    const incident = await fixture.open(repository.path);
    await fixture.patch(incident, { path: 'src/queue.js', content: 'kept\n' });
    const { gitDir } = await fixture.repositories.open(repository.path);
    runGit(gitDir, 'gc', '--quiet', '--prune=now');
    expect(String(await fixture.workspace.read(incident, 'src/queue.js'))).toBe('kept\n');
  });

  it('keeps two incidents of one repository apart [workspace:tree:isolated]', async () => {
    const one = await fixture.open(repository.path, { id: 'one' });
    const two = await fixture.open(repository.path, { id: 'two' });
    await Promise.all([
      fixture.patch(one, { path: 'README.md', content: 'one\n' }),
      fixture.patch(two, { path: 'README.md', content: 'two\n' }),
    ]);
    expect(String(await fixture.workspace.read(one, 'README.md'))).toBe('one\n');
    expect(String(await fixture.workspace.read(two, 'README.md'))).toBe('two\n');
  });

  it('cuts the diff it shows at 200 kB and says so, and hashes all of it', async () => {
    const incident = await fixture.open(repository.path);
    const action = await fixture.patch(incident, { path: 'big.txt', content: 'line of text\n'.repeat(30_000) });
    const { diff, diffHash } = await fixture.workspace.current(incident);
    expect(Buffer.byteLength(diff)).toBeLessThan(200_100);
    expect(diff).toMatch(/\n\[diff cut: \d+ of \d+ bytes shown\]\n$/);
    expect(diffHash).toBe(action.diffHash);
  });
});

it('works on a repository that names its objects with sha256', async () => {
  await using modern = await temporaryRepository(files, ['--object-format=sha256']);
  const incident = await fixture.open(modern.path);
  const action = await fixture.patch(incident, { path: 'src/queue.js', content: 'a\n' });
  await modern.write('src/queue.js', 'a\n');
  modern.commit();
  expect(action.tree).toBe(modern.git('rev-parse', 'HEAD^{tree}'));
  expect(action.tree).toHaveLength(64);
});

it('never lets the attributes of a repository choose what a diff shows', async () => {
  await repository.write('.gitattributes', '* -diff\n*.js diff=evil filter=evil\n');
  repository.commit();
  const incident = await fixture.open(repository.path);
  await fixture.patch(incident, { path: 'src/queue.js', content: 'a\n' });
  expect((await fixture.workspace.current(incident)).diff).toContain('-b\n-c\n');
});
