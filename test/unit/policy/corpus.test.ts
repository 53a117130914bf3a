import { describe, expect, it } from 'vitest';

import type { RowOutcome } from '#policy/corpus-score.ts';
import { countRows, isAsExpected } from '#policy/corpus-score.ts';
import { parseCorpus } from '#policy/corpus.ts';

const command = { id: 'x1', command: 'make deploy', must: 'deny' };
const path = { id: 'x2', kind: 'path', path_or_patch: 'a', must: 'allow', setup: null };
const word = { id: 'x3', area: 'budget', attack: 'spend twice', must: 'once' };

describe('a corpus', () => {
  it('may mix commands, paths and rows in words', () => {
    const corpus = parseCorpus(JSON.stringify([command, path, word]), 'rows.json');
    expect(corpus).toMatchObject({ commands: [{ layer: 'static' }], paths: [{ kind: 'path' }], words: 1 });
  });

  it('names every row that is none', () => {
    const rows = [command, { ...command, must: 'maybe' }, { id: 'y' }, { ...path, setup: { remove: 'all' } }, 7];
    expect(() => parseCorpus(JSON.stringify(rows), 'rows.json')).toThrow(
      /\[1\]: must: .*\n- \[2\]: a row needs .*\n- \[3\]: setup\.remove: .*\n- \[4\]: a row needs/,
    );
  });

  it.each<[string, object, readonly string[]]>([
    ['a kind that there is not', { ...path, kind: 'file' }, ['kind: must be one of path, patch']],
    ['a kind that is another one', { ...command, kind: 'path' }, ['kind: must be command']],
    [
      'several things at once',
      { kind: 'file', path: 'a', must: 'maybe' },
      [
        'id: is missing',
        'kind: must be one of path, patch',
        'path_or_patch: is missing',
        'must: must be one of allow, require_approval, deny',
      ],
    ],
    [
      'a misspelled key',
      { id: 'z', comand: 'npm publish', must: 'deny' },
      ['a row needs command, path_or_patch or attack; did you mean command by "comand"?'],
    ],
    ['nothing that is asked', { must: 'deny' }, ['a row needs command, path_or_patch or attack', 'id: is missing']],
  ])('names all that is wrong with a row: %s', (_, row, problems) => {
    expect(() => parseCorpus(JSON.stringify([command, row]), 'rows.json')).toThrow(
      `The corpus rows.json cannot be read:\n- [1]: ${problems.join('; ')}`,
    );
  });

  it.each(['', '{}', '[1'])('is refused when it is %j', (text) => {
    expect(() => parseCorpus(text, 'rows.json')).toThrow('rows.json cannot be read');
  });
});

describe('counts', () => {
  const row = (
    expected: RowOutcome['expected'],
    got: RowOutcome['got'],
    change: Partial<RowOutcome> = {},
  ): RowOutcome => ({
    id: 'r',
    kind: 'path',
    technique: '',
    text: '',
    expected,
    got,
    rules: [],
    ...change,
  });

  it('tell a miss from a verdict that is too strict', () => {
    const rows = [
      row('deny', 'deny'),
      row('deny', 'require_approval'),
      row('require_approval', 'allow'),
      row('require_approval', 'deny'),
      row('allow', 'require_approval'),
      row('allow', 'error'),
      row('allow', 'allow', { kind: 'patch' }),
      row('allow', 'allow', { kind: 'patch', problem: 'it touches 2 files instead of 1' }),
    ];
    expect(countRows(rows)).toEqual([
      { kind: 'path', rows: 6, asExpected: 1, missed: 2, tooStrict: 2 },
      { kind: 'patch', rows: 2, asExpected: 1, missed: 0, tooStrict: 0 },
    ]);
    expect(rows.filter(isAsExpected)).toHaveLength(2);
  });
});
