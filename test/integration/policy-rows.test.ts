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

  it('that names files outside of its repository is never written', async () => {
    expect(await decide(path('x', { content: { '../../evil': '' } }))).toEqual([
      { got: 'deny', rules: ['invalid_input'] },
    ]);
  });
});
