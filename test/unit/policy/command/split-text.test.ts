import { describe, expect, it } from 'vitest';

import { splitText } from '#policy/command/split-text.ts';
import { literal } from '#policy/command/words.ts';

describe('the words of a text that no shell reads', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['  a\t\nb ', ['a', 'b']],
    ['docker -c ; push', ['docker', '-c', ';', 'push']],
    ["a 'b c'd", ['a', 'b cd']],
    ['a "b \'c"', ['a', "b 'c"]],
    ["''", ['']],
    [String.raw`a\ b c`, ['a b', 'c']],
    [String.raw`"a\"b\\c\d"`, [String.raw`a"b\c\d`]],
    [String.raw`'a\b'`, [String.raw`a\b`]],
    ['a # b', ['a', '#', 'b']],
  ])('%j are %j', (text, words) => {
    expect(splitText(literal(text, 3))).toEqual(words.map((word) => literal(word, 3)));
  });
});
