import type { PublishAction } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { BudgetKind, Spend } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Incident } from '#domain/incident.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { Policy } from '#policy/schema.ts';
import type { Store } from '#state/store.ts';

/** What humans have said of an incident, as far as it is proved: a record alone is believed nothing. */
export interface HumanWord {
  /** The incident with its release only where that is proved, whatever its age. */
  believed(incident: Incident): Promise<Incident>;
  /** What humans added to the budget when they resumed the incident; `usd` in micro-dollars. */
  grants(incident: Incident): Promise<Spend>;
  /** A human approved a patch whose result is exactly this tree, or publishing it, under this policy; whatever its age. */
  hasApprovedTree(action: PublishAction, incident: Incident, policy: Policy): Promise<boolean>;
}

/** Makes the reader of proved decisions. */
export function createHumanWord(deps: {
  readonly store: Pick<Store, 'approvals'>;
  readonly approvals: Pick<Approvals, 'isProved'>;
}): HumanWord {
  async function approved(incident: Incident, wanted: (approval: Approval) => boolean): Promise<readonly Approval[]> {
    const candidates = deps.store
      .approvals(incident.id)
      .filter((each) => each.decision?.verdict === 'approved' && isWhole(each) && wanted(each))
      .filter(({ facts }) => facts['base_commit'] === incident.repository.baseCommit);
    const proved = await Promise.all(candidates.map((each) => deps.approvals.isProved(each)));
    return candidates.filter((_, index) => proved[index]);
  }

  return {
    async believed(incident) {
      const { release, ...rest } = incident;
      if (!release) return incident;
      const released = await approved(incident, ({ kind }) => kind === 'release');
      return released.length > 0 ? incident : rest;
    },
    async grants(incident) {
      const resumed = await approved(incident, ({ kind, consumedAt }) => kind === 'resume' && consumedAt !== undefined);
      const sums: Partial<Record<BudgetKind, number>> = {};
      for (const [kind, amount] of resumed.flatMap(({ facts }) => toEntries(facts['grant'])))
        sums[kind] = Math.min((sums[kind] ?? 0) + amount, Number.MAX_SAFE_INTEGER);
      return sums;
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
