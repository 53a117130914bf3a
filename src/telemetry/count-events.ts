import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import { errorKinds } from '#domain/errors.ts';
import { severities } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { verdicts } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Asked } from '#telemetry/call-facts.ts';
import { UNASKED } from '#telemetry/call-facts.ts';
import { decisionOf } from '#telemetry/decision.ts';
import { droppedKinds } from '#telemetry/dropped.ts';
import { createPhaseCounter } from '#telemetry/incident-phases.ts';
import {
  breakerNames,
  createLabels,
  createRuleLabels,
  escalationReason,
  escalationReasons,
} from '#telemetry/label-sets.ts';
import type { RecordMetrics } from '#telemetry/record-metrics.ts';

/** The names that have labels of their own. */
export interface KnownNames {
  /** Names of our tools. */
  readonly tools: readonly string[];
  /** Ids of all providers. */
  readonly providers: readonly string[];
  /** Whom this server may ask. */
  readonly sources: readonly Pick<Asked, 'provider' | 'role'>[];
}

/** Makes the one function that turns records into numbers: the same records give the same numbers, in whichever process. */
export function createEventCounter(metrics: RecordMetrics, names: KnownNames): (event: TimelineEvent) => void {
  const labels = {
    tool: createLabels([...names.tools, 'host']),
    provider: createLabels(names.providers),
    outcome: createLabels(outcomes),
    role: createLabels(['logs', 'metrics', 'deploys', 'host']),
    rule: createRuleLabels(),
  };
  beginAtZero(metrics, names);
  const countPhases = createPhaseCounter(metrics);
  const countRisk = createRiskCounter(metrics);
  return (event) => {
    countPhases(event);
    countRisk(event);
    if (event.type.startsWith('call.')) countCall(metrics, event, labels);
    else countOutcome(metrics, event);
  };
}

/** Ends of a pull request; one that is open again was counted when it was closed. */
const OUTCOMES_COUNTED = ['merged', 'closed', 'reverted'] as const;

/** How a call or a question can end. */
const outcomes = ['ok', ...Object.keys(errorKinds)];

interface Labels {
  readonly tool: (value: unknown) => string;
  readonly provider: (value: unknown) => string;
  readonly outcome: (value: unknown) => string;
  readonly role: (value: unknown) => string;
  readonly rule: (value: unknown) => string;
}

/** A rate needs a first zero: what is rare must not begin at one. Only rules cannot be known before. */
function beginAtZero(metrics: RecordMetrics, { tools, sources }: KnownNames): void {
  for (const tool of [...tools, 'host', 'other']) {
    metrics.durations.zero({ tool });
    metrics.decisions.inc({ decision: 'allow', rule: 'none', tool }, 0);
    for (const outcome of outcomes) metrics.calls.inc({ tool, outcome }, 0);
  }
  for (const who of sources) {
    metrics.askedSeconds.zero(who);
    for (const outcome of outcomes) metrics.asked.inc({ ...who, outcome }, 0);
  }
  for (const kind of budgetKinds) {
    // Wall time is measured, never spent.
    if (kind !== 'wall_seconds') metrics.spent.inc({ kind }, 0);
    for (const scope of ['incident', 'daily']) metrics.exhausted.inc({ kind, scope }, 0);
  }
  for (const breaker of breakerNames) metrics.breakers.inc({ breaker }, 0);
  for (const reason of escalationReasons) metrics.escalations.inc({ reason }, 0);
  for (const verdict of verdicts) metrics.runs.inc({ verdict }, 0);
  for (const outcome of OUTCOMES_COUNTED) metrics.pullRequestOutcomes.inc({ outcome }, 0);
  for (const event of ['opened', 'updated'])
    for (const draft of ['true', 'false']) metrics.pullRequests.inc({ event, draft }, 0);
  for (const severity of severities) for (const by of ['human', 'agent']) metrics.opened.inc({ severity, by }, 0);
  for (const event of ['requested', 'granted', 'rejected']) metrics.approvals.inc({ event }, 0);
  for (const outcome of ['sent', 'failed']) metrics.notifications.inc({ outcome }, 0);
  for (const what of droppedKinds) metrics.dropped.inc({ what }, 0);
}

function countCall(metrics: RecordMetrics, event: TimelineEvent, labels: Labels): void {
  const { type, data, actor } = event;
  const ofHost = actor.startsWith('hook:');
  const tool = ofHost ? 'host' : labels.tool(event.tool);
  const rules = listOf(data['rule_ids']);
  const decision = decisionOf(event);
  if (decision) metrics.decisions.inc({ decision, rule: rules.length > 0 ? labels.rule(rules[0]) : 'none', tool });
  for (const rule of rules) countRule(metrics, rule, labels);
  for (const [kind, amount] of amountsOf(type === 'call.admitted' ? data['spend'] : data['actual']))
    metrics.spent.inc({ kind }, amount);
  // Calls of the host's own tools are judged here and answered elsewhere.
  if (type === 'call.admitted' && !ofHost) return;
  const ok = type === 'call.succeeded' || type === 'call.free' || type === 'call.admitted';
  metrics.calls.inc({ tool, outcome: ok ? 'ok' : labels.outcome(data['code']) });
  if (typeof data['took_ms'] === 'number') metrics.durations.observe({ tool }, data['took_ms'] / 1_000);
  for (const asked of listOf(data['asked'])) countAsked(metrics, asked, labels);
}

