import { describe, expect, it } from 'vitest';

import { namedOption } from '#policy/command/named-options.ts';

const options = { long: 'checkpoint-action exec', itself: 'checkpoint', letters: 'xI', values: 'f' };

describe('an option that is looked for', () => {
  it.each([
    ['--exec', undefined, true],
    ['--exec=a b', 'a b', true],
    ['--exec=', undefined, true],
    ['--ex', undefined, false],
    ['--e=a=b', 'a=b', false],
    ['--checkpoint-a=x', 'x', false],
    ['-x', undefined, true],
    ['-xa', 'a', false],
    ['-yx', undefined, false],
    ['-y1xa b', 'a b', false],
  ])('is found in %j [gate:commands:blocked]', (text, glued, exact) => {
    expect(namedOption(text, options)).toEqual({ glued, exact });
  });

  it.each([
    '--checkpoint',
    '--checkpoint=1',
    '--execute',
    '--',
    '-',
    '--=x',
    'x',
    '-fx',
    '-y',
    '-y=x',
    '-X',
    '---exec',
    'x-x',
    'a--exec',
  ])('is not found in %j [gate:commands:mention]', (text) => {
    expect(namedOption(text, options)).toBeUndefined();
  });

  it('has no letters and no names when none are given [gate:commands:mention]', () => {
    expect(namedOption('-x', {})).toBeUndefined();
    expect(namedOption('--x', {})).toBeUndefined();
  });
});
