import type { Approval } from '#domain/approval.ts';
import { asSentence } from '#domain/as-sentence.ts';
import type { Amounts, BudgetKind, BudgetView } from '#domain/budget.ts';
import { MICROS_PER_USD, toBudgetView } from '#domain/budget.ts';
import type { Retry } from '#domain/errors.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { Risk } from '#domain/risk.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import type { EffectiveAutonomy } from '#policy/autonomy.ts';
import type { Trip } from '#policy/breakers.ts';
import type { Finding } from '#policy/verdict.ts';

/** One refusal out of every finding, so that the caller can mend them all in one go. */
export function findingsError(findings: readonly Finding[], budget: BudgetView): FixgateError {
  const denied = findings.some((finding) => finding.effect === 'deny');
  const retry = retryOf(findings);
  return new FixgateError(
    denied ? 'policy_denied' : 'approval_required',
    `${oneLine(joinSentences(findings.map(({ reason }) => reason)))} Nothing was done.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: fixOf(findings),
      evidence: { findings: findings.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })) },
      budget,
      ...(retry && { retry }),
    },
  );
}

/** Every way forward once; where nobody is asked, handing over is one of them, and where no call can help, nothing else is worth mending. */
function fixOf(all: readonly Finding[]): string {
  const hopeless = all.filter(({ retry }) => retry === 'never');
  const findings = hopeless.length > 0 ? hopeless : all;
  const isUnasked = findings.some(({ fix, unasked }) => fix === unasked);
  const handOver = isUnasked ? ['Otherwise hand over with escalate.'] : [];
  return oneLine(joinSentences([...new Set(findings.map(({ fix }) => fix)), ...handOver]));
}

/** From the hardest to mend to the easiest. */
const RETRIES: readonly Retry[] = ['never', 'later', 'after_approval', 'after_change'];

/** The finding that is hardest to mend decides whether a repetition helps. */
function retryOf(findings: readonly Finding[]): Retry | undefined {
  return RETRIES.find((retry) => findings.some((each) => each.retry === retry));
}

/** Which incident is handed over, what a human is asked, and how the answer is proved. */
interface HighRisk {
  readonly incidentId: string;
  readonly asked?: Approval | undefined;
  readonly mode: ApprovalProof['mode'];
}

/** The refusal of a change whose risk ends the agent's work: a human decides about exactly this tree. */
export function highRiskError(
  findings: readonly Finding[],
  budget: BudgetView,
  { incidentId, asked, mode }: HighRisk,
): FixgateError {
  const proof = ` --reason "…"${keyOption(mode)}`;
  return new FixgateError(
    'policy_denied',
    `${oneLine(joinSentences(findings.map(({ reason }) => reason)))} The incident is handed over. Nothing was published.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: `Stop and tell the on-call engineer, who may allow exactly this tree with \`fixgate approve ${asked?.id ?? 'APPROVAL'}${proof}\` and \`fixgate resume ${incidentId}${proof}\`.${keysFirst(mode)}`,
      retry: 'never',
      evidence: {
        ...(asked && { approval_id: asked.id, expires_at: new Date(asked.expiresAt).toISOString() }),
        findings: findings.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })),
      },
      budget,
    },
  );
}

/** The same refusal of a call that does not fit, once a breaker has counted too many like it: first the caller waits, then mends the call. */
export function pausedError({ rule, reason, fix, retry }: Trip, error: FixgateError): FixgateError {
  const { code, message, evidence, cause } = error;
  return new FixgateError(code, `${message} ${reason}`, {
    ruleIds: [...error.ruleIds, rule],
    fix: `${fix} Then ${error.fix.charAt(0).toLowerCase()}${error.fix.slice(1)}`,
    retry,
    evidence,
    cause,
  });
}

/** The same refusal, saying which input bounds what the agent may do and how risky the change is. */
export function withStanding(
  error: FixgateError,
  { autonomy, risk }: { readonly autonomy: EffectiveAutonomy; readonly risk: Risk | undefined },
): FixgateError {
  const { code, message, fix, ruleIds, evidence, retry, budget, cause } = error;
  const score = risk && { risk: { score: risk.score, band: risk.band } };
  const standing = { autonomy: toAutonomyData(autonomy), ...score };
  return new FixgateError(code, message, {
    fix,
    ruleIds,
    retry,
    cause,
    evidence: { ...evidence, ...standing },
    ...(budget && { budget }),
  });
}

/** How records name it. */
export function toAutonomyData({ level, boundBy }: EffectiveAutonomy): Json {
  return { level, bound_by: boundBy };
}

