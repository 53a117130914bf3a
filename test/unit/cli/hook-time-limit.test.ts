import { expect, it } from 'vitest';

import { withinTime } from '#cli/hook/time-limit.ts';
import { FixgateError } from '#domain/errors.ts';

it('stops an expression that backtracks without end, and says so [hook:time:limit]', () => {
  const began = performance.now();
  expect(() => withinTime(() => /^(a+)+$/.test(`${'a'.repeat(40)}!`), 100)).toThrow(
    expect.objectContaining({
      code: 'timeout',
      message: 'The call could not be judged within 100 ms. Nothing was done.',
    }),
  );
  expect(performance.now() - began).toBeLessThan(2_000);
});

it('answers what the work answers, and throws what it throws', () => {
  const error = new FixgateError('conflict', 'no', { fix: 'None.' });
  expect(withinTime(() => [1])).toEqual([1]);
  expect(() =>
    withinTime(() => {
      throw error;
    }),
  ).toThrow(error);
});
