// The only place where an action becomes a permit. Whatever an agent, a log line or a patch says, an effect needs a
// Permit, a Permit needs `admit`, and `admit` judges, spends and records in that order.

import type { Action, ActionKind, ActionOf } from '#domain/action.ts';
import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import type { Amounts, BudgetKind, BudgetView, Spend } from '#domain/budget.ts';
import { MICROS_PER_USD, toBudgetView } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { Approvals } from '#policy/approvals.ts';
import { subjectOf } from '#policy/approvals.ts';
import { toAuditData } from '#policy/audit-data.ts';
import { priceOf, usdMicros } from '#policy/price.ts';
import { exhaustedError, findingsError, pendingError } from '#policy/refusals.ts';
import type { Policy } from '#policy/schema.ts';
import { toCaps, toDailyCaps } from '#policy/schema.ts';
import type { Finding, Guard, Permit, Verdict } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** One attempt to act. */
export interface Attempt {
  readonly incident: Incident;
  readonly callId: string;
  readonly tool: string;
  readonly actor: string;
  /** Size of the arguments, in bytes: what the agent had to write. */
  readonly bytesIn: number;
}

/** How an admitted call ended. */
export interface Ending {
  readonly ok: boolean;
  readonly summary: string;
  /** Size of the answer, in bytes: what the agent has to read. */
  readonly bytesOut: number;
  readonly data?: Readonly<Record<string, Json>>;
}

interface GateDeps {
  readonly guards: readonly Guard[];
  readonly store: Pick<Store, 'admit' | 'settle' | 'used' | 'usedToday' | 'append' | 'getIncident'>;
  readonly approvals: Approvals;
  /** The policy of an incident: the operator's, tightened by its repository's base commit. */
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  /** What the operator gave at start, in dollars; can only lower the policy's cap. */
  readonly maxUsd: number | undefined;
}

/** Judges actions, spends budgets, records both, and mints permits. */
export interface Gate {
  /** Everything `admit` would check, consuming nothing; throws the same refusal. */
  check<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<void>;
  /** Throws a refusal with every reason, or answers the proof that `action` was admitted. */
  admit<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<Permit<K>>;
  settle(permit: Permit, attempt: Attempt, ending: Ending): void;
  caps(incident: Incident): Promise<Amounts>;
}

/** What the guards and the humans say of an action that nothing denies. */
interface Judged {
  readonly policy: Policy;
  readonly shadowed: readonly Finding[];
  /** A human allowed exactly this. */
  readonly approval?: Approval;
  /** Nobody has allowed it yet. */
  readonly pending?: {
    readonly subject: ApprovalSubject;
    readonly findings: readonly Finding[];
    readonly budget: BudgetView;
  };
}

