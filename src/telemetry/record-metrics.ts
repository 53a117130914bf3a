import type { Counter, Gauge, Histogram, Registry } from 'prom-client';

interface Library {
  readonly Counter: typeof Counter;
  readonly Gauge: typeof Gauge;
  readonly Histogram: typeof Histogram;
}

/** Everything that is counted from the records; the values of every label come from a closed or capped set. */
export interface RecordMetrics {
  readonly calls: Counter<'tool' | 'outcome'>;
  readonly durations: Histogram<'tool'>;
  readonly decisions: Counter<'decision' | 'rule' | 'tool'>;
  readonly findings: Counter<'rule'>;
  readonly spent: Counter<'kind'>;
  readonly exhausted: Counter<'kind' | 'scope'>;
  readonly breakers: Counter<'breaker'>;
  readonly asked: Counter<'provider' | 'role' | 'outcome'>;
  readonly askedSeconds: Histogram<'provider' | 'role'>;
  readonly incidents: Gauge<'state' | 'severity'>;
  readonly opened: Counter<'severity' | 'by'>;
  readonly phases: Histogram<'phase' | 'severity'>;
  readonly patches: Counter;
  readonly risks: Histogram;
  readonly runs: Counter<'verdict'>;
  readonly runSeconds: Histogram;
  readonly pullRequests: Counter<'event' | 'draft'>;
  readonly pullRequestOutcomes: Counter<'outcome'>;
  readonly escalations: Counter<'reason'>;
  readonly approvals: Counter<'event'>;
  readonly notifications: Counter<'outcome'>;
  readonly dropped: Counter<'what'>;
}

/** Seconds; from the MCP semantic conventions of OpenTelemetry. */
const CALL_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
/** Seconds: agents stay in a phase for seconds, humans for up to days. */
const PHASE_BUCKETS = [1, 2, 5, 10, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 259_200];
/** Seconds: suites take longer than calls. */
const RUN_BUCKETS = [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];
const SCORE_BUCKETS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** Declares them in a registry. */
export function declareRecordMetrics(library: Library, registry: Registry): RecordMetrics {
  return {
    ...callMetrics(library, registry),
    ...incidentMetrics(library, registry),
    ...outcomeMetrics(library, registry),
  };
}

function callMetrics({ Counter, Histogram }: Library, registry: Registry) {
  const counter = counterIn(Counter, registry);
  const histogram = histogramIn(Histogram, registry);
  return {
    calls: counter('tool_calls_total', 'Tool calls by outcome: ok, or the code of the refusal or failure.', [
      'tool',
      'outcome',
    ]),
    durations: histogram('tool_call_duration_seconds', 'Time from the call to its record.', {
      labelNames: ['tool'],
      buckets: CALL_BUCKETS,
    }),
    decisions: counter('policy_decisions_total', 'Decisions of the policy; rule is the first that objected, or none.', [
      'decision',
      'rule',
      'tool',
    ]),
    findings: counter('policy_findings_total', 'Objections by rule: a decision may have several.', ['rule']),
    spent: counter('budget_spent_total', 'Spent of budgets; usd in dollars, the rest in whole units.', ['kind']),
    exhausted: counter('budget_denials_total', 'Calls that were refused because a budget was used up.', [
      'kind',
      'scope',
    ]),
    asked: counter('provider_requests_total', 'Questions to log, metric and deploy sources and code hosts.', [
      'provider',
      'role',
      'outcome',
    ]),
    askedSeconds: histogram('provider_request_duration_seconds', 'Time until a provider had answered.', {
      labelNames: ['provider', 'role'],
      buckets: CALL_BUCKETS,
    }),
  };
}

function incidentMetrics({ Counter, Gauge, Histogram }: Library, registry: Registry) {
  const counter = counterIn(Counter, registry);
  const histogram = histogramIn(Histogram, registry);
  return {
    incidents: new Gauge({
      name: 'fixgate_incidents',
      help: 'Incidents that are not closed, by where they stand.',
      labelNames: ['state', 'severity'] as const,
      registers: [registry],
    }),
    opened: counter('incidents_opened_total', 'Incidents that were opened.', ['severity', 'by']),
    phases: histogram('incident_phase_duration_seconds', 'How long incidents stayed in a phase, once they left it.', {
      labelNames: ['phase', 'severity'],
      buckets: PHASE_BUCKETS,
    }),
    breakers: counter('breaker_trips_total', 'Calls that a breaker refused, and incidents that it handed over.', [
      'breaker',
    ]),
    escalations: counter('escalations_total', 'Incidents that were handed over to humans.', ['reason']),
    approvals: counter('approvals_total', 'Questions to humans, and their answers.', ['event']),
  };
}

function outcomeMetrics({ Counter, Histogram }: Library, registry: Registry) {
  const counter = counterIn(Counter, registry);
  const histogram = histogramIn(Histogram, registry);
  return {
    patches: counter('patches_total', 'Patches that were applied.', []),
    risks: histogram('patch_risk_score', 'Risk of the changes that were published, from 0 to 100.', {
      labelNames: [],
      buckets: SCORE_BUCKETS,
    }),
    runs: counter('test_runs_total', 'Test runs that ended, by verdict.', ['verdict']),
    runSeconds: histogram('test_run_duration_seconds', 'Time that a test run took.', {
      labelNames: [],
      buckets: RUN_BUCKETS,
    }),
    pullRequests: counter('pull_requests_total', 'Pull requests that were opened or updated.', ['event', 'draft']),
    pullRequestOutcomes: counter('pr_outcome_total', 'What became of pull requests, once somebody asked.', ['outcome']),
    notifications: counter('notifications_total', 'Messages to other systems, by how each attempt ended.', ['outcome']),
    dropped: counter('dropped_total', 'Spans, metrics and log lines that could not be delivered.', ['what']),
  };
}

function counterIn(Make: Library['Counter'], registry: Registry) {
  return <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Make({ name: `fixgate_${name}`, help, labelNames: [...labelNames], registers: [registry] });
}

function histogramIn(Make: Library['Histogram'], registry: Registry) {
  return <L extends string>(
    name: string,
    help: string,
    { labelNames, buckets }: { readonly labelNames: readonly L[]; readonly buckets: number[] },
  ): Histogram<L> =>
    new Make({ name: `fixgate_${name}`, help, labelNames: [...labelNames], buckets, registers: [registry] });
}
