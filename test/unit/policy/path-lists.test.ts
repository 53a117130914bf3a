import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { exampleChange } from '#policy/examples.ts';
import { explain } from '#policy/explain.ts';

import { shipped } from './samples.ts';

const folder = path.join(import.meta.dirname, 'path-lists');
const pathsOf = (verdict: string) =>
  readFileSync(path.join(folder, `${verdict}.txt`), 'utf8')
    .split('\n')
    .slice(0, -1);
const verdictOf = (name: string) => explain('path', exampleChange([name]), { policy: shipped }).verdict;

describe('under the shipped policy', () => {
  it.each([
    ['deny', 100],
    ['require_approval', 80],
    ['allow', 70],
  ])('every path of the list %s comes out so [gate:files:protected]', (verdict, atLeast) => {
    const paths = pathsOf(verdict);
    expect(paths.filter((name) => verdictOf(name) !== verdict)).toEqual([]);
    expect(paths.length).toBeGreaterThan(atLeast);
  });

  it.each([
    '\uff59\uff41\uff52\uff4e.lock',
    'Dockerfil\u0435',
    '\u0441onfig/production.yml',
    'config/pr\u043eduction.yml',
    'k8s/producti\u043en/a',
    '.\u0435nv',
    '.e\u200bnv',
    'Docker\u00adfile',
    'config/product\u0131on.yml',
    '.g\u200dit/config',
    '\u202e.env',
    'src/a\tb.ts',
    'src/a\nb.ts',
    'src/a\u0000b.ts',
    're\u0301sume\u0301.ts',
    'src\u2215..\u2215.env',
  ])('%j is denied, whatever it looks like', (name) => {
    expect(verdictOf(name)).toBe('deny');
  });
});
