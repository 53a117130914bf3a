import { describe, expect, it } from 'vitest';

import { createRowJudge } from '#cli/policy/decide-rows.ts';
import { createPreviews } from '#cli/policy/preview.ts';
import { parseCorpus } from '#policy/corpus.ts';

import { gitEnvironment, temporaryFolder } from '../support/temporary-repository.ts';
import { shipped } from '../unit/policy/samples.ts';

type Row = Readonly<Record<string, unknown>>;

/** Decides rows in real repositories. */
async function decide(...rows: readonly Row[]) {
  await using folder = await temporaryFolder();
  await using previews = await createPreviews({ environment: gitEnvironment });
  const judge = createRowJudge({ policy: shipped, previews, folder: folder.path });
  const { paths } = parseCorpus(
    JSON.stringify(rows.map((row, index) => ({ id: `r${index}`, must: 'deny', ...row }))),
    'rows',
  );
  const outcomes = [];
  for (const row of paths) outcomes.push(await judge.path(row));
  return outcomes.map(({ got, rules, problem }) => ({ got, rules, ...(problem !== undefined && { problem }) }));
}

const path = (name: string, setup: Row) => ({ kind: 'path', path_or_patch: name, setup });
const patch = (text: string, more: Row = {}) => ({ kind: 'patch', path_or_patch: text, ...more });
const append = (file: string) => `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@\n one\n two\n+three\n`;
const add = (file: string) => `--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+new\n`;
const move = (from: string, to: string) =>
  `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`;

describe('a path row', () => {
  it.each<[string, Row, string, readonly string[]]>([
    ['notes.md', { symlinks: { 'notes.md': 'web/.env' } }, 'deny', ['protected_files/*.env*']],
    ['a/c/x.yaml', { symlinks: { 'a/c': '../k8s/production' } }, 'deny', ['protected_files/k8s/production/**']],
    ['one', { symlinks: { one: 'two', two: 'three', three: 'Dockerfile' } }, 'deny', ['protected_files/Dockerfile*']],
    ['up/x', { symlinks: { up: '..' } }, 'deny', ['path_links']],
    ['etc', { symlinks: { etc: '/etc/hosts' } }, 'deny', ['path_links']],
    ['self', { symlinks: { self: 'self' } }, 'deny', ['path_links']],
    ['same.txt', { hardlinks: { 'same.txt': 'yarn.lock' } }, 'deny', ['protected_files/*.lock']],
    ['both', { symlinks: { both: 'same' }, hardlinks: { same: '.env' } }, 'deny', ['protected_files/*.env*']],
    ['hook', { symlinks: { hook: '.git/hooks/pre-push' } }, 'deny', ['built_in_files/git']],
    [
      'elsewhere/p.yml',
      {
        content: { 'elsewhere/p.yml': '' },
        remove: ['config/production.yml'],
        symlinks: { 'config/production.yml': '../elsewhere/p.yml' },
      },
      'deny',
      ['protected_files/config/production.*'],
    ],
    [
      'cache/r/config',
      { content: { 'cache/r/HEAD': 'x', 'cache/r/objects/a': '', 'cache/r/refs/b': '' } },
      'deny',
      ['built_in_files/bare-repository'],
    ],
    ['run', { symlinks: { run: 'ci/build.sh' } }, 'require_approval', ['built_in_files/script']],
    ['lib/a.ts', { symlinks: { lib: 'src' } }, 'allow', []],
    ['twin.ts', { hardlinks: { 'twin.ts': 'src/b.ts' } }, 'allow', []],
    ['cache/r/config', { content: { 'cache/r/refs/b': '' } }, 'allow', []],
  ])('%j with %j: %s', async (name, setup, got, rules) => {
    expect(await decide(path(name, setup))).toEqual([{ got, rules }]);
  });
});

