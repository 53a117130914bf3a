import { expect, it } from 'vitest';

import { toPlainArgv } from '#policy/plain-argv.ts';

it.each<[string, readonly string[] | undefined]>([
  ['npm test', ['npm', 'test']],
  ["npx tsc -p 'my config.json'", ['npx', 'tsc', '-p', 'my config.json']],
  [String.raw`a b\ c "d e"`, ['a', 'b c', 'd e']],
  ['  npm   run  lint ', ['npm', 'run', 'lint']],
  ['', undefined],
  ['# only a comment', undefined],
  ['a && b', undefined],
  ['a; b', undefined],
  ['a | b', undefined],
  ['a &', undefined],
  ['a > b', undefined],
  ['> b a', undefined],
  ['a 2>&1', undefined],
  ['a <<< b', undefined],
  ['a b < c d', undefined],
  ['f() { a; }', undefined],
  ['(a)', undefined],
  ['! a', undefined],
  ['a=1', undefined],
  ['A=1 b', undefined],
  ['a $B', undefined],
  ['a "$(b)"', undefined],
  ['a *.js', undefined],
  ['~/bin/a', undefined],
  ['a ~', undefined],
  ['if a; then b; fi', undefined],
  ["a 'b", undefined],
])('%j is %j', (text, argv) => {
  expect(toPlainArgv(text)).toEqual(argv);
});
