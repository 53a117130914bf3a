import { expect, it } from 'vitest';

import { parseTextFilter } from '#providers/log-filter.ts';

const text = 'ERROR Payments timeout calling psp-2.internal after 3000ms';

it.each([
  ['', true],
  ['payments PSP', true],
  ['payments refunds', false],
  ['"timeout calling"', true],
  ['"calling timeout"', false],
  ['payments -timeout', false],
  ['payments -refused', true],
  ['-"timeout calling"', false],
  ['payments AND timeout', true],
  ['psp-2', true],
  ['"unclosed phrase', false],
  ['-', true],
])('%j: %s', (search, expected) => {
  expect(parseTextFilter(search)(text)).toBe(expected);
});

it('refuses alternatives, which it cannot search', () => {
  expect(() => parseTextFilter('timeout OR refused')).toThrow(/OR is not understood/);
});
