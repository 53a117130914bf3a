import { describe, expect, it } from 'vitest';

import type { FileWrite } from '#domain/remediation.ts';
import { addedLines, addedText, onAddedLines } from '#policy/added-lines.ts';

const textOf = (lines: readonly string[]) => ({ mode: '100644' as const, content: Buffer.from(lines.join('\n')) });
const change = (before: readonly string[] | undefined, after: readonly string[]): FileWrite => ({
  path: 'a',
  ...(before && { before: { ...textOf(before), oid: '' } }),
  after: textOf(after),
  added: 0,
  removed: 0,
});
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const insert = (lines: readonly string[], ...at: readonly number[]) =>
  lines.flatMap((line, index) => (at.includes(index + 1) ? ['new', line] : [line]));

describe('the added lines of a write', () => {
  it.each<[string, readonly string[] | undefined, readonly string[], readonly string[]]>([
    ['all of a new file', undefined, ['a', 'b'], ['1 a', '2 b']],
    ['none of the same', ['a', 'b'], ['a', 'b'], []],
    ['none of a shorter one', ['a', 'b', 'c'], ['a', 'c'], []],
    ['one between others', ['a', 'b', 'c'], ['a', 'x', 'b', 'c'], ['2 x']],
    ['one that was changed', ['a', 'b', 'c'], ['a', 'x', 'c'], ['2 x']],
    ['no line that moved', ['a', 'b', 'c', 'd'], ['b', 'c', 'a', 'd'], []],
    ['a line that stands once more', ['a', 'b', 'c'], ['a', 'a', 'b', 'a', 'c'], ['2 a', '4 a']],
  ])('are %s', (_case, before, after, added) => {
    expect(addedLines(change(before, after)).map(({ line, text }) => `${line} ${text}`)).toEqual(added);
  });

  it('are none where a file is deleted', () => {
    const { after: _after, ...gone } = change(['a'], []);
    expect(addedLines(gone)).toEqual([]);
    expect(addedText(gone)).toBeUndefined();
  });
});

describe('what is searched of a write', () => {
  it.each<[string, number, readonly number[], readonly [number, number]]>([
    ['two hundred lines on both sides', 1_000, [500], [300, 700]],
    ['no more than there is before', 1_000, [101], [1, 301]],
    ['no more than there is behind', 1_000, [901], [701, 1_001]],
    ['all of a short file', 50, [20], [1, 51]],
    ['what is around the first of lines', 1_000, [1], [1, 201]],
    ['what is between two changes', 1_000, [400, 600], [200, 801]],
  ])('is %s', (_case, count, at, [from, to]) => {
    const after = insert(numbered(count), ...at);
    const found = addedText(change(numbered(count), after));
    const first = found?.first() ?? 0;
    const kept = (text = '') => text.split('\n').flatMap((line, index) => (line === '' ? [] : [first + index]));
    expect(kept(found?.around)).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index));
    expect(kept(found?.alone)).toEqual(at.map((line, index) => line + index));
    expect([...(found?.added ?? [])].map((line) => first + line)).toEqual(at.map((line, index) => line + index));
    expect(found?.around.split('\n').filter((line) => line !== '')).toEqual(after.slice(from - 1, to));
  });

  it('leaves out what is far from all of several changes', () => {
    const after = insert(numbered(2_000), 500, 1_500);
    const found = addedText(change(numbered(2_000), after));
    const around = found?.around.split('\n').filter((line) => line !== '');
    expect(around).toEqual([...after.slice(299, 700), ...after.slice(1_300, 1_701)]);
  });
});

describe('the secrets on added lines', () => {
  const text = 'aa\nbb\ncc\ndd\n';
  const found = (start: number, end: number, ...added: readonly number[]) =>
    onAddedLines([{ start, end, kind: 'token' }], { path: 'a', text, first: () => 11, added: new Set(added) });

  it.each<[number, number, readonly number[], number | undefined]>([
    [0, 2, [0], 11],
    [0, 3, [1], undefined],
    [3, 5, [1], 12],
    [1, 7, [1], 12],
    [1, 7, [2], 13],
    [1, 6, [2], undefined],
    [9, 11, [3], 14],
    [9, 11, [2], undefined],
    [6, 6, [2], 13],
  ])('from %i to %i with %j added: line %s', (start, end, added, line) => {
    expect(found(start, end, ...added)).toEqual(line === undefined ? [] : [{ path: 'a', line, kind: 'token' }]);
  });

  it('come in the order of their lines', () => {
    const spans = [
      { start: 9, end: 11, kind: 'late' },
      { start: 0, end: 2, kind: 'early' },
    ];
    const all = { path: 'a', text, first: () => 1, added: new Set([0, 1, 2, 3]) };
    expect(onAddedLines(spans, all).map(({ kind }) => kind)).toEqual(['early', 'late']);
    expect(onAddedLines([], { ...all, first: () => expect.fail('nothing is found') })).toEqual([]);
  });
});
