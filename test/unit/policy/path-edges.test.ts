import { describe, expect, it } from 'vitest';

import { isClassName } from '#policy/classes.ts';
import { bareRepositoryAround } from '#policy/path-bare.ts';
import { canonicalProblem } from '#policy/path-canonical.ts';
import { foldPath, hasIgnorable } from '#policy/path-fold.ts';
import { hintGlobs } from '#policy/path-hints.ts';
import type { WorkTree } from '#policy/path-links.ts';
import { reachedPaths } from '#policy/path-links.ts';
import { compileGlob } from '#policy/path-rules.ts';
import { findInTree } from '#policy/path-tree.ts';
import { floorsOfFile, pathClass } from '#policy/risk-paths.ts';
import { isWaivable } from '#policy/waivers.ts';

import { findings, patch, rules, shipped, touching, write } from './samples.ts';

describe('a canonical path', () => {
  it.each([
    ['', 'is empty'],
    ['a'.repeat(4_097), 'is longer than 4096 characters'],
    ['/a', 'is absolute'],
    ['~a', 'starts with a tilde'],
    ['a\nb', 'has a control character'],
    ['a\\b', 'has a backslash'],
    ['a:b', 'has a colon'],
    ['a\ud800', 'is not valid UTF-8'],
    ['a\ufffd', 'is not valid UTF-8'],
    ['\u200ba', 'has an invisible character'],
    ['e\u0301', 'is not in Unicode form NFC'],
    ['a//b', 'has an empty component'],
    ['a/', 'has an empty component'],
    ['a/.', 'has the component "."'],
    ['a/../b', 'has the component ".."'],
    ['a./b', 'has a component that ends with a dot'],
    ['a /b', 'has a component that ends with a space'],
    ['a/PROGRA~1/b', 'has a component like a short 8.3 name'],
  ])('is not %j, which %s', (path, problem) => {
    expect(canonicalProblem(path)).toBe(problem);
  });

  it.each(['a', 'a/b.c', 'a'.repeat(4_096), 'a b/c', 'a~b', '.a/..b', 'Ü/漢'])('is %j', (path) => {
    expect(canonicalProblem(path)).toBeUndefined();
  });
});

describe('the form in which paths are compared', () => {
  it.each([
    ['SRC/A.ts', 'src/a.ts'],
    ['\u200ba\u00adb', 'ab'],
    ['cоnfig', 'config'],
    ['ＡＢ', 'ab'],
    ['İ', 'i'],
    ['STRASSE', 'strasse'],
    ['漢', '漢'],
    ['a∕b', 'a/b'],
  ])('of %j is %j', (path, folded) => {
    expect(foldPath(path)).toBe(folded);
  });

  it('drops code points that nobody sees', () => {
    expect(hasIgnorable('\u200b')).toBe(true);
    expect(hasIgnorable('é')).toBe(false);
    expect(hasIgnorable('plain')).toBe(false);
  });
});

describe('a glob', () => {
  const covers = (glob: string, path: string) => compileGlob(glob).covers(foldPath(path));

  it.each<[string, string, boolean]>([
    ['!keep.txt', '!keep.txt', true],
    ['!keep.txt', 'other.txt', false],
    ['!keep.txt', 'x!keep.txt', false],
    ['[^a]x', 'd/ax', true],
    ['[^a]x', 'd/^x', true],
    ['[^a]x', 'd/e/ax', true],
    ['[^a]x', 'ax/e', false],
    ['#notes', 'a/#notes/x', true],
    ['{a,b}', 'x/{a,b}/y', true],
    ['{a,b}', 'x/a/y', false],
    ['+(a)', 'x/+(a)/y', true],
    ['+(a)', 'x/aa/y', false],
    ['*.x', 'a/.x/b', true],
    ['*x', 'a/.x/b', true],
    ['BUILD/*', 'build/x/y', true],
    ['build/*', 'build', true],
    ['build/*', 'a/build/x', false],
    ['.//build', 'build/x', true],
    ['/build', 'build/x', true],
    ['/build', 'a/build', false],
    ['build//', 'a/build/x', true],
    ['build/', 'a/build/x', true],
    ['a/b/c/**', 'a/b', true],
    ['a/b/c/**', 'a', true],
    ['a/b/c/**', 'ab', false],
    ['a/*/c/**', 'a', true],
    ['a/*/c/**', 'a/x', false],
    ['a/b?/c', 'a', true],
    ['a/b?/c', 'a/b?', false],
    ['[ab]/c', '', false],
    ['src/*.ts', 'src/a/b.ts', true],
    ['src/*.ts', 'src/a/b.js', false],
    ['/build', 'builds', false],
    ['a/b', 'a/bc', false],
    ['a/b', 'a/b/c/d', true],
    ['@secrets', 'a/.ssh/x', true],
    ['@secrets', 'a/b', false],
  ])('%j on %j: %s', (glob, path, covered) => {
    expect(covers(glob, path)).toBe(covered);
    expect(compileGlob(glob).glob).toBe(glob);
  });
});

