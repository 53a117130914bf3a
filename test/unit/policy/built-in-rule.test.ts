import { describe, expect, it } from 'vitest';

import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { findBuiltIn, words } from '#policy/built-in-rule.ts';

const rule = (globs: string, more: Partial<BuiltInRule> = {}): BuiltInRule => ({
  name: globs,
  why: 'it is special',
  globs: words(globs),
  ...more,
});
const isCovered = (globs: string, path: string, more?: Partial<BuiltInRule>) =>
  findBuiltIn([rule(globs, more)], path) !== undefined;

describe('a built-in rule', () => {
  it.each([
    ['pip.conf', 'pip.conf a/pip.conf a/Pip.Conf'],
    ['.git', '.git a/.git/config .GIT/x'],
    ['/HEAD', 'HEAD head'],
    ['/hooks/', 'hooks/x hooks/a/b'],
    ['*.pth', 'a/evil.pth .pth'],
    ['a*a', 'aa aba b/abba'],
    ['.roorules*', '.roorules-code a/.roorules-code/x'],
    ['a*b*c', 'abc axbxc d/abbc'],
    ['a?*', 'ab abc'],
    ['node_modules/**', 'node_modules/a a/node_modules/b/c Node_Modules/a'],
    ['vendor/', 'vendor/a a/vendor/b'],
    ['vendor/*/*/**', 'vendor/a/b/c d/vendor/a/b/c/e'],
    ['minitest/autorun.rb', 'minitest/autorun.rb lib/minitest/autorun.rb'],
    ['*.git/HEAD', 'a.git/HEAD b/a.git/head'],
    ['pip.conf .npmrc *.pth vendor/', 'x/pip.conf .npmrc/x a.pth vendor/b'],
  ])('of %s covers %s', (globs, paths) => {
    expect(words(paths).filter((path) => !isCovered(globs, path))).toEqual([]);
  });

  it.each([
    ['pip.conf', 'pip.conf/a xpip.conf pip.confx'],
    ['.git', 'a.git .gitx'],
    ['/HEAD', 'a/HEAD HEADER HEAD/x'],
    ['/hooks/', 'hooks a/hooks/x'],
    ['*.pth', 'evil.pth/x a.pthx'],
    ['a*a', 'a ab ba'],
    ['.roorules*', 'a.roorules'],
    ['a*b*c', 'axbx ac'],
    ['a?*', 'a'],
    ['node_modules/**', 'node_modules anode_modules/x node_modules.js'],
    ['vendor/', 'vendor xvendor/a'],
    ['vendor/*/*/**', 'vendor/a/b xvendor/a/b/c'],
    ['minitest/autorun.rb', 'xminitest/autorun.rb minitest/autorun_rb'],
    ['*.git/HEAD', 'a.git/x HEAD'],
    ['pip.conf .npmrc *.pth vendor/', 'pip.cfg npmrc pth vendors/b'],
  ])('of %s leaves %s', (globs, paths) => {
    expect(words(paths).filter((path) => isCovered(globs, path))).toEqual([]);
  });

  it('spares the folders in which such files are ordinary', () => {
    const more = { except: ['fixtures/**'] };
    expect(isCovered('node_modules/**', 'fixtures/a/node_modules/b', more)).toBe(false);
    expect(isCovered('node_modules/**', 'a/node_modules/b', more)).toBe(true);
  });

  it('of an exact name asks for its case', () => {
    expect(isCovered('', 'a/HEAD', { exact: ['HEAD'] })).toBe(true);
    expect(isCovered('', 'a/head', { exact: ['HEAD'] })).toBe(false);
  });

  it('is the first of several that covers', () => {
    const rules = [rule('a'), rule('b'), rule('b c')];
    expect(findBuiltIn(rules, 'x/b')?.name).toBe('b');
    expect(findBuiltIn(rules, 'x/c')?.name).toBe('b c');
    expect(findBuiltIn(rules, 'x/d')).toBeUndefined();
  });
});
