// What is said of an action before anything is spent on it: by the guards of the policy, by how the incident stands, by humans.

import type { Action } from '#domain/action.ts';
import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import type { BudgetView } from '#domain/budget.ts';
import { toBudgetView } from '#domain/budget.ts';
import type { Approvals } from '#policy/approvals.ts';
import { subjectOf } from '#policy/approvals.ts';
import { autonomyFindings } from '#policy/autonomy.ts';
import { cooldownFindings } from '#policy/cooldown.ts';
import { frozenFindings } from '#policy/frozen.ts';
import type { LastMoment } from '#policy/last-moment.ts';
import { refuseChanged } from '#policy/last-moment.ts';
import { pinnedFindings } from '#policy/pinned-policy.ts';
import { endedError, findingsError, isEnded } from '#policy/refusals.ts';
import type { Policy } from '#policy/schema.ts';
import { isShadowed } from '#policy/shadowed-rules.ts';
import { situationFindings } from '#policy/situation-findings.ts';
import type { RecordedSituation, Situation, SituationDeps } from '#policy/situation.ts';
import { haltInputs } from '#policy/situation.ts';
import type { Finding, Guard, Verdict } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';
import { refuseMoreQuestions } from '#policy/waiting-questions.ts';
import type { Waiver } from '#policy/waivers.ts';
import { withoutWaived } from '#policy/waivers.ts';
import type { Store } from '#state/store.ts';

/** What actions are judged with. */
export interface JudgeDeps extends SituationDeps {
  readonly guards: readonly Guard[];
  readonly store: SituationDeps['store'] & Pick<Store, 'used' | 'escalate' | 'approvals'>;
  readonly approvals: Approvals;
}

/** What the guards and the humans say of an action that nothing denies. */
export interface Judged {
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

/** Judges actions; it spends nothing, and hands an incident over when a breaker says so. */
export interface Judge {
  /** Throws a refusal with every reason, or says what humans have lifted, allowed, or still have to. */
  judged(action: Action, standing: Situation, dryRun: boolean): Promise<Judged>;
  /** Throws when something changed since the action was judged. */
  refuseLate(action: Action, standing: RecordedSituation, moment: LastMoment): void;
}

/** Makes what judges for the gate. */
export function createJudge(deps: JudgeDeps): Judge {
  async function judged(action: Action, standing: Situation, dryRun: boolean): Promise<Judged> {
    const { policy, incident, caps } = standing;
    refuseTripped(action, standing);
    const { enforced: objections, shadowed } = splitByMode(judge(deps.guards, action, policy, incident), policy);
    const { findings: kept, waivers } = await withoutWaived(objections, { ...deps, incident, policy });
    const denied = kept.some(({ effect }) => effect === 'deny');
    const found = [...kept, ...(await situationFindings(deps, action, { situation: standing, dryRun, denied }))];
    const enforced = deps.approvals.mode === 'none' ? found.map(withoutAsking) : found;
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

  /** Asked again after everything that takes time: somebody may have handed the incident over or said stop meanwhile. */
  function refuseLate(
    action: Action,
    standing: RecordedSituation,
    { now, used, publications, timeline }: LastMoment,
  ): void {
    if (action.kind === 'inspect') return;
    const { incident, caps, recorded } = standing;
    if (now && isEnded(now)) throw endedError(now);
    const stopped = autonomyFindings(action, { inputs: haltInputs(deps), incident, dryRun: false });
    const late = [
      ...stopped,
      // Of two first calls under two policies the second one finds the first.
      ...pinnedFindings(timeline, action.kind, standing),
      ...cooldownFindings(action, incident, { now: deps.clock.now(), publications }),
      ...frozenFindings(action, deps.frozen?.()),
    ];
    if (late.length > 0) throw findingsError(late, toBudgetView(caps, used));
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

  return { judged, refuseLate };
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

/** Where nobody can approve, nobody is to be asked. */
function withoutAsking(finding: Finding): Finding {
  if (finding.effect === 'deny') return finding;
  return { ...finding, fix: finding.unasked ?? finding.fix, retry: finding.retry ?? 'after_change' };
}
