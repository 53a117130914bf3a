import { describe, expect, it } from 'vitest';

import { readUnknown } from '#policy/host-unknown.ts';

const nest = (levels: number, leaf: unknown): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => ({ a: inner }), leaf);
const told = (input: unknown) => {
  const facts = readUnknown(input as Readonly<Record<string, unknown>>);
  return facts.kind === 'unknown' ? facts.texts : facts.kind;
};

describe('the arguments of a tool that is not known', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['a word', { a: ' one ' }, ['one']],
    ['a sentence that begins like a file', { a: './ is where we are' }, ['./ is where we are']],
    ['a text with a bracket inside', { a: 'x [1]' }, ['x [1]']],
    ['a text that only looks like JSON', { a: '[x' }, ['[x']],
    ['texts in quotes', { a: '"one"', b: '"[x"' }, ['"one"', '"[x"']],
    ['texts inside of JSON', { a: '["one", {"b": "two"}]' }, ['one', 'two']],
    ['each of several lines', { a: 'one two\n\n  three\r\nfour\rfive' }, ['one two', 'three', 'four', 'five']],
    ['several lines of JSON', { a: '{"b": "one"}\n["two"]' }, ['one', 'two']],
    ['lines beside comments and fences', { a: 'one\n// x\n/**\n ~~~js\n~~~\n//' }, ['one']],
    ['a comment in which a shell would find a command', { a: 'one\n// ; a b' }, ['one', '// ; a b']],
    ['words longer than any path', { a: `x ${'y'.repeat(4_096)}` }, [`x ${'y'.repeat(4_096)}`]],
    ['an address behind other words', { a: 'see https://example.com' }, ['see https://example.com']],
    ['keys that may be names', { a: { 'b.txt': 1 } }, ['b.txt']],
    ['a text as long as a path can be', { a: 'x'.repeat(4_096) }, ['x'.repeat(4_096)]],
    [
      'as many values as are looked at',
      { a: Array.from({ length: 4_998 }, () => 'x') },
      Array.from({ length: 4_998 }, () => 'x'),
    ],
    ['the deepest value that is looked at', nest(16, 'x'), ['x']],
  ])('are handed on to be looked up: %s', (_case, input, texts) => {
    expect(told(input)).toEqual(texts);
  });

  it.each<[string, unknown]>([
    ['numbers', { a: 7, b: null, c: true }],
    ['an address', { a: 'https://example.com/a.b' }],
    ['a text longer than any path', { a: 'x'.repeat(4_097) }],
    ['no text', { a: ' ' }],
    ['no files', { files: [], path: '', cwd: null }],
  ])('are ignored when they are %s', (_case, input) => {
    expect(told(input)).toBe('ignored');
  });

  it.each<[string, unknown]>([
    ['a file', { a: './b' }],
    ['a file with a blank', { a: '/b c' }],
    ['a file with a blank and a longer word', { a: '/b cd' }],
    ['a file in JSON', { a: ' {"b": "/c"} ' }],
    ['a file in a key', { '/a': 1 }],
    ['what says that it is one', { files: { length: 0 } }],
    ['a list of them', { files: ['x'] }],
    ['a command', { a: 'rm x' }],
    ['a command longer than any path', { a: `rm -f ${'x'.repeat(4_096)}` }],
    ['a command in one of several lines', { a: 'one\nrm x\ntwo' }],
    ['a command behind a carriage return', { a: 'one\rrm x' }],
    ['a file in one of several lines', { a: 'one\n  ./b\n' }],
    ['a file behind a comment', { a: '// one\n/b' }],
    ['lines within JSON', { a: '["one\\n./b"]' }],
    ['more lines than are looked at', { a: 'x\n'.repeat(5_000) }],
    ['more values than are looked at', { a: Array.from({ length: 4_999 }, () => 'x') }],
    ['values that are too deep', nest(17, 'x')],
    ['values that are too deep in JSON', nest(15, '[["x"]]')],
  ])('are refused when they name %s', (_case, input) => {
    expect(told(input)).toBe('refused');
  });
});
