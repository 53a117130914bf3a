import { describe, expect, it } from 'vitest';

import { assertTreePath } from '#workspace/tree-path.ts';

describe('a path of a patch', () => {
  it.each([
    'src/a.js',
    '.github/x.yml',
    '.gitignore',
    'a b/ü.txt',
    '..a',
    'git',
    '.gitx/y',
    'x.git/y',
    '-rf',
    '"q".js',
  ])('may be %j', (path) => {
    expect(() => assertTreePath(path)).not.toThrow();
  });

  it.each([
    '',
    '/a',
    'a//b',
    'a/',
    './a',
    'a/../b',
    '..',
    'C:/x',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u0085b',
    '\ud800',
    '.git',
    '.git/config',
    'a/.GIT/x',
    '.git ',
    '.git./x',
    'GIT~1/x',
    '.git::$INDEX_ALLOCATION/x',
    '.ｇit/x',
    '.g\u200Cit/x',
    '.gi\uFEFFt/x',
    `${'a'.repeat(256)}/x`,
    'a/'.repeat(2_100) + 'x',
  ])('may not be %j', (path) => {
    expect(() => assertTreePath(path)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
