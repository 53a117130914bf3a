import type { Action } from '#domain/action.ts';
import type { Amounts, Spend } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { isSameRepository } from '#domain/incident.ts';
import { canonicalJson } from '#domain/json.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { Risk } from '#domain/risk.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { toAuditData } from '#policy/audit-data.ts';
import type { AutonomyInput } from '#policy/autonomy.ts';
import { standingInputs } from '#policy/autonomy.ts';
import type { Trip } from '#policy/breakers.ts';
import { hasFailed, trippedBreakers } from '#policy/breakers.ts';
import { toCaps } from '#policy/caps.ts';
import { FROZEN } from '#policy/frozen.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { QualityDeps } from '#policy/repository-quality.ts';
import { qualityInputs } from '#policy/repository-quality.ts';
import { scoreRisk } from '#policy/risk.ts';
import type { Policy } from '#policy/schema.ts';
import type { Trust } from '#policy/trust.ts';
import type { Finding } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** How an incident stands: what humans said of it, what bounds agents, and what is left. */
export interface Standing {
  /** As far as what humans said of it is proved. */
  readonly incident: Incident;
  readonly inputs: readonly AutonomyInput[];
  readonly trips: readonly Trip[];
  readonly grants: Spend;
  /** Caps of the incident, grants included. */
  readonly caps: Amounts;
}

/** Everything beside the action that decides what an agent may do now. */
export interface Situation extends Standing {
  readonly policy: Policy;
  /** Whose word is believed here. */
  readonly trust: Trust;
}

/** A situation, and the record that it was read from. */
export interface RecordedSituation extends Situation {
  readonly recorded: Incident | undefined;
}

/** What a standing is read from. */
export interface StandingDeps {
  readonly store: QualityDeps['store'] &
    Pick<Store, 'timeline' | 'testRuns' | 'patches' | 'runsOnTree' | 'sev1Incidents' | 'publications'>;
  readonly word: HumanWord;
  readonly clock: Clock;
  /** What the operator gave at start, in dollars; can only lower the policy's cap. */
  readonly maxUsd: number | undefined;
  /** Why writes are stopped on this server, such as `the file STOP is there`; undefined when they are not. */
  readonly halted: () => string | undefined;
}

/** What situations are read from. */
export interface SituationDeps extends StandingDeps {
  /** Why pull requests are drafts only now, such as a deploy that is under way; undefined where they are not. */
  readonly frozen?: () => string | undefined;
  /** The policy of an incident: the operator's, tightened by its repository's base commit. */
  readonly policyOf: (incident: Incident) => Promise<Policy>;
}

/** Reads how an incident stands, from records that all processes share. */
export async function situationOf(deps: SituationDeps, asked: Incident): Promise<RecordedSituation> {
  // The caller may hold what was true when its call began.
  const recorded = deps.store.getIncident(asked.id);
  const current = recorded ?? asked;
  const policy = await deps.policyOf(current);
  const standing = await standingOf(deps, current, policy);
  return {
    policy,
    recorded,
    trust: deps.word.trust(),
    ...standing,
    inputs: [...standing.inputs, ...freezeInputs(deps)],
  };
}

/** The same for whoever knows only a part of the policy. */
export async function standingOf(
  deps: StandingDeps,
  current: Incident,
  policy: Pick<Policy, 'autonomy' | 'budget'>,
): Promise<Standing> {
  const incident = await deps.word.believed(current);
  const grants = await deps.word.grants(current);
  const sev1 = await unreleasedSev1(deps, incident);
  return {
    incident,
    grants,
    caps: addAmounts(toCaps(policy, deps.maxUsd), grants),
    inputs: [
      ...standingInputs(policy, incident, deps.word.trust().mode),
      ...haltInputs(deps),
      ...sev1Inputs(sev1, deps.word),
      ...(await qualityInputs(deps, incident)),
    ],
    trips: tripsOf(deps, incident),
  };
}

/** The breakers that have tripped for an incident. */
export function tripsOf({ store, clock }: Pick<StandingDeps, 'store' | 'clock'>, { id }: Incident): readonly Trip[] {
  return trippedBreakers({
    events: store.timeline(id),
    runs: store.testRuns(id),
    patches: store.patches(id),
    now: clock.now(),
  });
}

/** The kill switch as an input of autonomy. */
export function haltInputs({ halted }: Pick<StandingDeps, 'halted'>): readonly AutonomyInput[] {
  const why = halted();
  if (why === undefined) return [];
  return [
    {
      level: 'observer',
      by: 'kill_switch',
      reason: `the kill switch is on (${why}), and nothing is written on this server`,
      fix: 'Wait until the operator runs `fixgate resume --all`; reading goes on meanwhile.',
    },
  ];
}

/** A freeze as an input of autonomy: agents work on, and what comes of it is a draft. */
function freezeInputs({ frozen }: Pick<SituationDeps, 'frozen'>): readonly AutonomyInput[] {
  return frozen?.() === undefined ? [] : [{ level: 'pr_bot', by: FROZEN }];
}

