import { expect, it } from 'vitest';

import { compileGlob } from '#policy/path-rules.ts';

const covers = (glob: string, path: string) => compileGlob(glob).covers(path);

it.each([
  ['k8s/prod', 'k8s/prod'],
  ['k8s/prod', 'k8s/prod/a/b'],
  ['k8s/prod', 'k8s'],
  ['{a,b}.ts', '{a,b}.ts'],
  ['+(a)', '+(a)'],
  ['!a', '!a'],
  ['#a', '#a'],
  ['A*', 'x/abc/y'],
  ['[ab]c', 'x/bc'],
  ['a?c/*', 'abc/d'],
  ['/a', 'a/b'],
])('%s covers %s', (glob, path) => {
  expect(covers(glob, path)).toBe(true);
});

it.each([
  ['k8s/prod', 'k8s/production'],
  ['k8s/prod', 'k8s/production/a'],
  ['k8s/production', 'k8s/production2/a'],
  ['k8s/prod', 'x/k8s/prod'],
  ['{a,b}.ts', 'a.ts'],
  ['+(a)', 'aa'],
  ['!a', 'b'],
  ['[ab]c', 'x/dc'],
  ['a?c/*', 'ac/d'],
  ['/a', 'b/a'],
  ['a/b', 'a/c'],
])('%s does not cover %s', (glob, path) => {
  expect(covers(glob, path)).toBe(false);
});