describe('a patch row', () => {
  it('counts as denied where the tree is as it would be already', async () => {
    expect(await decide(patch(move('src/nope.ts', '.env')))).toEqual([{ got: 'deny', rules: ['conflict'] }]);
    const chain = move('src/a.ts', 'src/t.ts') + move('src/t.ts', '.env');
    expect(await decide(patch(chain))).toEqual([{ got: 'deny', rules: ['conflict'] }]);
  });

  it('is decided by its applied result on the common repository', async () => {
    const outcomes = await decide(
      patch(append('src/a.ts'), { expect_files: 1 }),
      patch(append('src/a.ts') + append('.env')),
      patch(move('src/b.ts', 'src/y.ts'), { expect_files: 1 }),
      patch(move('src/a.ts', 'src/z.ts') + move('src/b.ts', 'src/y.ts')),
      patch(add('package.json')),
      patch(append('src/absent.ts')),
      patch(''),
    );
    expect(outcomes).toEqual([
      { got: 'allow', rules: [] },
      { got: 'deny', rules: ['protected_files/*.env*'] },
      { got: 'allow', rules: [], problem: 'it touches 2 files instead of 1' },
      { got: 'deny', rules: ['max_files'] },
      { got: 'require_approval', rules: ['built_in_files/package-manifest'] },
      { got: 'deny', rules: ['invalid_input'] },
      { got: 'deny', rules: ['invalid_input'] },
    ]);
  });

  it('is decided on a repository of its own when it has a setup', async () => {
    const outcomes = await decide(
      patch(append('config/staging.yml'), { setup: { content: { 'config/staging.yml': 'one\ntwo\n' } } }),
      patch(append('src/a.ts'), { setup: { remove: ['src/a.ts'] } }),
      patch(append('l.ts'), { setup: { symlinks: { 'l.ts': 'src/a.ts' } } }),
      patch(append('h.txt'), { setup: { hardlinks: { 'h.txt': '.env' } } }),
      patch(add('r/config'), { setup: { content: { 'r/HEAD': 'x', 'r/objects/a': '', 'r/refs/b': '' } } }),
    );
    expect(outcomes.map(({ got }) => got)).toEqual(['allow', 'deny', 'deny', 'deny', 'deny']);
    expect(outcomes[3]?.rules).toEqual(['protected_files/*.env*']);
  });

  const git = (from: string, to: string, ...lines: readonly string[]) =>
    `${[`diff --git ${from} ${to}`, ...lines].join('\n')}\n`;
  const hunk = '@@ -1,2 +1,3 @@\n one\n two\n+three';
  const copy = (from: string, to: string) =>
    git(`a/${from}`, `b/${to}`, 'similarity index 100%', `copy from ${from}`, `copy to ${to}`);
  const remove = (file: string) =>
    git(
      `a/${file}`,
      `b/${file}`,
      'deleted file mode 100644',
      `--- a/${file}`,
      '+++ /dev/null',
      '@@ -1,2 +0,0 @@',
      '-one',
      '-two',
    );
  const modes = (file: string, before: string, after: string) =>
    git(`a/${file}`, `b/${file}`, `old mode ${before}`, `new mode ${after}`);
  const addAs = (mode: string, file: string, content = 'x') =>
    git(
      `a/${file}`,
      `b/${file}`,
      `new file mode ${mode}`,
      '--- /dev/null',
      `+++ b/${file}`,
      '@@ -0,0 +1 @@',
      `+${content}`,
    );
  const renamed = (from: string, to: string) => ['similarity index 100%', `rename from ${from}`, `rename to ${to}`];

  it.each<[got: string, what: string, text: string]>([
    ['deny', 'removes a protected file', remove('yarn.lock')],
    ['deny', 'copies a protected file elsewhere', copy('config/production.yml', 'src/m.txt')],
    ['deny', 'copies over a protected name', copy('src/a.ts', 'k8s/production/n.yaml')],
    ['deny', 'moves onto a protected name', move('src/a.ts', 'Dockerfile.x')],
    ['deny', 'changes the mode of a protected file', modes('k8s/production/deploy.yaml', '100644', '100755')],
    ['deny', 'makes a link of a file by its mode', modes('src/a.ts', '100644', '120000')],
    ['deny', 'makes a repository of a file by its mode', modes('src/a.ts', '100644', '160000')],
    ['deny', 'adds a link', addAs('120000', 'l', 'src/a.ts')],
    ['deny', 'adds a repository', addAs('160000', 'sub', `Subproject commit ${'1'.repeat(40)}`)],
    ['require_approval', 'makes a file executable', modes('src/a.ts', '100644', '100755')],
    ['require_approval', 'adds an executable file', addAs('100755', 'src/tool')],
    ['deny', 'renames what its first line does not', git('a/src/a.ts', 'b/.env', ...renamed('src/a.ts', 'src/z.ts'))],
    [
      'deny',
      'renames from what its first line does not',
      git('a/src/a.ts', 'b/src/z.ts', ...renamed('.env', 'src/z.ts')),
    ],
    [
      'deny',
      'has another new name than its first line',
      git('a/src/a.ts', 'b/src/a.ts', '--- a/src/a.ts', '+++ b/.env', hunk),
    ],
    [
      'deny',
      'has two names that both differ from its first line',
      git('a/src/a.ts', 'b/src/a.ts', '--- a/src/b.ts', '+++ b/src/b.ts', hunk),
    ],
    [
      'deny',
      'is new and deleted at once',
      git(
        'a/src/a.ts',
        'b/src/a.ts',
        'new file mode 100644',
        'deleted file mode 100644',
        '--- a/src/a.ts',
        '+++ b/src/a.ts',
        hunk,
      ),
    ],
    [
      'deny',
      'hides a name in octal digits',
      git('"a/.en\\166"', '"b/.en\\166"', '--- "a/.en\\166"', '+++ "b/.en\\166"', hunk),
    ],
    [
      'allow',
      'has a name in octal digits that is not protected',
      git(
        '"a/src/\\303\\251.ts"',
        '"b/src/\\303\\251.ts"',
        'new file mode 100644',
        '--- /dev/null',
        '+++ "b/src/\\303\\251.ts"',
        '@@ -0,0 +1 @@',
        '+x',
      ),
    ],
    ['deny', 'leaves the repository', addAs('100644', '../x')],
    ['deny', 'has an absolute name', addAs('100644', '/tmp/x')],
    ['deny', 'goes up and down', addAs('100644', 'src/../../x')],
    [
      'deny',
      'replaces a protected folder by a file',
      remove('k8s/production/deploy.yaml') + addAs('100644', 'k8s/production'),
    ],
    ['deny', 'writes below a file', addAs('100644', 'src/a.ts/x')],
    ['deny', 'differs from a file by case alone', addAs('100644', 'src/A.ts')],
    ['deny', 'adds what is there', addAs('100644', 'src/a.ts')],
    ['deny', 'is protected in another case', addAs('100644', 'K8S/Production/x.yaml')],
    ['deny', 'has a name in decomposed letters', addAs('100644', 'src/cafe\u0301.ts')],
    [
      'deny',
      'plants a bare repository',
      addAs('100644', 'v/HEAD') + addAs('100644', 'v/objects/a') + addAs('100644', 'v/refs/a'),
    ],
    [
      'deny',
      'says that it is binary',
      git('a/src/a.ts', 'b/src/a.ts', 'index 1..2 100644', 'Binary files a/src/a.ts and b/src/a.ts differ'),
    ],
    [
      'deny',
      'is a diff of contexts',
      '*** .env\n--- .env\n***************\n*** 1,2 ****\n--- 1,3 ----\n  one\n  two\n+ three\n',
    ],
    ['deny', 'touches four files by two moves', move('src/a.ts', 'src/x.ts') + move('src/b.ts', 'src/y.ts')],
    [
      'allow',
      'touches three files by a move and a change',
      move('src/a.ts', 'src/x.ts') + git('a/src/b.ts', 'b/src/b.ts', '--- a/src/b.ts', '+++ b/src/b.ts', hunk),
    ],
    ['allow', 'removes a file', remove('src/a.ts')],
    ['allow', 'copies a file', copy('src/a.ts', 'src/x.ts')],
  ])('comes out as %s when it %s [gate:files:modes, gate:files:canonical]', async (got, _what, text) => {
    expect((await decide(patch(text))).map((outcome) => outcome.got)).toEqual([got]);
  });

  it('that names files outside of its repository is never written', async () => {
    expect(await decide(path('x', { content: { '../../evil': '' } }))).toEqual([
      { got: 'deny', rules: ['invalid_input'] },
    ]);
  });
});
