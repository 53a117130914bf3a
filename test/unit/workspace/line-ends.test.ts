import { expect, it } from 'vitest';

import { lineCount, returnsWithin } from '#workspace/line-ends.ts';

it.each([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\nb', 2],
  ['a\r\nb\r\n', 2],
  ['a\rb\rc', 3],
  ['a\rb\rc\r', 3],
  ['a\rb\r\nc\n', 3],
  ['a\r\r\n', 2],
  ['\r\r\r', 3],
  ['\n\n', 2],
  ['\r\n', 1],
])('%j has %i lines, whichever way they end [gate:caps:lines]', (text, count) => {
  expect(lineCount(Buffer.from(text))).toBe(count);
});

it.each([
  ['a\rb', 0, 3, 1],
  ['a\rb\r', 0, 4, 1],
  ['\r', 0, 1, 0],
  ['\r', 0, 0, 0],
  ['\r\ra\r\r', 2, 3, 0],
])('%j from %i to %i has %i line ends of its own', (text, start, end, count) => {
  expect(returnsWithin(Buffer.from(text), start, end)).toBe(count);
});
