import { describe, expect, it } from 'vitest';

import { verdictOf } from './command-lists.ts';

describe('what stands behind the words that decide', () => {
  it.each([
    ['skopeo copy dir:a docker://b --digestfile dir:x'],
    ['skopeo copy dir:a docker://b --sign-by dir:x'],
    ['python3 -m cProfile /usr/lib/python3.13/timeit.py CODE'],
  ])('%j is refused', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });
});

describe('what sed and awk are told in several words', () => {
  it.each([
    ["sed -e 'a\\' -e 's/x/\ne id\n/#/p' x"],
    ["sed -e 'i\\' -e 's/x/\nw out\n/#/p' x"],
    ['gawk 1 /inet/tcp/0/HOST/80'],
  ])('%j is refused', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });

  it.each([["sed -e '1i\\' -e 'header' x"], ["sed -e 's/a/b/' -e 's/c/d/' x"], ["awk '{ print }' net/inet/x.c"]])(
    '%j is allowed',
    (command) => {
      expect(verdictOf(command)).toBe('allow');
    },
  );
});
