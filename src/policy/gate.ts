// The only place where an action becomes a permit. Whatever an agent, a log line or a patch says, an effect needs a
// Permit, a Permit needs `admit`, and `admit` judges, spends and records in that order.

import type { Action, ActionKind, ActionOf } from '#domain/action.ts';
import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import type { Amounts, BudgetView } from '#domain/budget.ts';
import { MICROS_PER_USD, toBudgetView } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { GuardReason, GuardStrength } from '#domain/guard.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { Approvals } from '#policy/approvals.ts';
import { subjectOf } from '#policy/approvals.ts';
import { toAuditData, toRiskData } from '#policy/audit-data.ts';
import { autonomyFindings, effectiveAutonomy } from '#policy/autonomy.ts';
import { toCaps, toDailyCaps } from '#policy/caps.ts';
import type { LastMoment } from '#policy/last-moment.ts';
import { refuseChanged } from '#policy/last-moment.ts';
import { priceOf, shortOf, usedBy } from '#policy/price.ts';
import {
  endedError,
  exhaustedError,
  findingsError,
  highRiskError,
  isEnded,
  pendingError,
  toAutonomyData,
  withStanding,
} from '#policy/refusals.ts';
import { HIGH_RISK } from '#policy/risk.ts';
import type { Policy } from '#policy/schema.ts';
import { isShadowed } from '#policy/shadowed-rules.ts';
import { endsWork, situationFindings } from '#policy/situation-findings.ts';
import type { Situation, SituationDeps } from '#policy/situation.ts';
import { addAmounts, haltInputs, riskOf, situationOf } from '#policy/situation.ts';
import type { Finding, Guard, Permit, Verdict } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';
import { refuseMoreQuestions } from '#policy/waiting-questions.ts';
import type { Waiver } from '#policy/waivers.ts';
import { withoutWaived } from '#policy/waivers.ts';
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
  /** Bytes that a back end read for it; absent when it did not say. */
  readonly bytesScanned?: number;
  readonly data?: Readonly<Record<string, Json>>;
}

interface GateDeps extends SituationDeps {
  readonly guards: readonly Guard[];
  readonly store: SituationDeps['store'] &
    Pick<Store, 'admit' | 'settle' | 'used' | 'usedToday' | 'append' | 'escalate' | 'approvals'>;
  readonly approvals: Approvals;
  /** How strong the guard of this process is, for the records; absent when nobody knows. */
  readonly guard?: { readonly strength: GuardStrength; readonly reasons: readonly GuardReason[] };
}

/** Judges actions, spends budgets, records both, and mints permits. */
export interface Gate {
  /** Everything `admit` would check, consuming nothing; throws the same refusal. */
  check<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<void>;
  /** Throws a refusal with every reason, or answers the proof that `action` was admitted. */
  admit<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<Permit<K>>;
  settle(permit: Permit, attempt: Attempt, ending: Ending): void;
  /** The policy's caps, lowered by the operator and raised by what humans granted. */
  caps(incident: Incident): Promise<Amounts>;
  /** Everything beside an action that decides what an agent may do now. */
  situation(incident: Incident): Promise<Situation>;
}

/** What the guards and the humans say of an action that nothing denies. */
interface Judged {
  readonly policy: Policy;
  readonly shadowed: readonly Finding[];
  /** Rules that a human lifted. */
  readonly waivers: readonly Waiver[];
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
  const situation = (incident: Incident) => situationOf(deps, incident);

  async function judged(action: Action, standing: Situation, dryRun: boolean): Promise<Judged> {
    const { policy, incident, caps } = standing;
    refuseTripped(action, standing);
    const { enforced: objections, shadowed } = splitByMode(judge(deps.guards, action, policy, incident), policy);
    const { findings: kept, waivers } = await withoutWaived(objections, { ...deps, incident, policy });
    const denied = kept.some(({ effect }) => effect === 'deny');
    const enforced = [...kept, ...(await situationFindings(deps, action, { situation: standing, dryRun, denied }))];
    const budget = () => toBudgetView(caps, deps.store.used(incident.id));
    if (enforced.length === 0) return { policy, shadowed, waivers };
    if (enforced.some(({ effect }) => effect === 'deny')) throw findingsError(enforced, budget());
    const subject = subjectOf(action, incident, policy);
    const approval = await deps.approvals.granted(subject);
    if (!approval) refuseMoreQuestions(subject, deps.store.approvals(incident.id), deps.clock.now());
    return approval
      ? { policy, shadowed, waivers, approval }
      : { policy, shadowed, waivers, pending: { subject, findings: enforced, budget: budget() } };
  }