it.each([
  ['@secrets', true],
  ['@no_such', true],
  ['x@secrets', false],
  ['@secrets.txt', false],
  ['@secrets/a', false],
  ['[@]secrets', false],
  ['@', false],
])('%j is written like a class: %s', (glob, isClass) => {
  expect(isClassName(glob)).toBe(isClass);
});

describe('the names that make a change risky', () => {
  const floors = (path: string, before?: string, after?: string) =>
    floorsOfFile({
      path,
      before: before === undefined ? undefined : Buffer.from(before),
      after: after === undefined ? undefined : Buffer.from(after),
    }).map(({ floor }) => floor);

  it.each<[string, boolean]>([
    ['k8s/prod/a.yaml', true],
    ['k8s/production/a.yaml', true],
    ['k8s/live-eu/a.yaml', true],
    ['k8s/eu__prd/a.yaml', true],
    ['k8s/euProd/a.yaml', true],
    ['k8s/reprod/a.yaml', false],
    ['k8s/products/a.yaml', false],
    ['k8s/alive/a.yaml', false],
    ['src/prod/a.ts', false],
    ['test/k8s/prod/a.yaml', false],
    ['k8s/prod/test/a.yaml', true],
    ['terraform/live/main.tf', true],
  ])('%s is infrastructure of production: %s', (path, isProduction) => {
    expect(floors(path).includes('production_infrastructure')).toBe(isProduction);
  });

  it('are those of a file and the folders above a folder of tests', () => {
    expect(floors('app/iam/test/a.ts')).toEqual(['access_control']);
    expect(floors('app/test/iam/a.ts')).toEqual([]);
    expect(floors('test')).toEqual([]);
    expect(pathClass('src/tests.tf')).toBe(1);
  });

  it('come with what a file held before and holds then', () => {
    expect(floors('a.yaml', 'kind: Role\n', undefined)).toEqual(['access_control']);
    expect(floors('a.yaml', undefined, 'kind: Role\n')).toEqual(['access_control']);
    expect(floors('a.yaml', 'kind: Role', 'kind: Pod')).toEqual(['access_control']);
    expect(floors('a.bin', 'a\0', undefined)).toEqual(['special_file']);
    expect(floors('a.yaml', undefined, undefined)).toEqual([]);
  });
});

describe('hints', () => {
  const near = (glob: string, ...files: readonly string[]) => hintGlobs([glob], files)[0]?.nearMisses;

  it.each<[string, string, boolean]>([
    ['*.lock', 'web/package-lock.json', true],
    ['*.lock', 'go.sum', true],
    ['*.lock', 'xgo.sum', false],
    ['*.lock', 'go.sum/x', false],
    ['migrations/**', 'app/db/schema.rb', true],
    ['migrations/**', 'schema.rb', true],
    ['migrations/**', 'schema.rbx', false],
    ['/config/a.yml', 'web/config/a.yml', true],
    ['./config/a.yml', 'web/CONFIG/A.yml', true],
    ['.//config/a.yml', 'web/config/a.yml', true],
    ['config/a.yml', 'web/config/b.yml', false],
    ['a.yml', 'web/config/b.yml', false],
  ])('of %j about %j: %s', (glob, file, isNear) => {
    expect(near(glob, file)).toEqual(isNear ? [file] : []);
  });

  it('list hits whatever their case, and nothing where there is no repository', () => {
    expect(hintGlobs(['*.LOCK'], ['Web/YARN.lock', 'x'])[0]).toEqual({
      glob: '*.LOCK',
      hits: ['Web/YARN.lock'],
      nearMisses: [],
    });
    expect(hintGlobs(['*.env'], undefined)[0]).toEqual({
      glob: '*.env',
      hits: [],
      nearMisses: ['.flaskenv', 'secrets.yml', 'credentials.json', 'config/master.key'],
    });
  });
});

