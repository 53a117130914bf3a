import type { PublishAction } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { BudgetKind, Spend } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Closure, Incident, IncidentState, Severity } from '#domain/incident.ts';
import { diagnosisVerdicts, resolutions, severities } from '#domain/incident.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { Policy } from '#policy/schema.ts';
import type { GivenSeverity, SeverityWord } from '#policy/severity.ts';
import { afterWords, isPlainRaise, lastMadeSev1 } from '#policy/severity.ts';
import type { Trust } from '#policy/trust.ts';
import type { Store } from '#state/store.ts';

/** What humans have said of an incident, as far as it is proved: a record alone is believed nothing. */
export interface HumanWord {
  /** Whose word is believed now. */
  trust(): Trust;
  /**
   * The incident with its release, its lowered severity, its end and the end of its escalation only where each is proved,
   * whatever its age. What is not proved leaves it as strict as it was before. `from` is another incident, to which it gives something.
   */
  believed(incident: Incident, from?: Incident): Promise<Incident>;
  /** The state of `believed` alone: the chain is read only where somebody said how the incident goes on. */
  stateOf(incident: Incident): Promise<IncidentState>;
  /** What humans added to the budget when they resumed the incident; `usd` in micro-dollars. */
  grants(incident: Incident): Promise<Spend>;
  /** Whether this decision about the incident is one of that kind, used and proved. */
  isProvedAs(word: Pick<Approval, 'id' | 'kind'>, incident: Incident, from: Incident): Promise<boolean>;
  /** The last word of a human on exactly this tree, as a patch's result or to be published, under this policy, was a yes; whatever its age. */
  hasApprovedTree(action: PublishAction, incident: Incident, policy: Policy): Promise<boolean>;
}

/** What was said of an incident, and whether humans sign here. */
interface Said {
  readonly used: readonly Approval[];
  readonly events: readonly TimelineEvent[];
  readonly isSigned: boolean;
}

/** A word, and where it stands in the chain. */
type PlacedWord = SeverityWord & { readonly place: number };

/** How an incident was opened, and every word of its severity since. */
interface SeveritySaid extends Said {
  readonly opened: GivenSeverity;
  readonly words: readonly PlacedWord[];
}

/** What says how an incident goes on. */
const ON_STATE: ReadonlySet<Approval['kind']> = new Set(['close', 'resume']);
const EFFECTS: ReadonlySet<TimelineType> = new Set(['incident.confirmed', 'incident.resumed', 'incident.closed']);

