import { describe, expect, it } from 'vitest';

import { awkExecutes, isPerlFilter, sedExecutes } from '#policy/command/scripts.ts';

import { cpuMs } from '../../../support/cpu-time.ts';

describe('an awk program', () => {
  it.each([
    'BEGIN { system("a") }',
    'BEGIN { x = system ("a") }',
    '{ print | "a" }',
    '{ print|"a" }',
    '{ "a" | getline }',
    '{ print |& "a" }',
    '{ @f() }',
    '{ @ f() }',
    '/a/ { print $1 / 2 | "sh" }',
    '{ x = 1 / 2; print | "sh"; y = 3 / 4 }',
    '{ x = (1) / 2; print | "sh"; y = 3 / 4 }',
    '{ x = "a\\\\"; print | "sh" }',
    '{ x = "a" "b"; system("c") }',
    '{ print "a\n" | "sh" }',
    '{ x = "unfinished | b }',
    '/[/]a/ { print | "sh" }',
    '# a\n{ print | "sh" }',
  ])('%j executes', (program) => {
    expect(awkExecutes(program)).toBe(true);
  });

  it.each([
    '{ print }',
    'a || b',
    '/a|b/',
    '/a|b/ { print "c|d" }',
    '!/a|b/',
    '$1 ~ /a|b/',
    '$1 !~ /a|b/ && /c|d/ || /e|f/',
    '{ gsub(/a|b/, "c|d"); sub(/e/, /f|g/) }',
    '{ x = "a\\"|b" }',
    '{ x = "system" }',
    '{ x = "a\n|b" }',
    '# a | b',
    '# system\n{ print } # c | d',
    '/[/|]/',
    '/\\/|a/',
    '{ subsystem = 1 }',
    '{\n  /a|b/ }',
  ])('%j does not', (program) => {
    expect(awkExecutes(program)).toBe(false);
  });
});

describe('a sed script', () => {
  it.each([
    'e',
    'e a',
    '1e a',
    '$!e',
    'w a',
    '1,5W a',
    '/a/e',
    '/a\\/b/e',
    '\\,a,e',
    '\\,a\\,b,e',
    's/a/b/e',
    's/a/b/ge',
    's/a/b/w a',
    's/a/b/ w a',
    's/a/b/W',
    's|a|b|e',
    's/a\\/b/c/e',
    's/a/b\\/c/e',
    's/a\nb/c/e',
    's/a/b/;e',
    's/a/b/}e',
    's/a/b/\ne',
    's',
    's/a/b',
    's\\a\\b\\',
    's\na\nb\n',
    'y/a/b/;e',
    'p;e',
    'p e',
    '{p;e}',
    'a b\ne',
    'a\\\nb\ne',
    'i b\nw c',
    'b a;e',
    ':a;e',
    'ta\ne',
    'T}e',
    '# a\ne',
    'q5;e',
    'k',
    '/a',
    '\\,a',
  ])('%j executes, writes or cannot be followed', (script) => {
    expect(sedExecutes(script)).toBe(true);
  });

  it.each([
    '',
    ';;',
    'p',
    'p; d',
    '1,2p',
    '1~2p',
    '2,+3d',
    '$!N',
    '/e/d',
    '/a/,/w/b',
    '/a\\/e/d',
    '/a/IM,$!d',
    '\\,e,d',
    '\\,a\\,e,Id',
    's/e/w/',
    's/a/b/g',
    's/a/b/2p',
    's/a/b/gI; s/c/d/',
    's|e|w|g',
    's,a\\,e,w,',
    's/a/b\\\nc/',
    's/a/b/}',
    'y/ew/we/',
    '{ p; d }',
    'a e',
    'a\\\nw',
    'a\\\n  e\\\n  w',
    'i e\np',
    'c w',
    'r e',
    'R w',
    ':e; N; be',
    'te;p',
    'Tw}',
    '# e w\np',
    '=; l 5; n; x',
    'q 5',
    'F; z; h; H; g; G; D; P; Q5',
  ])('%j does not', (script) => {
    expect(sedExecutes(script)).toBe(false);
  });
});

it.each([
  ['a sed address', () => sedExecutes(`\\,${'\\a'.repeat(4_000)}`)],
  ['a sed substitution', () => sedExecutes(`s/${'\\a'.repeat(4_000)}`)],
  ['a sed text', () => sedExecutes(`a\n${'/a/'.repeat(2_600)}`)],
  ['an awk string', () => awkExecutes(`"${'\\a'.repeat(4_000)}`)],
  ['an awk expression', () => awkExecutes(`/${'[a]'.repeat(2_600)}`)],
  ['a perl expression', () => isPerlFilter(`s/${'\\a('.repeat(160)}`)],
])('%s that is never closed is decided in a moment', (_, decide) => {
  const started = cpuMs();
  decide();
  expect(cpuMs() - started).toBeLessThan(1_000);
});

describe('a perl program', () => {
  it.each([
    'print',
    ' print ; ',
    'print if /a/',
    'print unless /^a|b$/i',
    'print if /(?:a|b)(?=c)(?!d)/',
    'print if /a\\/b/',
    's/a/b/',
    's/a(b)/$1c$&/gi;',
    's/a/\\$b/',
    `s/${'a'.repeat(494)}//g;`,
  ])('%j only prints or changes lines', (program) => {
    expect(isPerlFilter(program)).toBe(true);
  });

  it.each([
    'system("a")',
    'print `a`',
    'print if /a/; system("b")',
    'x print',
    'print if /$a/',
    'print if /@a/',
    'print if /(?{a})/',
    'print if /(??{a})/',
    'print if /a/e',
    's/a/b/e',
    's/a/$b/',
    's/a/@b/',
    's/a/$1[0]/',
    's/a/$1{b}/',
    's/a/$1->b/',
    's/a/b/; a',
    `s/${'a'.repeat(495)}//g;`,
  ])('%j may do more', (program) => {
    expect(isPerlFilter(program)).toBe(false);
  });
});
