import { describe, expect, it } from 'vitest';

import { readPerlRenaming } from '#policy/command/rename.ts';

describe("what Perl's rename calls a file", () => {
  it.each([
    ['s/a/b/', 'aa', 'ba'],
    ['s/a/b/g', 'aaA', 'bbA'],
    ['s/a/b/gi', 'aaA', 'bbb'],
    [' s|x/y|z| ; ', 'x/y.c', 'z.c'],
    ['s/\\.htm$/.html/', 'a.htm', 'a.html'],
    ['s/^(\\w)(\\d+)/$2$1/', 'x12.c', '12x.c'],
    ['s/(a)(b)/\\2\\1/', 'abc', 'bac'],
    ['s/(a$|b)/c/', 'ab', 'ac'],
    ['s/a\\/b/c/', 'a/b', 'c'],
    ['s/a//', 'ab', 'b'],
    ['y/A-C/a-c/', 'ABCD', 'abcD'],
    ['tr/ -/_./', 'a b-c', 'a_b.c'],
    ['y/abc/x/', 'abc', 'xbc'],
    ['tr/a-c//', 'abcd', 'abcd'],
    [' y/a/b/ ; ', 'a', 'b'],
    ['y/\u00e4/a/', 'x', undefined],
  ])('%s makes of %j %j', (code, name, renamed) => {
    expect(readPerlRenaming(code)?.(name)).toBe(renamed);
  });

  it.each([
    's/a/`id`/e',
    's/(?{x})/b/',
    's/[[:alpha:]]/b/',
    's/[:alpha:]/b/',
    's/a@b/c/',
    's/a$b/c/',
    's/a\\Qb/c/',
    's/a\\ab/c/',
    's/a\\%b/c/',
    's/a/$b/',
    's/a/@b/',
    's/a/\\Ub/',
    's/a(/b/',
    's//b/',
    'x; s/a/b/',
    'y/a/b/; x',
    'y/a/b/d',
    'xy/a/b/',
    'y/[a]/b/',
    'rename a b',
  ])('is not told of %s', (code) => {
    expect(readPerlRenaming(code)).toBeUndefined();
  });
});
