import type { Amounts, BudgetKind } from '#domain/budget.ts';
import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import type { TestRun } from '#domain/remediation.ts';
import type { NewTimelineEvent, TimelineEvent } from '#domain/timeline.ts';
import { describeUse } from '#policy/refusals.ts';
import type { Policy } from '#policy/schema.ts';

/** Percent of a cap from which an agent and the records are told, once each. */
const LEVELS = [90, 75] as const;

/** One kind of spending that comes near its cap. */
export interface BudgetWarning {
  readonly kind: BudgetKind;
  /** Percent of the cap; 0 for an amount that the policy wants to be told of. */
  readonly level: (typeof LEVELS)[number] | 0;
  readonly used: number;
  readonly cap: number;
}

/** What a policy wants to be told of, in dollars. */
type Wish = Pick<Policy, 'warn_at_usd'>;

/**
 * Everything that is used to 75 % or more, and dollars from `warn_at_usd` on, while something is left; what is used up is refused and
 * needs no warning.
 */
export function nearCaps(
  caps: Amounts,
  used: Amounts,
  runs: () => readonly TestRun[],
  { warn_at_usd: wish }: Wish = {},
): readonly BudgetWarning[] {
  const wished = wish === undefined ? Number.POSITIVE_INFINITY : wish * MICROS_PER_USD;
  return budgetKinds.flatMap((kind) => {
    const [cap, use] = [caps[kind], used[kind]];
    if (use >= cap) return [];
    const level = LEVELS.find((each) => use * 100 >= cap * each) ?? (kind === 'usd' && use >= wished ? 0 : undefined);
    if (level === undefined) return [];
    // A run holds all the time that it may take until it has ended.
    if (kind === 'test_seconds' && runs().some(({ status }) => status === 'running')) return [];
    return [{ kind, level, used: use, cap }];
  });
}

/** Those that the records do not tell of yet; a cap that a human raised is warned of anew. */
export function newWarnings(
  warnings: readonly BudgetWarning[],
  events: readonly TimelineEvent[],
): readonly BudgetWarning[] {
  const told = events.filter(({ type }) => type === 'budget.warned');
  return warnings.filter(
    ({ kind, level, cap }) =>
      !told.some(({ data }) => data['kind'] === kind && data['cap'] === cap && Number(data['level']) >= level),
  );
}

/** In one sentence. */
export function warningText({ kind, level, used, cap }: BudgetWarning): string {
  const use = describeUse(kind, cap, used);
  return level === 0
    ? `As much of a budget is used as the policy warns of: ${use}.`
    : `At least ${level} % of a budget is used: ${use}.`;
}

/** As the timeline keeps it. */
export function warningEvent(warning: BudgetWarning, by: Pick<NewTimelineEvent, 'tool' | 'callId'>): NewTimelineEvent {
  return { type: 'budget.warned', actor: 'server', ...by, summary: warningText(warning), data: { ...warning } };
}
