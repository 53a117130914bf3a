import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileEntry } from '#policy/command/entry.ts';
import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';

import { cpuMs } from '../../../support/cpu-time.ts';

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
    ['^a*?b$', 'aab', true],
    ['^a++b$', 'aab', true],
    ['^a{2,}b$', 'aaaab', true],
    ['^a{2,}b$', 'ab', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{,2}$', '', true],
    ['^a{,2}$', 'aaa', false],
    ['^a{0}b$', 'b', true],
    ['^a{10,12}$', 'a'.repeat(11), true],
    ['^a{10,12}$', 'a'.repeat(13), false],
    ['^a{12}$', 'a'.repeat(12), true],
    ['^a{12}$', 'a', false],
    ['^a{}$', 'a{}', true],
    ['^a{,}$', 'a{,}', true],
    ['^a{b$', 'a{b', true],
    ['^a{1$', 'a{1', true],
    ['^a}$', 'a}', true],
    ['^a?$', '', true],
    ['^a?$', 'aa', false],
    ['^a+$', '', false],
    ['^a+$', 'aaa', true],
    ['^a*$', '', true],
    ['^(?:a|bc|d)$', 'bc', true],
    ['^(?:a|bc|d)$', 'd', true],
    ['^(?:a|bc|d)$', 'c', false],
    ['^(?:a||d)b$', 'b', true],
    ['^(a|b){2}$', 'ab', true],
    ['^(?:a(?:b(?:c)?)?)?$', 'abc', true],
    ['^(?:a(?:b(?:c)?)?)?$', 'ac', false],
    ['(?si)a', 'A', true],
    ['(?<tool>a)b', 'ab', true],
    ['(?P<tool_1>a)b', 'ab', true],
    ['a.c', 'abc', true],
    ['a.c', 'ac', false],
    ['\\Aa\\Z', 'a', true],
    ['\\Aa', 'ba', false],
    ['a\\z', 'ab', false],
    ['a\\Z', 'ab', false],
    ['a$', 'a\n', true],
    ['a$', 'a\nb', false],
    ['a$', 'ab', false],
    ['^b', 'a\nb', false],
    ['\\Bb', 'ab', true],
    ['\\Bb', 'a b', false],
    ['\\bb', 'a b', true],
    ['\\bb', 'ab', false],
    ['b\\b', 'b', true],
    ['b\\B', 'b', false],
    ['b\\b', 'b_', false],
    ['\\d', '7', true],
    ['\\d', 'a', false],
    ['\\D', '7', false],
    ['\\W', 'a', false],
    ['\\W', '-', true],
    ['\\s', '\t', true],
    ['\\S', ' ', false],
    ['\\t\\n\\r\\f\\v\\0', '\t\n\r\f\v\0', true],
    ['\\x41', 'a', true],
    ['\\x41', 'x41', false],
    ['^\\x2F1$', '/1', true],
    ['\\u00e9', 'É', true],
    ['\\u00e9', 'u00e9', false],
    ['\\/\\-\\.', '/-.', true],
    ['\\\\', '\\', true],
    ['É', 'é', true],
    ['[é]', 'É', true],
    ['[a-c]', 'B', true],
    ['[A-C]', 'b', true],
    ['[b-c]', 'a', false],
    ['[a-b]', 'c', false],
    ['[a-b]', 'b', true],
    ['[a-a]', 'a', true],
    ['[A-_]', 'b', true],
    ['[^A-C]', 'b', false],
    ['[^\\d]', '7', false],
    ['[^]]', ']', false],
    ['[^]]', 'a', true],
    ['[\\x61-\\x63]', 'b', true],
    ['[\\x61-c]', '-', false],
    ['[\\x00-\\x1f]', '\u0007', true],
    ['[+-\\/]', '.', true],
    ['[\\--\\/]', '.', true],
    ['[\\w-.]', '-', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[a-]', 'b', false],
    ['[\\x41-]', 'a', true],
    ['[\\]x]', ']', true],
    ['[.*]', 'a', false],
    ['[\\n]', '\n', true],
    ['^[ab]*$', 'abc', false],
    ['^[ab]+c$', 'abac', true],
    ['', '', true],
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
    const started = cpuMs();
    expect(search(`${'a'.repeat(8_000)}!`)).toBe(false);
    expect(cpuMs() - started).toBeLessThan(1_000);
  });

  it.each([
    ['kubectl (?!get)', 'look-around, which has no linear-time form, at character 9'],
    ['(?=x)', 'look-around, which has no linear-time form, at character 1'],
    ['(?<=x)y', 'look-around, which has no linear-time form, at character 1'],
    ['a(?<!x)y', 'look-around, which has no linear-time form, at character 2'],
    ['(a)\\1', 'a back-reference, which has no linear-time form, at character 4'],
    ['(?<a>b)\\k<a>', 'a back-reference, which has no linear-time form, at character 8'],
    ['a**', 'a repeated quantifier at character 3'],
    ['a+?+', 'a repeated quantifier at character 4'],
    ['a{2}{3}', 'a repeated quantifier at character 5'],
    ['*a', 'a quantifier without anything to repeat at character 1'],
    ['a|+', 'a quantifier without anything to repeat at character 3'],
    ['(?', 'an unsupported kind of group at character 1'],
    ['a(?>b)', 'an unsupported kind of group at character 2'],
    ['a(?', 'an unsupported kind of group at character 2'],
    ['x(?i:b)', 'an unsupported kind of group at character 2'],
    ['(?P<a', 'an unsupported kind of group at character 1'],
    ['(a', 'a group that is never closed at character 1'],
    ['a)', 'a closing parenthesis without an opening one at character 2'],
    ['[a', 'a set that is never closed at character 1'],
    ['b[', 'a set that is never closed at character 2'],
    ['[a-', 'a set that is never closed at character 1'],
    ['[^', 'a set that is never closed at character 1'],
    ['[z-a]', 'a range that is not plain at character 3'],
    ['[+-\\w]', 'a range that is not plain at character 3'],
    ['[\\x63-a]', 'a range that is not plain at character 6'],
    ['[\\x61-', 'a set that is never closed at character 1'],
    ['a{3,2}', 'a quantifier whose bounds are out of order at character 7'],
    ['a\\', 'a backslash at the end at character 2'],
    ['\\q', 'the unsupported escape \\q at character 1'],
    ['a\\xzz', 'the unsupported escape \\x at character 2'],
    ['a\\u12g4', 'the unsupported escape \\u at character 2'],
    ['[\\8]', 'the unsupported escape \\8 at character 2'],
    [`${'('.repeat(65)}${')'.repeat(65)}`, 'more than 64 nested groups at character 65'],
    ['(?:a{1000}){1000}', 'the expression is larger than 2000 steps'],
    ['a{99999999}', 'the expression is larger than 2000 steps'],
    ['(){99999999}', 'the expression is larger than 2000 steps'],
    ['(?:){0,99999999}', 'the expression is larger than 2000 steps'],
  ])('refuses %j: %s', (pattern, what) => {
    expect(compileEntry(pattern).problem).toBe(`the regular expression cannot be used: ${what}`);
  });

  it('may have 64 nested groups, and any number beside each other', () => {
    expect(compileRegex(`^${'('.repeat(64)}a${')'.repeat(64)}$`)('a')).toBe(true);
    expect(compileRegex(`^${'(a)'.repeat(65)}$`)('a'.repeat(65))).toBe(true);
  });

  it('may have 2,000 steps: one for each character, alternative and end', () => {
    expect(compileRegex(`^${'a'.repeat(1_997)}`)('a'.repeat(1_997))).toBe(true);
    expect(() => compileRegex(`^${'a'.repeat(1_998)}`)).toThrow(RegexProblem);
  });

  it('names its problems', () => {
    expect(new RegexProblem('x').name).toBe('RegexProblem');
  });
});
