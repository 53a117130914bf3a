import { expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { isFinal } from '#policy/final.ts';

const refused = (ruleIds: readonly string[], usd?: number) =>
  new FixgateError('budget_exhausted', 'Too little is left.', {
    fix: 'Ask a human.',
    ruleIds,
    ...(usd !== undefined && { budget: { usd_left: usd } as never }),
  });

it.each<[readonly string[], number | undefined, boolean]>([
  [['budget/usd'], 0, true],
  [['budget/usd'], 0.009, true],
  [['budget/usd'], 0.01, false],
  [['budget/usd'], 5, false],
  [['budget/usd'], undefined, true],
  [['budget/tool_calls'], 5, true],
  [['budget/wall_seconds'], 5, true],
  [['budget/bytes_out'], 5, true],
  [['budget/patch_attempts'], 0, false],
  [['budget/test_runs', 'budget/test_seconds'], 5, false],
  [['budget/test_runs', 'budget/tool_calls'], 5, true],
  [['daily_usd'], 5, true],
  [['budget/test_runs', 'daily_usd'], 5, true],
  [[], 5, false],
])('a refusal by %j with %j dollars left ends an incident: %s', (rules, usd, final) => {
  expect(isFinal(refused(rules, usd))).toBe(final);
});
