import type { Action } from '#domain/action.ts';
import type { Amounts, BudgetKind, Spend } from '#domain/budget.ts';
import { testSeconds } from '#domain/remediation.ts';

/** Bytes held for one answer: the most that 8,000 characters may have, in UTF-8. */
export const MAX_RESULT_BYTES = 24_000;

/** Dollars per million tokens when the model is unknown: the fallback that architect uses. */
const USD_PER_MILLION_TOKENS = { input: 3, output: 15 };

/** How often a host sends one tool result to its model again, on average, within a conversation. */
const RESEND_FACTOR = 6;

const BYTES_PER_TOKEN = 4;

/** Estimated cost to the host's model of writing `bytesIn` and reading `bytesOut`, in micro-dollars. */
export function usdMicros({ bytesIn, bytesOut }: { readonly bytesIn: number; readonly bytesOut: number }): number {
  const read = (bytesOut / BYTES_PER_TOKEN) * USD_PER_MILLION_TOKENS.input * RESEND_FACTOR;
  const written = (bytesIn / BYTES_PER_TOKEN) * USD_PER_MILLION_TOKENS.output;
  return Math.ceil(read + written);
}

/** What the agent's model did for a call. */
interface Written {
  readonly bytesIn: number;
  /** What its host's own report of it costs, in micro-dollars; 0 where nothing is reported, or no prices are known. */
  readonly reported: number;
}

/** What an action costs: counts that are never refunded, and amounts held until the actual use is known. */
export function priceOf(
  action: Action,
  { bytesIn, reported }: Written,
): { readonly spend: Spend; readonly hold: Spend } {
  const usd = Math.max(usdMicros({ bytesIn, bytesOut: 0 }), reported);
  const hold = { bytes_out: MAX_RESULT_BYTES };
  switch (action.kind) {
    case 'inspect':
    case 'escalate':
      return { spend: {}, hold: {} };
    case 'read':
      // What a read will scan is known afterwards; it needs only something to be left.
      return {
        spend: { tool_calls: 1, usd },
        hold: action.request.of === 'logs' ? { ...hold, bytes_scanned: 1 } : hold,
      };
    case 'patch':
      return { spend: { tool_calls: 1, usd, patch_attempts: 1 }, hold };
    case 'test':
      return {
        spend: { tool_calls: 1, usd, test_runs: 1 },
        hold: { ...hold, test_seconds: testSeconds(action.plan) },
      };
    case 'publish':
      return { spend: { tool_calls: 1, usd, prs: action.exists ? 0 : 1 }, hold };
  }
}

/** What a call used in the end, of what it held. */
export function usedBy({ bytesOut, bytesScanned = 0 }: { bytesOut: number; bytesScanned?: number }): Spend {
  return {
    bytes_out: bytesOut,
    ...(bytesScanned > 0 && { bytes_scanned: bytesScanned }),
    usd: usdMicros({ bytesIn: 0, bytesOut }),
  };
}

/** The kinds of which too little is left for a price; what is held needs only something to be left. */
export function shortOf({ spend, hold }: ReturnType<typeof priceOf>, used: Amounts, caps: Amounts): BudgetKind[] {
  const kinds = (amounts: Spend) =>
    (Object.entries(amounts) as [BudgetKind, number][]).filter(([, amount]) => amount > 0);
  return [
    ...kinds(spend).filter(([kind, amount]) => used[kind] + amount > caps[kind]),
    ...kinds(hold).filter(([kind]) => used[kind] >= caps[kind]),
  ].map(([kind]) => kind);
}
