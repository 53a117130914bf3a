import type { Escalation } from '#domain/incident.ts';
import type { ReportInput } from '#report/input.ts';
import type { Report, TimelineStep } from '#report/schema.ts';
import { toLine } from '#report/text.ts';

/** Clients that a report names. */
const MAX_AGENTS = 50;

/** Who called tools, in the order of their first calls; humans and the server itself are none of them. */
export function toAgents(timeline: readonly TimelineStep[]): Report['agents'] {
  const calls = timeline.filter(({ decision, actor }) => decision !== null && !/^(?:human|server)(?::|$)/.test(actor));
  const first = new Map<string, { first_at: string; calls: number }>();
  for (const { actor, at } of calls) {
    const known = first.get(actor) ?? { first_at: at, calls: 0 };
    first.set(actor, { ...known, calls: known.calls + 1 });
  }
  return [...first].slice(0, MAX_AGENTS).map(([name, rest]) => ({ name, ...rest }));
}

/** What the records hold of other hand-overs: one whose end is not believed here must not hide why the work first stopped. */
export function toEarlier({ reason, ruleId }: Escalation, events: ReportInput['events']) {
  return events
    .filter(({ type }) => type === 'incident.escalated')
    .map(({ at, summary, data }) => ({
      reason: summary,
      rule_id: typeof data['rule_id'] === 'string' ? toLine(data['rule_id'], 200) : 'human',
      at: new Date(at).toISOString(),
    }))
    .filter((each) => each.reason !== reason || each.rule_id !== ruleId)
    .map((each) => ({ ...each, reason: toLine(each.reason, 2_000) }))
    .slice(-10);
}

/** The policy that judged, and every decision of it. */
export function toPolicy({ policy, suitesFrom }: ReportInput, timeline: readonly TimelineStep[]): Report['policy'] {
  const decisions = timeline
    .filter(({ decision }) => decision !== null && decision !== 'free' && decision !== 'invalid')
    .map(({ step, at, tool, decision, rule_ids, would_deny, summary, fix }) => ({
      step,
      at,
      tool,
      decision,
      rule_ids,
      would_deny,
      summary,
      fix,
    }));
  return {
    name: policy.name,
    digest: policy.digest,
    hash: policy.digest,
    version: policy.version,
    mode: policy.mode,
    from: policy.from,
    others: [...policy.others],
    suites_from: suitesFrom ?? null,
    decisions,
    denials: decisions.filter(({ decision }) => decision !== 'allowed'),
  };
}