/** A folder with these links; a file `*` has names outside of it. */
function treeOf(links: Readonly<Record<string, string>>, same: readonly string[] = []): WorkTree {
  return {
    root: '/srv/app',
    has: (path) => path in links,
    readLink: (path) => links[path],
    otherNames: (path) => ({
      names: same.includes(path) ? same.filter((each) => each !== path && each !== '*') : [],
      complete: !(same.includes(path) && same.includes('*')),
    }),
    links: () => Object.keys(links),
  };
}

describe('links', () => {
  const chainOf = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, `l${index + 1}`]));

  it('are followed forty times', () => {
    expect(reachedPaths('l0', treeOf(chainOf(40)))).toEqual({
      paths: Array.from({ length: 40 }, (_, index) => `l${index + 1}`),
    });
    expect(reachedPaths('l0', treeOf(chainOf(41))).problem).toBe('is a link that leads in a circle');
  });

  it.each<[string, Readonly<Record<string, string>>, unknown]>([
    ['a/../b', { b: 'c' }, { paths: [] }],
    ['l', { l: '/srv/app' }, { paths: [''] }],
    ['d/l', { 'd/l': '/srv/app/x' }, { paths: ['x'] }],
    ['d/l', { 'd/l': 'x' }, { paths: ['d/x'] }],
    ['d/l', { 'd/l': '../../x' }, { paths: [], problem: 'leads out of the repository' }],
    ['d/l/y', { 'd/l': '../e' }, { paths: ['e/y'] }],
    ['l', { l: 'l2', l2: '/etc' }, { paths: ['l2'], problem: 'leads out of the repository' }],
    ['x/y', { l: 'x', m: 'x/y', n: 'z' }, { paths: ['l/y', 'm'] }],
    ['x/y', { l: '/etc' }, { paths: [] }],
    ['l', { l: 'x', m: 'x' }, { paths: ['x', 'm'] }],
  ])('from %j in %j reach %j', (path, links, reached) => {
    expect(reachedPaths(path, treeOf(links))).toEqual(reached);
  });

  it('to a file with another name outside are a problem, but not where they lead out anyway', () => {
    expect(reachedPaths('h', treeOf({}, ['h', '*', 'k']))).toEqual({
      paths: ['k'],
      problem: 'is another name of a file outside the repository',
    });
    expect(reachedPaths('l', treeOf({ l: '../x' }, ['l', 'k']))).toEqual({
      paths: [],
      problem: 'leads out of the repository',
    });
  });

  it('are told with the file they are linked with, and why that one is protected', () => {
    const [linked, ...more] = findInTree(['n'], { policy: shipped, tree: treeOf({ n: '.env' }) });
    expect(linked).toMatchObject({
      rule: 'protected_files/*.env*',
      reason: '"n" is linked with ".env": ".env" may not be changed: it is covered by protected_files (*.env*).',
      evidence: { path: 'n', linked_with: '.env', pattern: '*.env*' },
    });
    expect(more).toEqual([]);
    expect(findInTree(['n'], { policy: shipped, tree: treeOf({ n: '/etc' }) })).toEqual([
      {
        rule: 'path_links',
        effect: 'deny',
        reason: '"n" leads out of the repository, so a change of it would land where no rule looks.',
        fix: 'Send the same change without "n".',
        evidence: { path: 'n', problem: 'leads out of the repository' },
      },
    ]);
  });
});

