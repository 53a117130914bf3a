import type { Approval } from '#domain/approval.ts';
import type { Amounts, BudgetKind, BudgetView } from '#domain/budget.ts';
import { MICROS_PER_USD, toBudgetView } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Finding } from '#policy/verdict.ts';

/** One refusal out of every finding, so that the caller can mend them all in one go. */
export function findingsError(findings: readonly Finding[], budget: BudgetView): FixgateError {
  const denied = findings.some((finding) => finding.effect === 'deny');
  return new FixgateError(
    denied ? 'policy_denied' : 'approval_required',
    `${oneLine(joinSentences(findings.map(({ reason }) => reason)))} Nothing was done.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: oneLine(joinSentences([...new Set(findings.map(({ fix }) => fix))])),
      evidence: { findings: findings.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })) },
      budget,
    },
  );
}

/** The answer to a call that waits for a human: who is asked, for what, until when. */
export function pendingError(
  findings: readonly Finding[],
  budget: BudgetView,
  { asked, mode }: { readonly asked: Approval; readonly mode: 'signed' | 'advisory' | 'none' },
): FixgateError {
  const { id, expiresAt } = asked;
  const until = new Date(expiresAt).toISOString();
  const reasons = oneLine(joinSentences(findings.map(({ reason }) => reason)));
  const nobody = mode === 'none';
  return new FixgateError(
    'approval_required',
    `${reasons} It needs the approval of a human: ${id}, until ${until}. Nothing was done.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: nobody
        ? `Nobody can approve on this server, because no approvers are configured: ${oneLine(joinSentences([...new Set(findings.map(({ fix }) => fix))]))}`
        : `Ask the on-call engineer to run \`fixgate approve ${id} --reason "…"\`, then repeat exactly this call.`,
      evidence: {
        approval_id: id,
        expires_at: until,
        findings: findings.map(({ rule, effect, fix, evidence }) => ({ rule, effect, fix, ...evidence })),
      },
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
  const reasons = exhausted.map(({ kind, scope }) => {
    if (scope === 'daily')
      return `Today's shared budget of incidents that agents opened in this repository is used up (${kind.replaceAll('_', ' ')}).`;
    const word = used[kind] < caps[kind] ? 'has too little left for this call' : 'is used up';
    return `The budget of this incident ${word}: ${describe(kind, caps[kind], used[kind])}.`;
  });
  const tooLarge = exhausted.every(({ kind, scope }) => scope === 'incident' && used[kind] < caps[kind]);
  return new FixgateError('budget_exhausted', `${joinSentences(reasons)} Nothing was done.`, {
    ruleIds: exhausted.map(({ kind, scope }) => (scope === 'incident' ? `budget/${kind}` : `daily_budget/${kind}`)),
    fix: tooLarge
      ? 'Send a call with shorter arguments, or hand over to the on-call engineer.'
      : 'Stop here and hand over to the on-call engineer, who finds everything so far in the report of this incident.',
    evidence: { exhausted: exhausted.map(({ kind, scope }) => ({ kind, scope, cap: caps[kind], used: used[kind] })) },
    budget: toBudgetView(caps, used),
  });
}

function describe(kind: BudgetKind, cap: number, used: number): string {
  const amount = (value: number) => (kind === 'usd' ? `$${(value / MICROS_PER_USD).toFixed(2)}` : `${value}`);
  const unit = kind === 'usd' ? 'estimated spending' : kind.replaceAll('_', ' ');
  return `${amount(used)} of ${amount(cap)} ${unit}`;
}

/** Globs and commands of a repository's own policy are untrusted: none may begin a line of a refusal. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function joinSentences(sentences: readonly string[]): string {
  return sentences.map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`)).join(' ');
}
