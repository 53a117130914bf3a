import type { PublishAction } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { BudgetKind, Spend } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Incident, Severity } from '#domain/incident.ts';
import { severities } from '#domain/incident.ts';
import type { TimelineType } from '#domain/timeline.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { Policy } from '#policy/schema.ts';
import { stricterSeverity } from '#policy/severity.ts';
import { takesSignature } from '#policy/trust.ts';
import type { Store } from '#state/store.ts';

/** What humans have said of an incident, as far as it is proved: a record alone is believed nothing. */
export interface HumanWord {
  /** Whose word is believed now, as `Approvals` tells it. */
  trust(): string;
  /**
   * The incident with its release, its lowered severity, its end and the end of its escalation only where each is proved,
   * whatever its age. What is not proved leaves it as strict as it was before.
   */
  believed(incident: Incident): Promise<Incident>;
  /** What humans added to the budget when they resumed the incident; `usd` in micro-dollars. */
  grants(incident: Incident): Promise<Spend>;
  /** Whether this decision about the incident is one of that kind, used and proved. */
  isProvedAs(kind: Approval['kind'], incident: Incident, approvalId: string): Promise<boolean>;
  /** A human approved a patch whose result is exactly this tree, or publishing it, under this policy; whatever its age. */
  hasApprovedTree(action: PublishAction, incident: Incident, policy: Policy): Promise<boolean>;
}

const EFFECTS: ReadonlySet<TimelineType> = new Set(['incident.confirmed', 'incident.resumed', 'incident.closed']);

/** Makes the reader of proved decisions. */
export function createHumanWord(deps: {
  readonly store: Pick<Store, 'approvals' | 'timeline'>;
  readonly approvals: Pick<Approvals, 'isProved' | 'trust'>;
}): HumanWord {
  async function approved(incident: Incident, wanted: (approval: Approval) => boolean): Promise<readonly Approval[]> {
    const candidates = deps.store.approvals(incident.id).filter(wanted);
    const proved = await Promise.all(candidates.map((each) => isProved(each, incident)));
    return candidates.filter((_, index) => proved[index]);
  }

  async function isProved(approval: Approval, incident: Incident): Promise<boolean> {
    const fits = isWhole(approval) && approval.facts['base_commit'] === incident.repository.baseCommit;
    return fits && approval.decision?.verdict === 'approved' && (await deps.approvals.isProved(approval));
  }

  /**
   * Decisions in the order in which they took effect, as the chain has it: whoever asks early and signs late comes late. What the chain
   * does not have counts as the last.
   */
  function usedOf({ id }: Incident): readonly Approval[] {
    const used = deps.store.approvals(id).filter(({ consumedAt }) => consumedAt !== undefined);
    if (used.length < 2) return used;
    const effects = deps.store.timeline(id).filter(({ type }) => EFFECTS.has(type));
    const places = new Map(effects.map(({ data }, index) => [data['approval'], index]));
    const placeOf = (approval: Approval) => places.get(approval.id) ?? Number.MAX_SAFE_INTEGER;
    return used.toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  /** A severity that was given without proof is worth nothing where it lets agents do more. */
  async function withSeverity(incident: Incident, used: readonly Approval[]): Promise<Incident> {
    let floor: { readonly severity: Severity; readonly confirmed: boolean } | undefined;
    for (const approval of used.filter(({ kind }) => kind === 'severity')) {
      const from = severities.find((each) => each === approval.facts['from']) ?? 'SEV1';
      const confirmed = approval.facts['confirmed'] === true && floor?.confirmed !== false;
      if (await isProved(approval, incident)) floor = undefined;
      else floor = { severity: floor ? stricterSeverity(floor.severity, from) : from, confirmed };
    }
    if (!floor) return await withConfirmation(incident, used);
    const severity = stricterSeverity(floor.severity, incident.severity);
    const severityConfirmed = incident.severityConfirmed && floor.confirmed;
    return await withConfirmation({ ...incident, severity, severityConfirmed }, used);
  }

  /** Where humans sign, a severity is confirmed by whoever opened the incident with it, or by a proved word for exactly this one alone. */
  async function withConfirmation(incident: Incident, used: readonly Approval[]): Promise<Incident> {
    const { severity, severityConfirmed, openedBy } = incident;
    if (!severityConfirmed || !takesSignature(deps.approvals.trust())) return incident;
    if (openedBy === 'human' && !wasConfirmedLater(incident)) return incident;
    const given = used.filter(({ kind, facts }) => kind === 'severity' && facts['to'] === severity);
    const proved = await Promise.all(given.map((each) => isProved(each, incident)));
    return proved.includes(true) ? incident : { ...incident, severityConfirmed: false };
  }

  /** What was said of the severity after the opening may be anybody's word. */
  function wasConfirmedLater({ id }: Incident): boolean {
    return deps.store.timeline(id).some(({ type }) => type === 'incident.confirmed');
  }

  /** Who was handed over stays so until somebody proves the contrary; so does what was closed without proof. */
  async function withState(incident: Incident, used: readonly Approval[]): Promise<Incident> {
    // A proved end holds also where somebody else resumed the incident since.
    const ended = await lastProved(incident, used, 'close');
    const resumed = await lastProved(incident, used, 'resume');
    if (ended > resumed) return { ...incident, state: 'closed' };
    const kind = incident.state === 'closed' ? 'close' : 'resume';
    const last = used.filter((approval) => approval.kind === kind).at(-1);
    const isUndone = incident.state === 'closed' || (last !== undefined && incident.state !== 'escalated');
    if (!isUndone || (last && (await isProved(last, incident)))) return incident;
    const reason = `It was ${kind === 'close' ? 'closed' : 'resumed'} without a proof that is believed here.`;
    return { ...incident, state: 'escalated', escalation: { reason, ruleId: 'human', at: last?.consumedAt ?? 0 } };
  }

  async function lastProved(incident: Incident, used: readonly Approval[], kind: Approval['kind']): Promise<number> {
    const proved = await Promise.all(used.map(async (each) => each.kind === kind && (await isProved(each, incident))));
    return proved.lastIndexOf(true);
  }

  return {
    async believed(incident) {
      const released = incident.release ? await approved(incident, ({ kind }) => kind === 'release') : [];
      const { release: _unproved, ...unreleased } = incident;
      const known = released.length > 0 ? incident : unreleased;
      const used = usedOf(incident);
      return await withState(await withSeverity(known, used), used);
    },
    async grants(incident) {
      const resumed = await approved(incident, ({ kind, consumedAt }) => kind === 'resume' && consumedAt !== undefined);
      const sums: Partial<Record<BudgetKind, number>> = {};
      for (const [kind, amount] of resumed.flatMap(({ facts }) => toEntries(facts['grant'])))
        sums[kind] = Math.min((sums[kind] ?? 0) + amount, Number.MAX_SAFE_INTEGER);
      return sums;
    },
    trust: deps.approvals.trust,
    async isProvedAs(kind, incident, approvalId) {
      const isIt = (each: Approval) => each.id === approvalId && each.kind === kind && each.consumedAt !== undefined;
      return (await approved(incident, isIt)).length > 0;
    },
    async hasApprovedTree({ tree, diffHash }, incident, policy) {
      const trees = await approved(
        incident,
        ({ kind, facts }) =>
          (kind === 'patch' || kind === 'publish') &&
          facts['tree'] === tree &&
          facts['diff_hash'] === diffHash &&
          facts['policy'] === policy.digest,
      );
      return trees.length > 0;
    },
  };
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
