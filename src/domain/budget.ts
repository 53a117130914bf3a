/** What one incident may spend. `usd` is counted in micro-dollars, so that sums are exact. */
export const budgetKinds = [
  'tool_calls',
  'patch_attempts',
  'test_runs',
  'test_seconds',
  'wall_seconds',
  'bytes_out',
  'bytes_scanned',
  'prs',
  'usd',
] as const;

/** Bytes of logs that back ends may read for one incident when its policy does not say: at CloudWatch's price, 25 cents. */
export const DEFAULT_BYTES_SCANNED = 50_000_000_000;

/** One kind of spending. */
export type BudgetKind = (typeof budgetKinds)[number];

/** Whole units per kind; `usd` in micro-dollars. */
export type Amounts = Readonly<Record<BudgetKind, number>>;

/** Part of the kinds, such as the price of one call. */
export type Spend = Readonly<Partial<Record<BudgetKind, number>>>;

/** What is left of an incident's budget, as callers read it: `usd` in dollars, the rest in whole units. */
export type BudgetView = Readonly<Record<`${BudgetKind}_left`, number>>;

/** Micro-dollars in one dollar. */
export const MICROS_PER_USD = 1_000_000;

/** Renders caps minus use for a caller; never below zero. */
export function toBudgetView(caps: Amounts, used: Amounts): BudgetView {
  const left = (kind: BudgetKind) => Math.max(0, caps[kind] - used[kind]);
  return {
    tool_calls_left: left('tool_calls'),
    patch_attempts_left: left('patch_attempts'),
    test_runs_left: left('test_runs'),
    test_seconds_left: left('test_seconds'),
    wall_seconds_left: left('wall_seconds'),
    bytes_out_left: left('bytes_out'),
    bytes_scanned_left: left('bytes_scanned'),
    prs_left: left('prs'),
    usd_left: Math.round((left('usd') / MICROS_PER_USD) * 10_000) / 10_000,
  };
}