/** Makes the gate; there is one per process. */
export function createGate(deps: GateDeps): Gate {
  const caps = async (incident: Incident) => toCaps(await deps.policyOf(incident), deps.maxUsd);

  async function judged(action: Action, incident: Incident): Promise<Judged> {
    const policy = await deps.policyOf(incident);
    const { enforced, shadowed } = splitByMode(judge(deps.guards, action, policy, incident), policy);
    const budget = () => toBudgetView(toCaps(policy, deps.maxUsd), deps.store.used(incident.id));
    if (enforced.length === 0) return { policy, shadowed };
    if (enforced.some(({ effect }) => effect === 'deny')) throw findingsError(enforced, budget());
    const subject = subjectOf(action, incident, policy);
    const approval = await deps.approvals.granted(subject);
    return approval
      ? { policy, shadowed, approval }
      : { policy, shadowed, pending: { subject, findings: enforced, budget: budget() } };
  }

  async function check<K extends ActionKind>(action: ActionOf<K>, { incident, bytesIn }: Attempt): Promise<void> {
    const { policy, pending } = await judged(action, incident);
    if (pending) throw findingsError(pending.findings, pending.budget);
    refuseEscalated(action, incident);
    const limits = toCaps(policy, deps.maxUsd);
    const used = deps.store.used(incident.id);
    const daily = dailyOf(incident, policy, limits);
    const price = priceOf(action, bytesIn);
    const short = [
      ...(used.wall_seconds >= limits.wall_seconds ? [{ kind: 'wall_seconds', scope: 'incident' } as const] : []),
      ...shortOf(price, used, limits).map((kind) => ({ kind, scope: 'incident' as const })),
      ...(daily ? shortOf(price, deps.store.usedToday(daily.ledger), daily.caps) : []).map((kind) => ({
        kind,
        scope: 'daily' as const,
      })),
    ];
    if (action.kind !== 'inspect' && short.length > 0) throw exhaustedError(short, limits, used);
  }

  /** Asked again after everything that takes time: another call may have used up the budget meanwhile. */
  function refuseEscalated(action: Action, { id }: Incident): void {
    const now = action.kind === 'inspect' ? undefined : deps.store.getIncident(id);
    if (now?.state === 'escalated') throw escalatedError(now);
  }

  async function admit<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<Permit<K>> {
    const { incident, callId, tool, actor, bytesIn } = attempt;
    const { policy, shadowed, approval, pending } = await judged(action, incident);
    if (pending) {
      const asked = deps.approvals.ask(pending.subject, pending.findings, actor);
      throw pendingError(pending.findings, pending.budget, { asked, mode: deps.approvals.mode });
    }
    if (action.kind === 'inspect') {
      deps.store.append(incident.id, {
        type: 'call.free',
        actor,
        tool,
        callId,
        summary: `${tool} looked at the records`,
        data: {},
      });
      return { action, incident, callId, held: {} } as Permit<K>;
    }
    refuseEscalated(action, incident);
    const limits = toCaps(policy, deps.maxUsd);
    const daily = dailyOf(incident, policy, limits);
    const outcome = deps.store.admit({
      incidentId: incident.id,
      callId,
      ...priceOf(action, bytesIn),
      caps: limits,
      ...(daily && { daily }),
      ...(approval && { approvalId: approval.id }),
      event: {
        type: 'call.admitted',
        actor,
        tool,
        callId,
        summary: `${tool} admitted`,
        data: {
          ...toAuditData(action),
          policy: policy.digest,
          usd_cap: limits.usd / MICROS_PER_USD,
          ...(approval && { approval: approval.id, approved_by: approval.decision?.by ?? '' }),
          ...(shadowed.length > 0 && { would_deny: shadowed.map((finding) => finding.rule) }),
        },
      },
    });
    if (!outcome.admitted) throw exhaustedError(outcome.exhausted, limits, outcome.used);
    return { action, incident, callId, held: outcome.held } as Permit<K>;
  }

  function settle(permit: Permit, attempt: Attempt, ending: Ending): void {
    if (permit.action.kind === 'inspect') return;
    deps.store.settle({
      incidentId: permit.incident.id,
      callId: permit.callId,
      actual: { bytes_out: ending.bytesOut, usd: usdMicros({ bytesIn: 0, bytesOut: ending.bytesOut }) },
      event: {
        type: ending.ok ? 'call.succeeded' : 'call.failed',
        actor: attempt.actor,
        tool: attempt.tool,
        callId: permit.callId,
        summary: ending.summary,
        data: ending.data ?? {},
      },
    });
  }

  return { check, admit, settle, caps };
}

/** In shadow mode the rules of the policy file are only reported; invariants of the product always hold. */
function splitByMode(verdict: Verdict, policy: Policy): { enforced: readonly Finding[]; shadowed: readonly Finding[] } {
  if (verdict.effect === 'allow') return { enforced: [], shadowed: [] };
  if (policy.mode === 'enforce') return { enforced: verdict.findings, shadowed: [] };
  const fromFile = ({ rule }: Finding) =>
    /^(protected_files|sensitive_files|blocked_commands)\/|^max_(files|lines)$/.test(rule);
  return {
    enforced: verdict.findings.filter((finding) => !fromFile(finding)),
    shadowed: verdict.findings.filter(fromFile),
  };
}

/** The ledger that all incidents share which agents opened in one repository. */
function dailyOf({ openedBy, repository }: Incident, policy: Policy, caps: Amounts) {
  if (openedBy !== 'agent') return undefined;
  return { ledger: `agents:${repository.location}`, caps: toDailyCaps(policy, caps) };
}

/** The kinds of which too little is left; what is held needs only something to be left. */
function shortOf({ spend, hold }: ReturnType<typeof priceOf>, used: Amounts, caps: Amounts): BudgetKind[] {
  const kinds = (amounts: Spend) =>
    (Object.entries(amounts) as [BudgetKind, number][]).filter(([, amount]) => amount > 0);
  return [
    ...kinds(spend).filter(([kind, amount]) => used[kind] + amount > caps[kind]),
    ...kinds(hold).filter(([kind]) => used[kind] >= caps[kind]),
  ].map(([kind]) => kind);
}

/** A refusal for an incident that was handed over: nothing more is done for it. */
export function escalatedError(incident: Incident): FixgateError {
  const reason = incident.escalation?.reason ?? 'it was handed over to a human';
  return new FixgateError('policy_denied', `Incident ${incident.id} was escalated: ${reason} Nothing was done.`, {
    ruleIds: ['incident/escalated'],
    fix: `Stop working on ${incident.id} and tell the on-call engineer to read \`fixgate report ${incident.id}\`.`,
    retry: 'never',
    evidence: { escalated_by: incident.escalation?.ruleId ?? 'human' },
  });
}