/** The answer to a call that waits for a human: who is asked, for what, until when. */
export function pendingError(
  findings: readonly Finding[],
  budget: BudgetView,
  { asked, mode }: { readonly asked: Approval; readonly mode: ApprovalProof['mode'] },
): FixgateError {
  const { id, expiresAt } = asked;
  const until = new Date(expiresAt).toISOString();
  const reasons = oneLine(joinSentences(findings.map(({ reason }) => reason)));
  const nobody = mode === 'none';
  const retry = retryOf(findings);
  return new FixgateError(
    'approval_required',
    `${reasons} It needs the approval of a human: ${id}, until ${until}. Nothing was done.`,
    {
      ruleIds: [...new Set(findings.map(({ rule }) => rule))],
      fix: nobody
        ? `${fixOf(findings)} Nobody can approve on this server.${keysFirst(mode)}`
        : `Ask the on-call engineer to run \`fixgate approve ${id} --reason "…"${keyOption(mode)}\`, then repeat exactly this call.`,
      ...(retry && { retry }),
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
    return `The budget of this incident ${word}: ${describeUse(kind, caps[kind], used[kind])}.`;
  });
  const tooLarge = exhausted.every(({ kind, scope }) => scope === 'incident' && used[kind] < caps[kind]);
  return new FixgateError('budget_exhausted', `${joinSentences(reasons)} Nothing was done.`, {
    ruleIds: exhausted.map(({ kind, scope }) => (scope === 'incident' ? `budget/${kind}` : `daily_budget/${kind}`)),
    fix: tooLarge
      ? 'Send a call with shorter arguments, or hand over to the on-call engineer.'
      : afterExhausted(new Set(exhausted.map(({ kind, scope }) => (scope === 'incident' ? kind : scope)))),
    evidence: { exhausted: exhausted.map(({ kind, scope }) => ({ kind, scope, cap: caps[kind], used: used[kind] })) },
    budget: toBudgetView(caps, used),
  });
}

/** What is left to do: what was changed before can still be tested and published. */
function afterExhausted(what: ReadonlySet<BudgetKind | 'daily'>): string {
  const handOver = 'hand over to the on-call engineer, who finds everything so far in the report of this incident';
  if (what.size === 1 && what.has('patch_attempts'))
    return `Unless its tests failed, finish with the change that is there, by run_tests and open_pr; else ${handOver}.`;
  return `Stop here and ${handOver}.`;
}

/** Such as `31 of 40 tool calls`. */
export function describeUse(kind: BudgetKind, cap: number, used: number): string {
  const amount = (value: number) => (kind === 'usd' ? `$${(value / MICROS_PER_USD).toFixed(2)}` : `${value}`);
  const unit = kind === 'usd' ? 'estimated spending' : kind.replaceAll('_', ' ');
  return `${amount(used)} of ${amount(cap)} ${unit}`;
}

/** Globs and commands of a repository's own policy are untrusted: none may begin a line of a refusal. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function joinSentences(sentences: readonly string[]): string {
  return sentences.map(asSentence).join(' ');
}

/** Whether an incident was handed over or is over. */
export function isEnded({ state }: Incident): boolean {
  return state === 'escalated' || state === 'closed';
}

/** A refusal for an incident that was handed over or is over: nothing more is done for it. */
export function endedError(incident: Incident): FixgateError {
  if (incident.state !== 'closed') return escalatedError(incident);
  const { resolution = 'resolved', reason = '' } = incident.closure ?? {};
  return new FixgateError(
    'policy_denied',
    joinSentences([
      `Incident ${incident.id} was closed by a human (${resolution.replace('_', ' ')})${reason === '' ? '' : `: ${oneLine(reason.slice(0, 500))}`}`,
      'Nothing was done.',
    ]),
    {
      ruleIds: ['incident/closed'],
      fix: `Stop working on ${incident.id}; when the trouble is back, ask the on-call engineer to open a new incident.`,
      retry: 'never',
    },
  );
}

/** A refusal for an incident that was handed over: nothing more is done for it. */
export function escalatedError(incident: Incident): FixgateError {
  const reason = incident.escalation?.reason ?? 'it was handed over to a human';
  const message = joinSentences([`Incident ${incident.id} was escalated: ${oneLine(reason)}`, 'Nothing was done.']);
  return new FixgateError('policy_denied', message, {
    ruleIds: ['incident/escalated'],
    fix: `Stop working on ${incident.id} and tell the on-call engineer to read \`fixgate report ${incident.id}\`.`,
    retry: 'never',
    evidence: { escalated_by: incident.escalation?.ruleId ?? 'human' },
  });
}
