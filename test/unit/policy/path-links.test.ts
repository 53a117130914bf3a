import { describe, expect, it } from 'vitest';

import type { WorkTree } from '#policy/path-links.ts';
import { reachedPaths } from '#policy/path-links.ts';
import { findInTree } from '#policy/path-tree.ts';

import { shipped } from './samples.ts';

interface Names {
  readonly links?: Readonly<Record<string, string>>;
  /** Names of one file each; `*` stands for a name elsewhere. */
  readonly same?: readonly (readonly string[])[];
  readonly files?: readonly string[];
}

function treeOf({ links = {}, same = [], files = [] }: Names): WorkTree {
  return {
    root: '/srv/app',
    has: (path) => path in links || files.some((file) => file === path || file.startsWith(`${path}/`)),
    readLink: (path) => links[path],
    otherNames(path) {
      const names = same.find((each) => each.includes(path)) ?? [path];
      return { names: names.filter((each) => each !== path && each !== '*'), complete: !names.includes('*') };
    },
    links: () => Object.keys(links),
  };
}

describe('a write reaches', () => {
  it.each<[string, Names, readonly string[]]>([
    ['src/a.ts', {}, []],
    ['l', { links: { l: 'src/a.ts' } }, ['src/a.ts']],
    ['l', { links: { l: 'm', m: 'n', n: 'x' } }, ['m', 'n', 'x']],
    ['d/a.ts', { links: { d: 'src' } }, ['src/a.ts']],
    ['a/b/c', { links: { 'a/b': '../x' } }, ['x/c']],
    ['a/b/c', { links: { a: 'k', 'k/b': 'm' } }, ['k/b/c', 'k/m/c', 'a/m/c']],
    ['l', { links: { l: '/srv/app/x' } }, ['x']],
    ['l', { links: { l: './x//y/.' } }, ['x/y']],
    ['l', { links: { l: 'x//../m', m: 'z' } }, ['m', 'z']],
    ['l', { links: { l: 'x/./../m', m: 'z' } }, ['m', 'z']],
    ['h', { same: [['h', 'x', 'y']] }, ['x', 'y']],
    ['l', { links: { l: 'h' }, same: [['h', 'x']] }, ['h', 'x']],
    ['x/a', { links: { l: 'x' } }, ['l/a']],
    ['x', { links: { l: 'x' } }, ['l']],
    ['xy', { links: { l: 'x' } }, []],
  ])('from %j with %j: %j', (path, names, reached) => {
    expect(reachedPaths(path, treeOf(names))).toEqual({ paths: reached });
  });

  it.each<[string, Names, string]>([
    ['l', { links: { l: '../x' } }, 'leads out'],
    ['l', { links: { l: '/etc/passwd' } }, 'leads out'],
    ['l', { links: { l: '/srv/app-evil/x' } }, 'leads out'],
    ['d/x', { links: { d: 'e/..', e: '../..' } }, 'leads out'],
    ['l', { links: { l: 'l' } }, 'in a circle'],
    ['l/x', { links: { l: 'm', m: 'l' } }, 'in a circle'],
    ['h', { same: [['h', '*']] }, 'outside the repository'],
  ])('nothing that could be judged from %j with %j', (path, names, problem) => {
    expect(reachedPaths(path, treeOf(names)).problem).toContain(problem);
  });
});

describe('the files around a path', () => {
  const rulesOf = (path: string, names: Names) =>
    findInTree([path], { policy: shipped, tree: treeOf(names) }).map(({ rule, effect }) => `${effect} ${rule}`);

  it.each<[string, Names, readonly string[]]>([
    ['notes.txt', { links: { 'notes.txt': 'config/production.toml' } }, ['deny protected_files/config/production.*']],
    ['notes.txt', { same: [['notes.txt', 'web/.env']] }, ['deny protected_files/*.env*']],
    [
      'elsewhere/app.yml',
      { links: { 'config/production.yml': '../elsewhere/app.yml' } },
      ['deny protected_files/config/production.*'],
    ],
    ['g/config', { links: { g: '.git' } }, ['deny built_in_files/git']],
    ['m', { links: { m: 'Makefile' } }, ['require_approval built_in_files/build-file']],
    ['m', { links: { m: '/etc/x' } }, ['deny path_links']],
    ['lib/a.ts', { links: { lib: 'src' } }, []],
    ['m/r/config', { files: ['m/r/HEAD', 'm/r/objects/a', 'm/r/refs/b'] }, ['deny built_in_files/bare-repository']],
    ['m/r/hooks/update', { files: ['m/r/HEAD', 'm/r/commondir'] }, ['deny built_in_files/bare-repository']],
    ['m/r/refs/b', { files: ['m/r/HEAD', 'm/r/objects/a'] }, ['deny built_in_files/bare-repository']],
    ['m/r/config', { files: ['m/r/HEAD', 'm/r/objects/a'] }, []],
    ['m/r/src/config.ts', { files: ['m/r/HEAD', 'm/r/objects/a', 'm/r/refs/b'] }, []],
  ])('%j with %j: %j', (path, names, rules) => {
    expect(rulesOf(path, names)).toEqual(rules);
  });
});
