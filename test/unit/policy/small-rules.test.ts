import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { nearest } from '#domain/nearest.ts';
import { refuseChanged } from '#policy/last-moment.ts';
import { listOf, quote } from '#policy/text.ts';

import { sampleIncident } from '../../support/store-samples.ts';

describe('the nearest word', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['max_file', ['max_files', 'max_lines'], 'max_files'],
    ['max_fils', ['max_files', 'max_lines'], 'max_files'],
    ['mode', ['mode'], 'mode'],
    ['mod', ['mode'], 'mode'],
    ['mdoe', ['mode'], 'mode'],
    ['no', ['not'], 'not'],
    ['abcdef', ['abcxyz'], undefined],
    ['abcdef', ['abcdxy'], 'abcdxy'],
    ['abcdef', ['abcdefgh'], 'abcdefgh'],
    ['abcdef', ['abcdefghi'], undefined],
    ['abcdefghi', ['abcdef'], 'abcdef'],
    ['sandbocks', ['sandbox', 'sandbocke'], 'sandbocke'],
    ['abcdef', ['abcdeg', 'abcdeh'], 'abcdeg'],
    ['abcdef', [], undefined],
    ['', ['abc'], undefined],
    ['a', ['xyz'], undefined],
    ['abcdef', ['abcdeg', 'xabcdef'], 'abcdeg'],
  ])('to %j among %j is %j', (word, words, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });
});

describe('untrusted text in quotes', () => {
  it.each([
    ['a "b"', '"a \\"b\\""'],
    ['a\nb', '"a\\nb"'],
    ['a\u007fb\u202ec\ufeff', '"a\\u007fb\\u202ec\\ufeff"'],
    ['x'.repeat(1_024), `"${'x'.repeat(1_024)}"`],
    ['x'.repeat(1_025), `"${'x'.repeat(1_024)}…"`],
  ])('is %j: %#', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});

it.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('lists %j as %j', (items, text) => {
  expect(listOf(items)).toBe(text);
});

describe('what changed at the last moment', () => {
  const before = sampleIncident('PD-1');
  const release = { at: 1, by: 'ada', reason: 'go' };

  it.each<[string, Incident | undefined, Incident | undefined, boolean]>([
    ['nothing', before, before, false],
    ['the title', before, { ...before, title: 'x' }, false],
    ['the severity', before, { ...before, severity: 'SEV3' }, true],
    ['its confirmation', before, { ...before, severityConfirmed: true }, true],
    ['a release', before, { ...before, release }, true],
    ['a release that is gone', { ...before, release }, before, true],
    ['another release', { ...before, release }, { ...before, release: { ...release, at: 2 } }, true],
    ['the reason of a release', { ...before, release }, { ...before, release: { ...release, reason: 'x' } }, false],
    ['a record that was not there', undefined, before, false],
    ['a record that is gone', before, undefined, false],
  ])('%s: %#', (_, judged, now, refused) => {
    const act = () => refuseChanged(judged, now);
    expect(errorOf(act)).toEqual(
      refused
        ? [
            'conflict',
            'Somebody changed the severity of PD-1 while this was judged. Nothing was done.',
            'Repeat the call: it is judged by what holds now.',
          ]
        : [],
    );
  });
});

function errorOf(act: () => void): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof FixgateError) return [error.code, error.message, error.fix];
    throw error;
  }
  return [];
}