/** The risk stands in the record of the call that may publish; it counts once the change is published. */
function createRiskCounter({ risks }: Pick<RecordMetrics, 'risks'>): (event: TimelineEvent) => void {
  const admitted = new Map<string, number>();
  return ({ chain, type, data }) => {
    if (type === 'call.admitted' && data['action'] === 'publish') {
      const { score } = fieldsOf(data['risk']);
      if (typeof score === 'number') admitted.set(chain, score);
    }
    if (type !== 'pull_request.opened' && type !== 'pull_request.updated') return;
    const score = admitted.get(chain);
    admitted.delete(chain);
    if (score !== undefined) risks.observe(score);
  };
}

function countRule({ findings, exhausted, breakers }: RecordMetrics, rule: Json, labels: Labels): void {
  findings.inc({ rule: labels.rule(rule) });
  if (typeof rule !== 'string') return;
  const [family, name] = rule.split('/', 2);
  const kind = budgetKinds.find((each) => each === name);
  if (kind && (family === 'budget' || family === 'daily_budget'))
    exhausted.inc({ kind, scope: family === 'budget' ? 'incident' : 'daily' });
  const breaker = breakerNames.find((each) => rule === `breaker/${each}` || rule === each);
  if (breaker) breakers.inc({ breaker });
}

function countAsked({ asked, askedSeconds, breakers }: RecordMetrics, value: Json, labels: Labels): void {
  const { provider, role, outcome, ms } = fieldsOf(value);
  if (outcome === UNASKED) return breakers.inc({ breaker: 'provider' });
  const who = { provider: labels.provider(provider), role: labels.role(role) };
  asked.inc({ ...who, outcome: labels.outcome(outcome) });
  if (typeof ms === 'number') askedSeconds.observe(who, ms / 1_000);
}

function countOutcome(metrics: RecordMetrics, { type, data }: TimelineEvent): void {
  switch (type) {
    case 'incident.opened':
      return metrics.opened.inc({
        severity: severities.find((each) => each === data['severity']) ?? 'SEV3',
        by: data['opened_by'] === 'agent' ? 'agent' : 'human',
      });
    case 'incident.escalated':
      countBreaker(metrics, data['rule_id']);
      return metrics.escalations.inc({ reason: escalationReason(data['rule_id']) });
    case 'server.stopped':
      return metrics.breakers.inc({ breaker: 'kill_switch' });
    case 'patch.applied':
      return metrics.patches.inc();
    case 'tests.finished':
      return countRun(metrics, data);
    case 'pull_request.opened':
    case 'pull_request.updated':
      return metrics.pullRequests.inc({
        event: type === 'pull_request.opened' ? 'opened' : 'updated',
        draft: String(data['draft'] === true),
      });
    case 'pull_request.outcome': {
      const outcome = OUTCOMES_COUNTED.find((each) => each === data['outcome']);
      return outcome && metrics.pullRequestOutcomes.inc({ outcome });
    }
    case 'approval.requested':
    case 'approval.granted':
    case 'approval.rejected':
      return metrics.approvals.inc({ event: type.slice('approval.'.length) });
    case 'notify.sent':
    case 'notify.failed':
      return metrics.notifications.inc({ outcome: type === 'notify.sent' ? 'sent' : 'failed' });
    case 'telemetry.dropped':
      for (const what of droppedKinds) metrics.dropped.inc({ what }, Math.max(0, Number(data[what]) || 0));
      return undefined;
    default:
      return undefined;
  }
}

function countBreaker({ breakers }: RecordMetrics, rule: Json | undefined): void {
  const breaker = breakerNames.find((each) => rule === `breaker/${each}`);
  if (breaker) breakers.inc({ breaker });
}

function countRun(metrics: RecordMetrics, data: TimelineEvent['data']): void {
  const verdict = verdicts.find((each) => each === data['verdict']);
  if (verdict) metrics.runs.inc({ verdict });
  if (typeof data['duration_s'] === 'number') metrics.runSeconds.observe(data['duration_s']);
  for (const [kind, amount] of amountsOf(data['actual'])) metrics.spent.inc({ kind }, amount);
}

/** Amounts by kind, in the units of the metrics. */
function amountsOf(value: Json | undefined): readonly (readonly [string, number])[] {
  const fields = fieldsOf(value);
  return budgetKinds.flatMap((kind) => {
    const amount = fields[kind];
    if (typeof amount !== 'number' || amount < 0) return [];
    return [[kind, kind === 'usd' ? amount / MICROS_PER_USD : amount] as const];
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function fieldsOf(value: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  return value as Readonly<Record<string, Json>>;
}
