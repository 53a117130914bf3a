import { describe, expect, it } from 'vitest';

import type { Arg } from '#policy/command/words.ts';
import { operandsOf, toUse, valueOf } from '#policy/host-words.ts';

const word = (text: string, kind: Arg['kind'] = 'literal', at = 0): Arg => ({ text, kind, at });

describe('a word as a file', () => {
  it('is what it says where it is literal, whatever the text around it', () => {
    expect(toUse(word('a.ts'), 'rm a*', 'write')).toEqual({ use: 'write', text: 'a.ts', extent: 'name' });
    expect(toUse(word('a.ts'), 'rm a*', 'read', 'deep')).toEqual({ use: 'read', text: 'a.ts', extent: 'deep' });
  });

  it.each(['one', 'many'] as const)('is not known where it is %s', (kind) => {
    expect(toUse(word('src/', kind), 'rm src/$x', 'write')).toEqual({ use: 'write', text: 'src/', extent: 'unknown' });
  });

  it.each<[raw: string, at: number, text: string, pattern: string | undefined]>([
    ['rm src/*.ts', 3, 'src/', 'src/*.ts'],
    ['rm src/*.ts; ls', 3, 'src/', 'src/*.ts'],
    ['rm *', 3, '', '*'],
    // A quoted part belongs to the word, and is not the start of it.
    ['rm "src/"*', 3, 'src/', undefined],
    ['rm s"rc/"*', 3, 'src/', undefined],
    ['rm src/', 3, 'src/', undefined],
    ['rm src/*', 40, 'src/', undefined],
    ['rm  src/*', 3, 'src/', undefined],
    ['rm lib/*', 3, 'src/', undefined],
  ])('is a glob in %j at %i', (raw, at, text, pattern) => {
    expect(toUse(word(text, 'files', at), raw, 'read')).toEqual({
      use: 'read',
      text,
      extent: 'glob',
      ...(pattern !== undefined && { pattern }),
    });
  });
});

describe('operands', () => {
  const texts = (words: readonly Arg[]) => operandsOf(words).map(({ text }) => text);

  it('are the words that are no options, and all behind two dashes', () => {
    expect(texts([word('-r'), word('a'), word('-'), word('--x'), word('b')])).toEqual(['a', '-', 'b']);
    expect(texts([word('-r'), word('a'), word('--'), word('-x'), word('--')])).toEqual(['a', '-x', '--']);
  });

  it('may be words that are not known, though they begin like options', () => {
    expect(texts([word('-x', 'one'), word('-r')])).toEqual(['-x']);
    expect(texts([word('--', 'one'), word('-r'), word('a')])).toEqual(['--', 'a']);
  });
});

describe('the value of an option', () => {
  const NAMES = /^(?:-t|--target)(?=$|=|[^a-z-])/;

  it.each<[words: readonly Arg[], value: string | undefined]>([
    [[word('-t'), word('a')], 'a'],
    [[word('-t=a'), word('b')], 'a'],
    [[word('--target=a=b'), word('c')], 'a=b'],
    [[word('-tA=b')], 'A=b'],
    [[word('x'), word('--target'), word('b')], 'b'],
    [[word('-t', 'one'), word('b')], ''],
    [[word('-t')], undefined],
    [[word('--targets'), word('b')], undefined],
  ])('of %j is %j', (words, value) => {
    expect(valueOf(words, NAMES)?.text).toBe(value);
  });
});
