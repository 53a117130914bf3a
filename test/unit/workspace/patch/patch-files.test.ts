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
