// The only place where an action becomes a permit. Whatever an agent, a log line or a patch says, an effect needs a
// Permit, a Permit needs `admit`, and `admit` judges, spends and records in that order.

import type { Action, ActionKind, ActionOf } from '#domain/action.ts';
import type { Amounts } from '#domain/budget.ts';
import { MICROS_PER_USD } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { GuardReason, GuardStrength } from '#domain/guard.ts';
import type { Incident } from '#domain/incident.ts';
import { repositoryKey } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { matterOf } from '#policy/approvals.ts';
import { toAuditData, toJudgeData, toRiskData } from '#policy/audit-data.ts';
import { effectiveAutonomy } from '#policy/autonomy.ts';
import { nearCaps, newWarnings, warningEvent, warningText } from '#policy/budget-warnings.ts';
import { toCaps, toDailyCaps } from '#policy/caps.ts';
import type { Judged, JudgeDeps } from '#policy/judgement.ts';
import { createJudge } from '#policy/judgement.ts';
import { priceOf, shortOf, usedBy } from '#policy/price.ts';
import type { ReportedUsage } from '#policy/prices.ts';
import { usageMicros } from '#policy/prices.ts';
import {
  exhaustedError,
  findingsError,
  highRiskError,
  pendingError,
  toAutonomyData,
  withStanding,
} from '#policy/refusals.ts';
import { HIGH_RISK } from '#policy/risk.ts';
import { endsWork } from '#policy/situation-findings.ts';
import type { RecordedSituation, Situation } from '#policy/situation.ts';
import { addAmounts, riskOf, situationOf } from '#policy/situation.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Waiver } from '#policy/waivers.ts';
import type { Store } from '#state/store.ts';

