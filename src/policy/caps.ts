import type { Amounts } from '#domain/budget.ts';
import { MICROS_PER_USD } from '#domain/budget.ts';
import type { Policy } from '#policy/schema.ts';

/** Caps of one incident in exact units, lowered by what the operator gave at start. */
export function toCaps({ budget }: Pick<Policy, 'budget'>, maxUsd: number | undefined): Amounts {
  const usd = Math.min(budget.usd, maxUsd ?? Number.POSITIVE_INFINITY);
  return { ...budget, usd: Math.floor(usd * MICROS_PER_USD) };
}

/** Caps of the daily ledger that incidents opened by agents share. */
export function toDailyCaps(
  { incidents_opened_by_agents: opened }: Pick<Policy, 'incidents_opened_by_agents'>,
  caps: Amounts,
): Amounts {
  const factor = opened.daily_budget_factor;
  const scaled = Object.entries(caps).map(([kind, cap]) => [kind, Math.floor(cap * factor)]);
  return Object.fromEntries(scaled) as Amounts;
}
