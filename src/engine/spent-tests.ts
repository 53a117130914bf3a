import type { Amounts, BudgetKind } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { Verification } from '#engine/verification.ts';
import { exhaustedError, isEnded } from '#policy/refusals.ts';
import type { Store } from '#state/store.ts';

interface SpentTestsDeps {
  readonly store: Pick<Store, 'used' | 'getIncident' | 'escalate'>;
  readonly clock: Clock;
  readonly verification: Pick<Verification, 'isStuck'>;
  readonly capsOf: (incident: Incident) => Promise<Amounts>;
}

/**
 * Hands an incident over as soon as no tests are left and its tree is not green: no call would lead on. Answers why when it is handed over
 * for that, now or before.
 */
export type SpentTests = (incident: Incident) => Promise<string | undefined>;

const kinds: readonly BudgetKind[] = ['test_runs', 'test_seconds'];

/** Makes the watch over the budget of tests. */
export function createSpentTests({ store, clock, verification, capsOf }: SpentTestsDeps): SpentTests {
  return async ({ id }) => {
    const incident = store.getIncident(id);
    const used = store.used(id);
    if (!incident || incident.state === 'open' || used.test_runs === 0) return undefined;
    if (isEnded(incident)) return isOfTests(incident) ? incident.escalation?.reason : undefined;
    const caps = await capsOf(incident);
    const spent = kinds.filter((kind) => used[kind] >= caps[kind]);
    if (spent.length === 0 || !(await verification.isStuck(incident, spent))) return undefined;
    const error = exhaustedError(
      spent.map((kind) => ({ kind, scope: 'incident' as const })),
      caps,
      used,
    );
    const told = error.message.replace(/ Nothing was done\.$/, '');
    const reason = `${told} The required suites are not green, and no other run can make them so.`;
    store.escalate(id, { reason, ruleId: `budget/${spent[0]}`, at: clock.now() });
    return reason;
  };
}

function isOfTests({ escalation }: Incident): boolean {
  return kinds.some((kind) => escalation?.ruleId === `budget/${kind}`);
}
