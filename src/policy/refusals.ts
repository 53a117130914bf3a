import type { Amounts, BudgetKind, BudgetView } from '#domain/budget.ts';
import { MICROS_PER_USD, toBudgetView } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Finding } from '#policy/verdict.ts';

/** One refusal out of every finding, so that the caller can mend them all in one go. */
export function findingsError(findings: readonly Finding[], budget: BudgetView): FixgateError {
  const denied = findings.some((finding) => finding.effect === 'deny');
  return new FixgateError(
    denied ? 'policy_denied' : 'approval_required',
    `${joinSentences(findings.map(({ reason }) => reason))} Nothing was done.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: joinSentences([...new Set(findings.map(({ fix }) => fix))]),
      evidence: { findings: findings.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })) },
      budget,
    },
  );
}

/** The refusal of a call that would go past a cap. */
export function exhaustedError(
  exhausted: readonly { readonly kind: BudgetKind; readonly scope: 'incident' | 'daily' }[],
  caps: Amounts,
  used: Amounts,
): FixgateError {
  const reasons = exhausted.map(({ kind, scope }) =>
    scope === 'incident'
      ? `The budget of this incident is used up: ${describe(kind, caps[kind], used[kind])}.`
      : `Today's shared budget of incidents that agents opened in this repository is used up (${kind.replaceAll('_', ' ')}).`,
  );
  return new FixgateError('budget_exhausted', `${joinSentences(reasons)} Nothing was done.`, {
    ruleIds: exhausted.map(({ kind, scope }) => (scope === 'incident' ? `budget/${kind}` : `daily_budget/${kind}`)),
    fix: 'Stop here and hand over to the on-call engineer, who finds everything so far in the report of this incident.',
    evidence: { exhausted: exhausted.map(({ kind, scope }) => ({ kind, scope, cap: caps[kind], used: used[kind] })) },
    budget: toBudgetView(caps, used),
  });
}

function describe(kind: BudgetKind, cap: number, used: number): string {
  const amount = (value: number) => (kind === 'usd' ? `$${(value / MICROS_PER_USD).toFixed(2)}` : `${value}`);
  const unit = kind === 'usd' ? 'estimated spending' : kind.replaceAll('_', ' ');
  return `${amount(used)} of ${amount(cap)} ${unit}`;
}

function joinSentences(sentences: readonly string[]): string {
  return sentences.map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`)).join(' ');
}
