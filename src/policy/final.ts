import type { FixgateError } from '#domain/errors.ts';

/** Dollars that one small read costs, about. */
const USEFUL_USD = 0.01;

/** After a refusal for want of budget: no call at all is possible any more. One that was only too large for the dollars that are left is no such end. */
export function isFinal({ ruleIds, budget }: FixgateError): boolean {
  if (ruleIds.some((rule) => rule.startsWith('daily_'))) return true;
  if (ruleIds.includes('budget/usd') && (budget?.usd_left ?? 0) < USEFUL_USD) return true;
  return ['tool_calls', 'wall_seconds', 'bytes_out'].some((kind) => ruleIds.includes(`budget/${kind}`));
}