/** Makes the reader of proved decisions. */
export function createHumanWord(deps: {
  readonly store: Pick<Store, 'approvals' | 'timeline'>;
  readonly approvals: Pick<Approvals, 'isProved' | 'trust'>;
}): HumanWord {
  async function approved(
    incident: Incident,
    wanted: (approval: Approval) => boolean,
    from?: Incident,
  ): Promise<readonly Approval[]> {
    const candidates = deps.store.approvals(incident.id).filter(wanted);
    const proved = await Promise.all(candidates.map((each) => isProved(each, incident, from)));
    return candidates.filter((_, index) => proved[index]);
  }

  async function isProved(approval: Approval, incident: Incident, from?: Incident): Promise<boolean> {
    return approval.decision?.verdict === 'approved' && (await isGenuine(approval, incident, from));
  }

  async function isGenuine(approval: Approval, incident: Incident, from?: Incident): Promise<boolean> {
    const fits = isWhole(approval) && approval.facts['base_commit'] === incident.repository.baseCommit;
    return fits && (await deps.approvals.isProved(approval, from?.id));
  }

  /** A release was for the SEV1 that it was then, and for none that came later. */
  async function withRelease(incident: Incident, { events, opened, words }: SeveritySaid): Promise<Incident> {
    const { release, ...unreleased } = incident;
    if (release === undefined) return incident;
    const proved = await approved(incident, ({ kind }) => kind === 'release');
    const releaseOf = ({ type, data }: TimelineEvent) =>
      type === 'incident.released' ? proved.find(({ id }) => id === data['approval']) : undefined;
    const last = events.findLastIndex((event) => releaseOf(event) !== undefined);
    const event = events[last];
    const decision = event && releaseOf(event)?.decision;
    const raised = words[lastMadeSev1(opened, words)];
    if (!decision || (raised && raised.place > last)) return unreleased;
    const { at, by, reason } = decision;
    return { ...incident, release: { at, by, reason } };
  }

  /**
   * Decisions in the order in which they took effect, as the chain has it: whoever asks early and signs late comes late. What the chain
   * does not have counts as the last.
   */
  function usedOf({ id }: Incident): readonly Approval[] {
    const used = deps.store.approvals(id).filter(({ consumedAt }) => consumedAt !== undefined);
    const effects = deps.store.timeline(id).filter(({ type }) => EFFECTS.has(type));
    const places = new Map(effects.map(({ data }, index) => [data['approval'], index]));
    const placeOf = (approval: Approval) => places.get(approval.id) ?? Number.MAX_SAFE_INTEGER;
    return used.toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  /** Questions in the order in which they were answered. */
  function answered({ id }: Incident): readonly Approval[] {
    const answers = deps.store
      .timeline(id)
      .filter(({ type }) => type === 'approval.granted' || type === 'approval.rejected');
    const places = new Map(answers.map(({ data }, index) => [data['approval'], index]));
    const placeOf = (approval: Approval) => places.get(approval.id) ?? -1;
    return deps.store.approvals(id).toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  /**
   * The severity as the chain tells it, from the opening on. The record alone is believed where it is stricter, and nowhere that somebody
   * stands for it.
   */
  function withSeverity(incident: Incident, { opened, words, isSigned }: SeveritySaid): Incident {
    const given = afterWords(opened, words);
    const isStricter = isPlainRaise(given.severity, incident.severity);
    const severity = isStricter ? incident.severity : given.severity;
    const isConfirmed = given.severityConfirmed && !(isStricter && isSigned);
    return { ...incident, severity, severityConfirmed: incident.severityConfirmed && isConfirmed };
  }

  /** Everything that was said of the severity. */
  async function severitySaid(incident: Incident, used: readonly Approval[]): Promise<SeveritySaid> {
    const events = deps.store.timeline(incident.id);
    const said = { used, events, isSigned: deps.approvals.trust().mode === 'signed' };
    return { ...said, opened: openingOf(incident, said), words: await wordsOf(incident, said) };
  }

  /** What the chain has, then decisions that it does not have. */
  async function wordsOf(incident: Incident, { used, events, isSigned }: Said): Promise<readonly PlacedWord[]> {
    const told = events.filter(({ type }) => type === 'incident.confirmed');
    const inChain = new Set(told.map(({ data }) => data['approval']));
    const others = used.filter(({ id, kind }) => kind === 'severity' && !inChain.has(id));
    const word = async (to: unknown, approval: Approval | undefined, confirms: boolean): Promise<SeverityWord> => {
      const isFor = approval?.kind === 'severity' && approval.facts['to'] === to;
      return { to: toSeverity(to), proved: isFor && (await isProved(approval, incident)), confirms };
    };
    return await Promise.all([
      ...told.map(async (event) => {
        const { data } = event;
        const approval = used.find(({ id }) => id === data['approval']);
        const to = data['severity'] ?? approval?.facts['to'];
        const said = await word(to, approval, !isSigned && data['confirmed'] !== false);
        return { ...said, place: events.indexOf(event) };
      }),
      ...others.map(async (each) => ({ ...(await word(each.facts['to'], each, false)), place: events.length })),
    ]);
  }

  /** Who was handed over stays so until somebody proves the contrary; so does what was closed without proof. */
  async function withState(incident: Incident, used: readonly Approval[], from?: Incident): Promise<Incident> {
    const proved = await Promise.all(
      used.map(async (each) => ON_STATE.has(each.kind) && (await isProved(each, incident, from))),
    );
    const lastProved = (kind: Approval['kind']) => used.findLastIndex((each, at) => each.kind === kind && proved[at]);
    // A proved end holds also where somebody else resumed the incident since.
    const ended = lastProved('close');
    const resumed = lastProved('resume');
    const { closure: _unproved, ...open } = incident;
    const closure = ended > resumed ? closureOf(used[ended]) : undefined;
    if (closure) return { ...open, state: 'closed', closure };
    const kind = incident.state === 'closed' ? 'close' : 'resume';
    const last = used.findLastIndex((approval) => approval.kind === kind);
    const isUndone = incident.state === 'closed' || (last !== -1 && incident.state !== 'escalated');
    if (!isUndone || proved[last]) return open;
    const reason = `It was ${kind === 'close' ? 'closed' : 'resumed'} without a proof that is believed here.`;
    return {
      ...open,
      state: 'escalated',
      escalation: { reason, ruleId: 'human', at: used[last]?.consumedAt ?? 0 },
    };
  }

  return {
    async believed(incident, from) {
      const used = usedOf(incident);
      const said = await severitySaid(incident, used);
      return await withState(withSeverity(await withRelease(incident, said), said), used, from);
    },
    async stateOf(incident) {
      const isSaid = () => deps.store.approvals(incident.id).some(({ kind }) => ON_STATE.has(kind));
      if (incident.state !== 'closed' && !isSaid()) return incident.state;
      return (await withState(incident, usedOf(incident))).state;
    },
    async grants(incident) {
      const resumed = await approved(incident, ({ kind, consumedAt }) => kind === 'resume' && consumedAt !== undefined);
      const sums: Partial<Record<BudgetKind, number>> = {};
      for (const [kind, amount] of resumed.flatMap(({ facts }) => toEntries(facts['grant'])))
        sums[kind] = Math.min((sums[kind] ?? 0) + amount, Number.MAX_SAFE_INTEGER);
      return sums;
    },
    trust: deps.approvals.trust,
    async isProvedAs({ id, kind }, incident, from) {
      const isIt = (each: Approval) => each.id === id && each.kind === kind && each.consumedAt !== undefined;
      return (await approved(incident, isIt, from)).length > 0;
    },
    async hasApprovedTree({ tree, diffHash }, incident, policy) {
      const isOfTree = ({ kind, facts }: Approval) =>
        (kind === 'patch' || kind === 'publish') &&
        facts['tree'] === tree &&
        facts['diff_hash'] === diffHash &&
        facts['policy'] === policy.digest;
      for (const each of answered(incident).filter(isOfTree).toReversed())
        // oxlint-disable-next-line no-await-in-loop -- the last word decides, as a rule the first that is looked at
        if (await isGenuine(each, incident)) return each.decision?.verdict === 'approved';
      return false;
    },
  };
}

/** How an incident was opened. Records of before say less: then what was first said of it tells what it was. */
function openingOf(incident: Incident, { used, events, isSigned }: Said): GivenSeverity {
  const opened = events.find(({ type }) => type === 'incident.opened')?.data;
  const first = events.find(({ type }) => type === 'incident.confirmed')?.data;
  const facts = used.find(({ kind }) => kind === 'severity')?.facts;
  const untouched = first === undefined && facts === undefined;
  const severity = toSeverity(opened?.['severity'] ?? first?.['from'] ?? facts?.['from']);
  // An agent's opening confirms nothing.
  const mayStand = !isSigned || incident.openedBy === 'human';
  const stood = opened?.['severity_confirmed'] ?? (untouched ? incident.severityConfirmed : facts?.['confirmed']);
  return {
    severity: severity ?? (untouched ? incident.severity : 'SEV1'),
    severityConfirmed: mayStand && stood === true,
  };
}

/** What was signed of an end: the record may hold what somebody else said of it since. */
function closureOf(approval: Approval | undefined): Closure | undefined {
  const { decision, facts } = approval ?? {};
  if (!decision) return undefined;
  const { at, by, reason } = decision;
  const resolution = resolutions.find((each) => each === facts?.['resolution']) ?? 'resolved';
  const diagnosis = diagnosisVerdicts.find((each) => each === facts?.['diagnosis']);
  return { at, by, reason, resolution, ...(diagnosis && { diagnosis }) };
}

function toSeverity(value: unknown): Severity | undefined {
  return severities.find((each) => each === value);
}

/** The signature covers the binding: facts that were changed afterwards have another one. */
function isWhole({ incidentId, kind, facts, binding }: Approval): boolean {
  return bindingOf({ incidentId, kind, facts }) === binding;
}

function toEntries(grant: unknown): readonly (readonly [BudgetKind, number])[] {
  if (grant === null || typeof grant !== 'object') return [];
  const amounts = grant as Readonly<Record<string, unknown>>;
  return budgetKinds.flatMap((kind) => {
    const amount = amounts[kind];
    return Number.isSafeInteger(amount) && Number(amount) > 0 ? [[kind, Number(amount)] as const] : [];
  });
}