describe('a bare repository', () => {
  const around = (path: string, ...files: readonly string[]) =>
    bareRepositoryAround(path, (asked) => files.some((file) => file === asked || file.startsWith(`${asked}/`)));

  it.each<[string, readonly string[], string | undefined]>([
    ['r/config', ['r/HEAD', 'r/objects/a', 'r/refs/b'], 'r'],
    ['r/hooks/x', ['r/HEAD', 'r/commondir'], 'r'],
    ['a/r/config', ['a/r/HEAD', 'a/r/objects/a', 'a/r/refs/b'], 'a/r'],
    ['config', ['HEAD', 'objects/a', 'refs/b'], undefined],
    ['r/config', ['r/HEAD', 'r/objects/a'], undefined],
    ['r/config', ['r/objects/a', 'r/refs/b'], undefined],
    ['r/HEAD', ['r/objects/a', 'r/refs/b'], 'r'],
    ['r/refs/b', ['r/HEAD', 'r/objects/a'], 'r'],
    ['r/HEAD', ['r/config'], 'r'],
    ['r/HEAD', ['r/refs/a'], 'r'],
    ['r/HEAD', ['other/refs/a', 'r/a.md'], undefined],
    ['r/src/x', ['r/HEAD', 'r/objects/a', 'r/refs/b'], undefined],
    ['r/configs', ['r/HEAD', 'r/objects/a', 'r/refs/b'], undefined],
  ])('is around %j with %j: %j', (path, files, folder) => {
    expect(around(path, ...files)).toBe(folder);
  });

  it('that a patch completes is refused, with what planning saw and with what the patch writes', () => {
    const fresh = (path: string) => {
      const { before: _before, ...rest } = write(path);
      return rest;
    };
    const layout = ['m/HEAD', 'm/objects', 'm/refs'];
    const [found, ...more] = findings(patch({ writes: [fresh('m/config')], layout }));
    expect(found).toEqual({
      rule: 'built_in_files/bare-repository',
      effect: 'deny',
      reason:
        'No policy allows an agent to change "m/config", because "m" is or becomes a bare repository, whose configuration git obeys.',
      fix: 'Send the same change without "m/config".',
      evidence: { path: 'm/config', repository: 'm' },
    });
    expect(more).toEqual([]);
    expect(rules(patch({ writes: [fresh('m/config')], layout: ['m/HEAD'] }))).toEqual([]);
    expect(rules(patch({ writes: [fresh('m/config')] }))).toEqual([]);
    expect(
      rules(patch({ writes: ['m/config', 'm/refs/a', 'm/objects/b'].map(fresh), layout: ['m/HEAD'] })),
    ).toHaveLength(3);
    expect(rules(patch({ writes: ['m/config', 'm/refsx/a', 'm/objects/b'].map(fresh), layout: ['m/HEAD'] }))).toEqual(
      [],
    );
    expect(rules(patch({ writes: [], reads: ['m/config'], layout }))).toEqual(['built_in_files/bare-repository']);
  });
});

it.each([
  ['protected_files/*.env*', true],
  ['sensitive_files/a', true],
  ['code_rules/a', true],
  ['max_files', true],
  ['max_lines', true],
  ['max_bytes', true],
  ['max_deleted_tests', true],
  ['file_scope', true],
  ['secrets_in_patch', true],
  ['branches/triggers_workflow', true],
  ['built_in_files/ci', true],
  ['file_modes/executable_bit', true],
  ['x/protected_files/a', false],
  ['max_files_more', false],
  ['more_max_files', false],
  ['file_scopes', false],
  ['a/file_scope', false],
  ['file_modes/executable_bits', false],
  ['file_modes/symlink', false],
  ['branches', false],
  ['branches/triggers_workflows', false],
  ['tests_green', false],
  ['budget/usd', false],
  ['blocked_commands/npm publish', false],
  ['path_canonical', false],
])('a human may waive %j: %s', (rule, waivable) => {
  expect(isWaivable(rule)).toBe(waivable);
});

it('an opening of the policy is asked about each file for itself', () => {
  const policy = { ...shipped, protected_files: [{ glob: 'package.json', effect: 'allow' as const }, '*.lock'] };
  expect(rules(touching('package.json'), policy)).toEqual([]);
  expect(rules(touching('package.json', 'Makefile'), policy)).toEqual(['built_in_files/build-file']);
  expect(rules(touching('a.lock'), policy)).toEqual(['protected_files/*.lock']);
});