/** The risk of an action whose facts were gathered. */
export function riskOf(action: Action, policy: Policy): Risk | undefined {
  if (action.kind !== 'patch' && action.kind !== 'publish') return undefined;
  return action.risk && scoreRisk(action.risk, policy);
}

/** A tree that failed its required suites, in whichever incident of the repository, is not tried again. */
export function sameDiffFindings(
  { store }: Pick<StandingDeps, 'store'>,
  action: Action,
  incident: Incident,
): readonly Finding[] {
  // Back to the base commit is no attempt.
  if (action.kind !== 'patch' || action.netChanges.length === 0) return [];
  const isHere = (id: string) => {
    const other = store.getIncident(id);
    return other !== undefined && isSameRepository(other.repository, incident.repository);
  };
  const runs = store.runsOnTree(action.tree).filter(({ incidentId }) => isHere(incidentId));
  if (!hasFailed(runs, action.tree)) return [];
  const failedIn = new Set(runs.filter((run) => hasFailed([run], action.tree)).map(({ incidentId }) => incidentId));
  const other = failedIn.has(incident.id) ? undefined : [...failedIn].at(-1);
  return [
    {
      rule: 'breaker/same_diff',
      effect: 'deny',
      reason: `Exactly this change has failed its tests before${other === undefined ? '' : `, in the incident ${other}`}.`,
      fix: 'Send another fix; the failures of the earlier run say what is missing.',
      evidence: { diff_hash: action.diffHash, tree: action.tree, ...(other !== undefined && { incident: other }) },
    },
  ];
}

/** Calls in a row that do exactly the same, before the next one is refused. */
const SAME_CALLS = 2;
const SAME_CALL = 'breaker/same_call';

/** The same call a third time in a row would say what the two before it said; any other call in between ends the row, and so does one without an answer. */
export function sameCallFindings(timeline: () => readonly TimelineEvent[], action: Action): readonly Finding[] {
  if (action.kind !== 'patch' && action.kind !== 'test' && action.kind !== 'publish') return [];
  const asked = Object.entries(toAuditData(action));
  const events = timeline();
  const calls = events.filter(({ type }) => /^call\.(?:admitted|denied|free)$/.test(type));
  // A server that was killed said nothing.
  const answered = new Set(events.filter(({ type }) => type === 'call.succeeded').map(({ callId }) => callId));
  const latest = calls.findLast(({ type }) => type === 'call.admitted');
  // Asking how a run stands is a part of it, and so is asking for the same once more.
  const isPart = ({ type, tool, data }: TimelineEvent) =>
    type === 'call.free' ? tool === latest?.tool : canonicalJson(data['rule_ids'] ?? []).includes(SAME_CALL);
  const last = calls.filter((event) => !isPart(event)).slice(-SAME_CALLS);
  const isSame = ({ type, data, callId }: TimelineEvent) =>
    type === 'call.admitted' &&
    answered.has(callId) &&
    asked.every(([key, value]) => data[key] !== undefined && canonicalJson(data[key]) === canonicalJson(value));
  if (last.length < SAME_CALLS || !last.every(isSame)) return [];
  return [
    {
      rule: SAME_CALL,
      effect: 'deny',
      reason: `Exactly this was done ${SAME_CALLS} times in a row; a third time says the same.`,
      fix: 'Read the last answer, and change something before you ask again.',
      evidence: { calls: last.flatMap(({ callId }) => (callId === undefined ? [] : [callId])) },
    },
  ];
}

/** Sums of whole units that stay exact. */
export function addAmounts(caps: Amounts, more: Spend): Amounts {
  const sums = budgetKinds.map((kind) => [kind, Math.min(caps[kind] + (more[kind] ?? 0), Number.MAX_SAFE_INTEGER)]);
  return Object.fromEntries(sums) as Amounts;
}

async function unreleasedSev1({ store, word }: StandingDeps, incident: Incident): Promise<Incident | undefined> {
  const others = store.sev1Incidents(incident.repository).filter((each) => concerns(each, incident));
  for (const other of others) {
    const { severity, release, state } = await word.believed(other, incident);
    if (severity === 'SEV1' && !release && state !== 'closed') return other;
  }
  return undefined;
}

/** The service that an agent names is no proof that another one is meant; none named means any. */
function concerns(sev1: Incident, incident: Incident): boolean {
  if (sev1.id === incident.id) return false;
  const named = incident.openedBy === 'human' ? incident.service : undefined;
  return sev1.service === undefined || named === undefined || named === sev1.service;
}

function sev1Inputs(sev1: Incident | undefined, { trust }: Pick<HumanWord, 'trust'>): readonly AutonomyInput[] {
  if (!sev1) return [];
  const { mode } = trust();
  const proof = ` --reason "…"${keyOption(mode)}`;
  return [
    {
      level: 'observer',
      by: 'breaker/sev1_active',
      reason: `${sev1.id} is an unreleased SEV1 of the same repository and service`,
      fix: `Go on reading the evidence, and ask the on-call engineer to run \`fixgate release ${sev1.id}${proof}\`, or \`fixgate incident close ${sev1.id}${proof}\` when it is over.${keysFirst(mode)}`,
      evidence: { sev1: sev1.id },
    },
  ];
}
