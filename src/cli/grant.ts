import type { BudgetKind, Spend } from '#domain/budget.ts';
import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';

/** The most that one grant may add of a kind: far beyond any policy, and exact in sums. */
const MAX_GRANT = 1_000_000_000;
const MAX_GRANT_USD = 10_000;

/** Reads `tool_calls=10,usd=0.5`; dollars become micro-dollars. */
export function parseGrant(text: string): Spend {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const grant: Partial<Record<BudgetKind, number>> = {};
  for (const part of parts) {
    const [name = '', value = '', ...rest] = part.split('=');
    const kind = budgetKinds.find((each) => each === name.trim());
    const amount = amountOf(kind, value.trim());
    if (kind === undefined || amount === undefined || rest.length > 0 || grant[kind] !== undefined) throw bad(part);
    grant[kind] = amount;
  }
  return grant;
}

function amountOf(kind: BudgetKind | undefined, text: string): number | undefined {
  if (kind === 'usd') {
    const usd = /^\d{1,5}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    return usd > 0 && usd <= MAX_GRANT_USD ? Math.round(usd * MICROS_PER_USD) : undefined;
  }
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return count > 0 && count <= MAX_GRANT ? count : undefined;
}

function bad(part: string): FixgateError {
  return new FixgateError('invalid_input', `${JSON.stringify(part.slice(0, 80))} is no amount that can be granted.`, {
    fix: `Write amounts above 0 such as tool_calls=10,usd=0.5; each of ${budgetKinds.join(', ')} at most once.`,
  });
}
