import type { Action } from '#domain/action.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { autonomyFindings, readyFindings } from '#policy/autonomy.ts';
import { coolOffFindings } from '#policy/breakers.ts';
import { cooldownFindings } from '#policy/cooldown.ts';
import { frozenFindings } from '#policy/frozen.ts';
import { requirePlan } from '#policy/guards/require-plan.ts';
import { pinnedFindings } from '#policy/pinned-policy.ts';
import { HIGH_RISK, riskFindings } from '#policy/risk.ts';
import type { Situation, SituationDeps } from '#policy/situation.ts';
import { riskOf, sameCallFindings, sameDiffFindings } from '#policy/situation.ts';
import type { Finding } from '#policy/verdict.ts';

/** How an action is judged. */
interface Judging {
  readonly situation: Situation;
  readonly dryRun: boolean;
  /** Its files, commands or tests do not allow it. */
  readonly denied: boolean;
}

/** What is said against an action for reasons outside its files and commands. None of it can be waived or shadowed. */
export async function situationFindings(
  deps: Pick<SituationDeps, 'store' | 'word' | 'clock' | 'frozen'>,
  action: Action,
  { situation, dryRun, denied }: Judging,
): Promise<readonly Finding[]> {
  const { inputs, incident, policy } = situation;
  const publications = (since: number) => deps.store.publications(incident.repository, since);
  // What is denied anyhow is not scored: a protected file is no question of risk, and red tests are no evidence of it.
  const risk = denied ? undefined : riskOf(action, policy);
  const ofRisk = riskFindings(action, risk, policy);
  const approved =
    action.kind === 'publish' && ofRisk.length > 0 && (await deps.word.hasApprovedTree(action, incident, policy));
  let events: readonly TimelineEvent[] | undefined;
  const timeline = () => (events ??= deps.store.timeline(incident.id));
  return [
    ...coolOffFindings(action, situation.trips),
    ...autonomyFindings(action, { inputs, incident, dryRun }),
    ...pinnedFindings(timeline, action.kind, situation),
    ...requirePlan(action, policy, incident),
    ...sameDiffFindings(deps, action, incident),
    ...sameCallFindings(timeline, action),
    ...cooldownFindings(action, incident, { now: deps.clock.now(), publications }),
    ...frozenFindings(action, deps.frozen?.()),
    ...(approved ? [] : ofRisk),
    ...(action.kind === 'publish' && !action.draft ? readyFindings(incident, risk) : []),
  ];
}

/** Whether the findings end the work of the incident until a human has decided. */
export function endsWork(action: Action, findings: readonly Finding[]): boolean {
  return action.kind === 'publish' && findings.some(({ rule }) => rule === HIGH_RISK);
}
