import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileEntry } from '#policy/command/entry.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';

describe('linear regular expressions', () => {
  it.each([
    ['kubectl\\s+apply', 'x KUBECTL   apply y', true],
    ['^npm\\b', 'npm publish', true],
    ['^npm\\b', 'npmx publish', false],
    ['push$', 'docker push\n', true],
    ['a{2,3}b', 'ab', false],
    ['a{2,3}b', 'caab', true],
    ['a{2}', 'aa', true],
    ['(?:rm|mv)\\s-[rf]+', 'mv -f x', true],
    ['[^a-z ]', 'abc def', false],
    ['[\\w.-]+@', 'a.b-c@x', true],
    ['(?P<tool>helm|oc) up', 'oc upgrade', true],
    ['a.c', 'a\nc', false],
    ['x|', 'anything', true],
    ['(?i)DROP TABLE', 'drop table users', true],
    ['\\.env', 'xenv', false],
    ['[]]', ']', true],
    ['(ab)*c', 'ababc', true],
    ['a??b', 'b', true],
  ])('%j on %j', (pattern, text, found) => {
    expect(compileRegex(pattern)(text)).toBe(found);
  });

  it('answers as the built-in engine does', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', 'a|b', '(?:ab)', '^', '$', '\\b');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}'))
      .map(([each, times]) => `(?:${each})${times}`);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.stringMatching(/^[ab ]{0,8}$/), (pieces, text) => {
        expect(compileRegex(pieces.join(''))(text)).toBe(new RegExp(pieces.join(''), 'i').test(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time linear in the text for a pattern that backtracks exponentially elsewhere', () => {
    const search = compileRegex('(a+)+$');
    const started = performance.now();
    expect(search(`${'a'.repeat(8_000)}!`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each([
    ['kubectl (?!get)', 'look-around', 'at character 9'],
    ['(?<=x)y', 'look-around', 'at character 1'],
    ['(a)\\1', 'back-reference', 'at character 4'],
    ['a**', 'repeated quantifier', 'at character 3'],
    ['*a', 'without anything to repeat', 'at character 1'],
    ['(a', 'never closed', 'at character 1'],
    ['a)', 'without an opening one', 'at character 2'],
    ['[a', 'never closed', 'at character 1'],
    ['a{2}{3}', 'repeated quantifier', 'at character 5'],
    ['(?:a{1000}){1000}', 'larger than', '2000 steps'],
  ])('refuses %j, naming the position', (pattern, what, at) => {
    const { problem } = compileEntry(pattern);
    expect(problem).toContain(what);
    expect(problem).toContain(at);
  });
});
