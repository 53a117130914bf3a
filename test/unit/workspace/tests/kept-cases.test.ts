import { expect, it } from 'vitest';

import { keptCases } from '#workspace/tests/kept-cases.ts';

it('keeps the first 500 tests that passed or were skipped by name', () => {
  const passed = { test: 'a', file: 'a.test.js', outcome: 'passed' as const, seconds: 0.5 };
  const skipped = { test: 'b', outcome: 'skipped' as const };
  expect(keptCases([passed, { test: 'c', outcome: 'failed' }, skipped])).toEqual([passed, skipped]);
  expect(keptCases(Array.from({ length: 900 }, () => passed))).toHaveLength(500);
});

it('is absent where the runner names none', () => {
  expect(keptCases([])).toBeUndefined();
  expect(keptCases([{ test: 'c', outcome: 'failed' }])).toBeUndefined();
});
