import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { patchFiles } from '#workspace/patch/patch-files.ts';
import { suggestPaths } from '#workspace/patch/suggest-path.ts';

import { filesOf, hunk } from './patching.ts';

function treeOf(texts: Readonly<Record<string, string>>) {
  const files = filesOf(texts);
  const asked: string[] = [];
  return {
    asked,
    read: async (path: string) => {
      asked.push(path);
      return files.get(path);
    },
    paths: async () => {
      asked.push('*');
      return [...files.keys()];
    },
  };
}

describe('patching a tree', () => {
  it('reads only the files that the patch names', async () => {
    const tree = treeOf({ 'src/a.ts': 'one\ntwo\n', 'src/b.ts': 'x\n' });
    const { writes } = await patchFiles(hunk(' one', '-two', '+2'), tree);
    expect(writes.map(({ path, after }) => [path, after?.content.toString()])).toEqual([['src/a.ts', 'one\n2\n']]);
    expect(tree.asked.toSorted()).toEqual(['src', 'src/a.ts']);
  });

  it('lists the tree only to name the file that was meant', async () => {
    const tree = treeOf({ 'lib/src/a.ts': 'one\ntwo\n' });
    await expect(patchFiles(hunk(' one', '-two', '+2'), tree)).rejects.toMatchObject({
      code: 'invalid_input',
      evidence: { code: 'missing_file', did_you_mean: ['lib/src/a.ts'] },
    });
    expect(tree.asked).toContain('*');
  });
});

describe('a request', () => {
  const tree = () => treeOf({ 'src/a.ts': 'one\ntwo\nthree\none\n', 'src/b.ts': 'x\n' });
  const hash = createHash('sha256').update('one\ntwo\nthree\none\n').digest('hex');
  const edits = [{ path: 'src/a.ts', old_text: 'two', new_text: '2' }];
  const patch = hunk(' one', '-two', '+2');

  it.each([
    ['a patch', { patch }],
    ['edits', { edits }],
    ['a patch and no edits', { patch, edits: [] }],
    ['edits and an empty patch', { patch: ' \n', edits }],
  ])('may hold %s [workspace:patch:edits]', async (_, request) => {
    const { writes } = await patchFiles(request, tree());
    expect(writes[0]?.after?.content.toString()).toBe('one\n2\nthree\none\n');
  });

  it.each([
    ['both', { patch, edits }, /both patch and edits/, 'invalid_edit'],
    ['neither', {}, /The patch is empty/, 'no_change'],
  ])('may not hold %s', async (_, request, message, code) => {
    await expect(patchFiles(request, tree())).rejects.toMatchObject({
      message: expect.stringMatching(message),
      evidence: { code, nothing_written: true },
    });
  });

  it('is refused with the hash of the file as it is when base names another [workspace:patch:base]', async () => {
    const stale = { edits, base: { 'src/a.ts': `sha256:${'0f'.repeat(32)}` } };
    await expect(patchFiles(stale, tree())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`it now has SHA-256 ${hash}`),
      evidence: { code: 'stale_base', path: 'src/a.ts', file_sha256: hash, nothing_written: true },
      fix: 'Read src/a.ts again and resend the patch made from it.',
    });
    await expect(patchFiles({ ...stale, base: { './src/a.ts': hash.toUpperCase() } }, tree())).resolves.toMatchObject({
      writes: [{ path: 'src/a.ts' }],
    });
  });

  it('may use its line numbers when base proves the file [workspace:patch:base]', async () => {
    const twice = '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -4,1 +4,1 @@\n-one\n+ONE\n';
    await expect(patchFiles({ patch: twice }, tree())).rejects.toMatchObject({ evidence: { code: 'ambiguous' } });
    const { writes } = await patchFiles({ patch: twice, base: { 'src/a.ts': hash } }, tree());
    expect(writes[0]?.after?.content.toString()).toBe('one\ntwo\nthree\nONE\n');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a file that the patch leaves alone', { 'src/b.ts': hash }, /which the patch does not name/],
    ['a file of which nothing is known', { 'src/c.ts': hash }, /which the patch does not name/],
    ['a hash of another kind', { 'src/a.ts': 'abc' }, /"abc" is no SHA-256/],
    ['a path outside the tree', { '../a.ts': hash }, /component/],
  ])('may not name in base %s', async (_, base, message) => {
    await expect(patchFiles({ edits, base }, tree())).rejects.toThrow(message);
  });

  it('may name in base a file that it makes only when there is one', async () => {
    const made = { edits: [{ path: 'n.ts', content: 'x' }], base: { 'n.ts': hash } };
    await expect(patchFiles(made, tree())).rejects.toMatchObject({
      evidence: { code: 'stale_base', file_sha256: null },
    });
  });
});

describe('the paths that a missing one may stand for', () => {
  const known = ['django/db/x.py', 'x.py', 'src/App.ts', 'src/app.test.ts', 'src/b.js', 'lib/b.js', '.env'];

  it.each<[string, string[]]>([
    ['django/django/db/x.py', ['django/db/x.py', 'x.py']],
    ['db/x.py', ['django/db/x.py', 'x.py']],
    ['SRC/app.ts', ['src/App.ts']],
    ['src/b.ts', ['src/b.js']],
    ['other/b.js', ['lib/b.js', 'src/b.js']],
    ['nothing', []],
    ['.npmrc', []],
  ])('for %s are %j', (missing, want) => {
    expect(suggestPaths(missing, known).toSorted()).toEqual(want.toSorted());
  });

  it('come best first', () => {
    expect(suggestPaths('django/django/db/x.py', known)[0]).toBe('django/db/x.py');
  });
});
