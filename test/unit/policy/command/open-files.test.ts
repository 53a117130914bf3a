import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';

const doubts = (text: string) => analyzeCommand(text).opaque;

describe('an open file', () => {
  it.each<[string, number]>([
    ['sh //dev/stdin', 3],
    ['sh /dev/./stdin', 3],
    ['sh ../../dev/stdin', 3],
    ['awk --file=//dev/stdin f', 4],
    ['make -f//dev/fd/3', 5],
    ['sh //proc/self/fd/0', 3],
    ['cd /dev; sh stdin', 12],
    ['pushd /; sh dev/stdin', 12],
    ['env -C /dev sh stdin', 15],
    ['env --chdir=/proc sh self/fd/0', 21],
    ['cd ../../dev && sh ./fd/0', 19],
  ])('by an unusual name is refused: %s', (text, at) => {
    expect(doubts(text)).toContainEqual({ construct: 'an open file by an unusual name', at });
  });

  it.each(['stdin', 'stdout', 'stderr', 'fd/3'])('that holds code is refused whatever its number: %s', (name) => {
    expect(doubts(`puma -C /dev/${name} 1<<< 'system "npm publish"'`)).not.toEqual([]);
  });

  it.each([
    'cat /dev/stdin',
    'ls packages//dev/stdin.ts',
    'ls x-f//dev/stdin',
    'ls -- x/../dev/stdin',
    'cd /; ls dev/stdin',
    'mycd /dev; sh stdin',
    'cdx /dev; sh stdin',
    'ls /dev; sh stdin',
    'cd src; sh stdin',
    'cd /device; sh stdin',
    '//dev/stdin',
  ])('is no matter in %s', (text) => {
    expect(doubts(text).map(({ construct }) => construct)).not.toContain('an open file by an unusual name');
  });
});