  async function check(action: Action, standing: Judging, bytesIn: number): Promise<void> {
    const { incident, caps: limits } = standing;
    const { pending } = await judged(action, standing, true);
    if (pending && endsWork(action, pending.findings))
      throw highRiskError(pending.findings, pending.budget, { incidentId: incident.id });
    if (pending) throw findingsError(pending.findings, pending.budget);
    const used = deps.store.used(incident.id);
    refuseLate(action, standing, { now: deps.store.getIncident(incident.id), used });
    const daily = dailyOf(standing, deps.maxUsd);
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

  /** Asked again after everything that takes time: somebody may have handed the incident over or said stop meanwhile. */
  function refuseLate(action: Action, { incident, caps, recorded }: Judging, { now, used }: LastMoment): void {
    if (action.kind === 'inspect') return;
    if (now && isEnded(now)) throw endedError(now);
    const stopped = autonomyFindings(action, { inputs: haltInputs(deps), incident, dryRun: false });
    if (action.kind !== 'read' && stopped.length > 0) throw findingsError(stopped, toBudgetView(caps, used));
    refuseChanged(recorded, now);
  }

  /** A breaker that hands over does so now, whichever process sees it first. */
  function refuseTripped(action: Action, { incident, trips }: Situation): void {
    if (action.kind === 'inspect') return;
    if (isEnded(incident)) throw endedError(incident);
    const trip = trips.find(({ effect }) => effect === 'escalate');
    if (!trip) return;
    deps.store.escalate(incident.id, { reason: trip.reason, ruleId: trip.rule, at: deps.clock.now() });
    throw endedError(deps.store.getIncident(incident.id) ?? incident);
  }

  function ask(action: Action, { incident }: Situation, { pending, actor }: Asking): FixgateError {
    const { subject, findings, budget } = pending;
    const asked = deps.approvals.ask(subject, findings, actor);
    if (!endsWork(action, findings)) return pendingError(findings, budget, { asked, mode: deps.approvals.mode });
    const high = findings.find(({ rule }) => rule === HIGH_RISK);
    const reason = `${high?.reason ?? 'The risk of the change is high.'} Approval ${asked.id} is asked for.`;
    deps.store.escalate(incident.id, { reason, ruleId: HIGH_RISK, at: deps.clock.now() });
    return highRiskError(findings, budget, { incidentId: incident.id, asked });
  }

  async function admit<K extends ActionKind>(
    action: ActionOf<K>,
    standing: Judging,
    attempt: Attempt,
  ): Promise<Permit<K>> {
    const { incident, callId, tool, actor, bytesIn } = attempt;
    const { policy, shadowed, waivers, approval, pending } = await judged(action, standing, false);
    if (pending) throw ask(action, standing, { pending, actor });
    const effective = effectiveAutonomy(standing.inputs);
    const { level } = effective;
    const autonomy = toAutonomyData(effective);
    if (action.kind === 'inspect') {
      deps.store.append(incident.id, {
        type: 'call.free',
        actor,
        tool,
        callId,
        summary: `${tool} looked at the records`,
        data: { autonomy },
      });
      return { action, incident, callId, held: {}, autonomy: level } as Permit<K>;
    }
    const limits = standing.caps;
    const daily = dailyOf(standing, deps.maxUsd);
    const risk = riskOf(action, policy);
    const outcome = deps.store.admit({
      incidentId: incident.id,
      callId,
      ...priceOf(action, bytesIn),
      caps: limits,
      ...(daily && { daily }),
      confirm: (now, used) => refuseLate(action, standing, { now, used }),
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
          ...(deps.guard && { guard: { ...deps.guard } }),
          usd_cap: limits.usd / MICROS_PER_USD,
          autonomy,
          ...(risk && { risk: toRiskData(risk) }),
          ...(approval && { approval: approval.id, approved_by: approval.decision?.by ?? '' }),
          ...(waivers.length > 0 && { waived: waivers.map(toWaiverData) }),
          ...(shadowed.length > 0 && { would_deny: shadowed.map((finding) => finding.rule) }),
        },
      },
    });
    if (!outcome.admitted) throw exhaustedError(outcome.exhausted, limits, outcome.used);
    return { action, incident, callId, held: outcome.held, autonomy: level } as Permit<K>;
  }

  /** Nothing stands against handing over: no budget, breaker or kill switch, and no policy that cannot be read. It costs nothing. */
  function letGo<K extends ActionKind>(action: ActionOf<K>, { incident, callId, tool, actor }: Attempt): Permit<K> {
    const summary = `${tool} was called`;
    deps.store.append(incident.id, { type: 'call.free', actor, tool, callId, summary, data: toAuditData(action) });
    return { action, incident, callId, held: {} } as Permit<K>;
  }

  function settle(permit: Permit, attempt: Attempt, ending: Ending): void {
    if (permit.action.kind === 'inspect' || permit.action.kind === 'escalate') return;
    deps.store.settle({
      incidentId: permit.incident.id,
      callId: permit.callId,
      actual: usedBy(ending),
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

  /** Every refusal says what bounds the agent. */
  async function explained<T>(action: Action, asked: Incident, act: (standing: Judging) => Promise<T>): Promise<T> {
    const recorded = deps.store.getIncident(asked.id);
    const standing = { ...(await situation(asked)), recorded };
    try {
      return await act(standing);
    } catch (error) {
      if (!(error instanceof FixgateError)) throw error;
      const risk = action.kind === 'publish' ? riskOf(action, standing.policy) : undefined;
      throw withStanding(error, { autonomy: effectiveAutonomy(standing.inputs), risk });
    }
  }

  return {
    check: (action, { incident, bytesIn }) =>
      explained(action, incident, (standing) => check(action, standing, bytesIn)),
    admit: async (action, attempt) =>
      action.kind === 'escalate'
        ? letGo(action, attempt)
        : explained(action, attempt.incident, (standing) => admit(action, standing, attempt)),
    settle,
    caps: async (incident) => (await situation(incident)).caps,
    situation,
  };
}

/** A situation, and the record that it was read from. */
interface Judging extends Situation {
  readonly recorded: Incident | undefined;
}

/** A question that a human has to answer, and who asks it. */
interface Asking {
  readonly pending: NonNullable<Judged['pending']>;
  readonly actor: string;
}

/** In shadow mode the rules of the policy file are only reported; invariants of the product always hold. */
function splitByMode(verdict: Verdict, policy: Policy): { enforced: readonly Finding[]; shadowed: readonly Finding[] } {
  if (verdict.effect === 'allow') return { enforced: [], shadowed: [] };
  if (policy.mode === 'enforce') return { enforced: verdict.findings, shadowed: [] };
  return {
    enforced: verdict.findings.filter(({ rule }) => !isShadowed(rule)),
    shadowed: verdict.findings.filter(({ rule }) => isShadowed(rule)),
  };
}

function toWaiverData({ rule, approval }: Waiver): Json {
  return { rule, approval: approval.id, by: approval.decision?.by ?? '' };
}

/** The ledger that all incidents share which agents opened in one repository. */
function dailyOf({ incident: { openedBy, repository }, policy, grants }: Situation, maxUsd: number | undefined) {
  if (openedBy !== 'agent') return undefined;
  const shared = toDailyCaps(policy, toCaps(policy, maxUsd));
  // What a human granted to one incident is no part of what all of them share.
  return { ledger: `agents:${repository.location}`, caps: addAmounts(shared, grants) };
}