/** One attempt to act. */
export interface Attempt {
  readonly incident: Incident;
  readonly callId: string;
  readonly tool: string;
  readonly actor: string;
  /** Size of the arguments, in bytes: what the agent had to write. */
  readonly bytesIn: number;
  /** What the host says that its model used for it; its word alone, which can only make a call dearer. */
  readonly usage?: ReportedUsage | undefined;
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

interface GateDeps extends JudgeDeps {
  readonly store: JudgeDeps['store'] & Pick<Store, 'admit' | 'settle' | 'usedToday' | 'append'>;
  /** How strong the guard of this process is, for the records; absent when nobody knows. */
  readonly guard?: { readonly strength: GuardStrength; readonly reasons: readonly GuardReason[] };
}

/** Judges actions, spends budgets, records both, and mints permits. */
export interface Gate {
  /** Everything `admit` would check, consuming nothing; throws the same refusal. */
  check<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<void>;
  /** Throws a refusal with every reason, or answers the proof that `action` was admitted. */
  admit<K extends ActionKind>(action: ActionOf<K>, attempt: Attempt): Promise<Permit<K>>;
  /** Answers what to tell the agent of budgets that come near their end. */
  settle(permit: Permit, attempt: Attempt, ending: Ending): readonly string[];
  /** The policy's caps, lowered by the operator and raised by what humans granted. */
  caps(incident: Incident): Promise<Amounts>;
  /** Everything beside an action that decides what an agent may do now. */
  situation(incident: Incident): Promise<Situation>;
}

/** Makes the gate; there is one per process. */
export function createGate(deps: GateDeps): Gate {
  const situation = (incident: Incident) => situationOf(deps, incident);
  const { judged, refuseLate } = createJudge(deps);
  // What a call was admitted under.
  const termsOf = new WeakMap<object, Pick<Situation, 'caps' | 'policy'>>();

  /** What a host reports is spent already: it takes what is left, so that the next call finds nothing. */
  function writtenFor(
    { bytesIn, usage }: Attempt,
    { incident, caps, policy }: RecordedSituation,
    daily: Daily | undefined,
  ) {
    const reported = usageMicros(usage, policy.prices ?? []);
    if (reported === 0) return { bytesIn, reported };
    const own = caps.usd - deps.store.used(incident.id).usd;
    const left = daily ? Math.min(own, daily.caps.usd - deps.store.usedToday(daily.ledger).usd) : own;
    return { bytesIn, reported: Math.min(reported, left) };
  }

  async function check(action: Action, standing: RecordedSituation, attempt: Attempt): Promise<void> {
    const { incident, caps: limits } = standing;
    const { mode } = deps.approvals;
    const { pending } = await judged(action, standing, true);
    if (pending && endsWork(action, pending.findings))
      throw highRiskError(pending.findings, pending.budget, { incidentId: incident.id, mode });
    if (pending) throw findingsError(pending.findings, pending.budget);
    const used = deps.store.used(incident.id);
    const publications = (since: number) => deps.store.publications(incident.repository, since);
    const timeline = () => deps.store.timeline(incident.id);
    refuseLate(action, standing, { now: deps.store.getIncident(incident.id), used, publications, timeline });
    const daily = dailyOf(standing, deps.maxUsd);
    const price = priceOf(action, writtenFor(attempt, standing, daily));
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

  function ask(action: Action, { incident }: Situation, { pending, actor }: Asking): FixgateError {
    const { subject, findings, budget } = pending;
    const { mode } = deps.approvals;
    const asked = deps.approvals.ask(subject, findings, actor, matterOf(action));
    if (!endsWork(action, findings)) return pendingError(findings, budget, { asked, mode });
    const high = findings.find(({ rule }) => rule === HIGH_RISK);
    const reason = `${high?.reason ?? 'The risk of the change is high.'} Approval ${asked.id} is asked for.`;
    deps.store.escalate(incident.id, { reason, ruleId: HIGH_RISK, at: deps.clock.now() });
    return highRiskError(findings, budget, { incidentId: incident.id, asked, mode });
  }

  async function admit<K extends ActionKind>(
    action: ActionOf<K>,
    standing: RecordedSituation,
    attempt: Attempt,
  ): Promise<Permit<K>> {
    const { incident, callId, tool, actor } = attempt;
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
      ...priceOf(action, writtenFor(attempt, standing, daily)),
      caps: limits,
      ...(daily && { daily }),
      isRecordsOnly: action.kind === 'patch',
      confirm: (now, used, others) => refuseLate(action, standing, { now, used, ...others }),
      ...(approval && { approvalId: approval.id }),
      event: {
        type: 'call.admitted',
        actor,
        tool,
        callId,
        summary: `${tool} admitted`,
        data: {
          ...toAuditData(action),
          ...toJudgeData(standing),
          caps: { ...standing.caps },
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
    const permit = { action, incident, callId, held: outcome.held, autonomy: level } as Permit<K>;
    termsOf.set(permit, { caps: limits, policy });
    return permit;
  }

  /** Nothing stands against handing over: no budget, breaker or kill switch, and no policy that cannot be read. It costs nothing. */
  function letGo<K extends ActionKind>(action: ActionOf<K>, { incident, callId, tool, actor }: Attempt): Permit<K> {
    const summary = `${tool} was called`;
    deps.store.append(incident.id, { type: 'call.free', actor, tool, callId, summary, data: toAuditData(action) });
    return { action, incident, callId, held: {} } as Permit<K>;
  }

  function settle(permit: Permit, attempt: Attempt, ending: Ending): readonly string[] {
    if (permit.action.kind === 'inspect' || permit.action.kind === 'escalate') return [];
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
    return warn(permit, attempt);
  }

  function warn(permit: Permit, { tool, callId }: Attempt): readonly string[] {
    const { id } = permit.incident;
    const terms = termsOf.get(permit);
    const runs = () => deps.store.testRuns(id);
    const near = terms ? nearCaps(terms.caps, deps.store.used(id), runs, terms.policy) : [];
    const due = near.length === 0 ? [] : newWarnings(near, deps.store.timeline(id));
    for (const warning of due) deps.store.append(id, warningEvent(warning, { tool, callId }));
    return due.map(warningText);
  }

  /** Every refusal says what bounds the agent. */
  async function explained<T>(
    action: Action,
    asked: Incident,
    act: (standing: RecordedSituation) => Promise<T>,
  ): Promise<T> {
    const standing = await situation(asked);
    try {
      return await act(standing);
    } catch (error) {
      if (!(error instanceof FixgateError)) throw error;
      const risk = action.kind === 'publish' ? riskOf(action, standing.policy) : undefined;
      throw withStanding(error, { autonomy: effectiveAutonomy(standing.inputs), risk });
    }
  }

  return {
    check: async (action, attempt) =>
      action.kind === 'escalate'
        ? undefined
        : explained(action, attempt.incident, (standing) => check(action, standing, attempt)),
    admit: async (action, attempt) =>
      action.kind === 'escalate'
        ? letGo(action, attempt)
        : explained(action, attempt.incident, (standing) => admit(action, standing, attempt)),
    settle,
    caps: async (incident) => (await situation(incident)).caps,
    situation,
  };
}

/** A question that a human has to answer, and who asks it. */
interface Asking {
  readonly pending: NonNullable<Judged['pending']>;
  readonly actor: string;
}

function toWaiverData({ rule, approval }: Waiver): Json {
  return { rule, approval: approval.id, by: approval.decision?.by ?? '' };
}

type Daily = NonNullable<ReturnType<typeof dailyOf>>;

/** The ledger that all incidents share which agents opened in one repository. */
function dailyOf({ incident: { openedBy, repository }, policy, grants }: Situation, maxUsd: number | undefined) {
  if (openedBy !== 'agent') return undefined;
  const shared = toDailyCaps(policy, toCaps(policy, maxUsd));
  // What a human granted to one incident is no part of what all of them share.
  return { ledger: `agents:${repositoryKey(repository)}`, caps: addAmounts(shared, grants) };
}
