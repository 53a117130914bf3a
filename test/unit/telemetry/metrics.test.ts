import { describe, expect, it } from 'vitest';

import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import { createDropped } from '#telemetry/dropped.ts';
import { createMetrics } from '#telemetry/metrics.ts';

const HOUR = 3_600_000;

interface Part {
  readonly type: TimelineType;
  readonly at?: number;
  readonly chain?: string;
  readonly actor?: string;
  readonly tool?: string;
  readonly data?: TimelineEvent['data'];
}

/** Metrics over records that were written by whomever. */
async function metricsOf(parts: readonly Part[]) {
  const events = parts.map((part, index) => ({
    position: index + 1,
    event: {
      chain: 'PD-1',
      seq: index + 1,
      at: 0,
      actor: 'claude',
      summary: '',
      data: {},
      prevHash: '',
      hash: '',
      ...part,
    } satisfies TimelineEvent,
  }));
  const store = {
    eventsAfter: (position: number, limit: number) => events.filter((each) => each.position > position).slice(0, limit),
  };
  const metrics = await createMetrics({
    store,
    tools: ['apply_patch', 'run_tests'],
    providers: ['loki'],
    sources: [{ provider: 'loki', role: 'logs' }],
    version: '1.2.3',
    state: 'abcd',
  });
  return { metrics, events };
}

/** The series that are not zero, without the label that all have. */
async function counted(parts: readonly Part[], prefix: string): Promise<readonly string[]> {
  const { metrics } = await metricsOf(parts);
  const text = await metrics.recordsText();
  return text
    .split('\n')
    .filter((line) => line.startsWith(prefix) && !line.endsWith(' 0') && !line.includes('_bucket'))
    .map((line) => line.replace(/,?state_id="abcd",?/, (match) => (match === ',state_id="abcd",' ? ',' : '')))
    .map((line) => line.slice('fixgate_'.length).replace('{}', ''));
}

const opened: Part = { type: 'incident.opened', data: { severity: 'SEV2', opened_by: 'human' } };
const denied = (rules: readonly string[], code = 'policy_denied', more: Part['data'] = {}): Part => ({
  type: 'call.denied',
  tool: 'apply_patch',
  data: { code, rule_ids: [...rules], ...more },
});

describe('the metrics of a state folder', () => {
  it('count a call once, by how it ended [telemetry:metrics:calls]', async () => {
    const calls: Part[] = [
      { type: 'call.admitted', tool: 'apply_patch' },
      { type: 'call.succeeded', tool: 'apply_patch', data: { took_ms: 1_500 } },
      { type: 'call.admitted', tool: 'run_tests' },
      { type: 'call.failed', tool: 'run_tests', data: { code: 'timeout', took_ms: 500 } },
      { type: 'call.invalid', tool: 'rm -rf /', data: { code: 'not_found' } },
      { type: 'call.free', tool: 'apply_patch' },
      { type: 'call.admitted', actor: 'hook:claude', tool: 'Bash' },
      { ...denied(['host_tool/unknown']), actor: 'hook:claude', tool: 'mcp__other__thing' },
    ];

    expect(await counted(calls, 'fixgate_tool_calls_total')).toEqual([
      'tool_calls_total{tool="apply_patch",outcome="ok"} 2',
      'tool_calls_total{tool="run_tests",outcome="timeout"} 1',
      'tool_calls_total{tool="host",outcome="ok"} 1',
      'tool_calls_total{tool="host",outcome="policy_denied"} 1',
      'tool_calls_total{tool="other",outcome="not_found"} 1',
    ]);
    expect(await counted(calls, 'fixgate_tool_call_duration_seconds_sum')).toEqual([
      'tool_call_duration_seconds_sum{tool="apply_patch"} 1.5',
      'tool_call_duration_seconds_sum{tool="run_tests"} 0.5',
    ]);
  });

  it('count decisions by the first rule, and every rule that objected [telemetry:metrics:decisions]', async () => {
    const calls = [
      { type: 'call.admitted', tool: 'run_tests' } as const,
      denied(['max_files', 'max_lines']),
      denied(['max_lines'], 'approval_required'),
    ];

    expect(await counted(calls, 'fixgate_policy')).toEqual([
      'policy_decisions_total{decision="allow",rule="none",tool="run_tests"} 1',
      'policy_decisions_total{decision="deny",rule="max_files",tool="apply_patch"} 1',
      'policy_decisions_total{decision="require_approval",rule="max_lines",tool="apply_patch"} 1',
      'policy_findings_total{rule="max_files"} 1',
      'policy_findings_total{rule="max_lines"} 2',
    ]);
  });

  it('give no more than 200 rules a label of their own, and none a long one [telemetry:metrics:labels]', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => denied([`code_rules/${index}`]));
    const findings = await counted([denied(['x'.repeat(500)]), ...many], 'fixgate_policy_findings_total');

    expect(findings).toHaveLength(201);
    expect(findings).toContain('policy_findings_total{rule="other"} 801');
  });

  it('count what was spent as it was used, and what was refused for want of it [telemetry:metrics:budgets]', async () => {
    const calls: Part[] = [
      {
        type: 'call.admitted',
        tool: 'run_tests',
        data: { spend: { tool_calls: 1, usd: 2_500_000 }, held: { bytes_out: 8_000 } },
      },
      { type: 'call.succeeded', tool: 'run_tests', data: { actual: { bytes_out: 120 } } },
      { type: 'tests.finished', data: { verdict: 'fail', duration_s: 3, actual: { test_seconds: 4 } } },
      denied(['budget/usd', 'daily_budget/tool_calls'], 'budget_exhausted'),
    ];

    expect(await counted(calls, 'fixgate_budget')).toEqual([
      'budget_spent_total{kind="tool_calls"} 1',
      'budget_spent_total{kind="test_seconds"} 4',
      'budget_spent_total{kind="bytes_out"} 120',
      'budget_spent_total{kind="usd"} 2.5',
      'budget_denials_total{kind="tool_calls",scope="daily"} 1',
      'budget_denials_total{kind="usd",scope="incident"} 1',
    ]);
  });

  it.each([
    ['breaker/attempts', 'attempts'],
    ['breaker/denial_storm', 'breaker'],
    ['budget/usd', 'budget'],
    ['daily_budget/tool_calls', 'budget'],
    ['budget/wall_seconds', 'time'],
    ['risk/high', 'risk'],
    ['escalate', 'agent'],
    ['human', 'human'],
    ['hooks/patch_applied', 'hook'],
    ['something/new', 'other'],
  ])('count a hand-over by %s as %s [telemetry:metrics:escalations]', async (rule_id, reason) => {
    expect(await counted([opened, { type: 'incident.escalated', data: { rule_id } }], 'fixgate_escalations')).toEqual([
      `escalations_total{reason="${reason}"} 1`,
    ]);
  });

  it('count breakers that refuse, hand over, or stop everything [telemetry:metrics:breakers]', async () => {
    const events: Part[] = [
      denied(['breaker/same_diff']),
      denied(['breaker/cooldown']),
      denied(['breaker/repo_quality', 'breaker/deploy_in_progress']),
      denied(['breaker/storm', 'breaker/sev1_active']),
      { type: 'call.succeeded', data: { asked: [{ provider: 'loki', role: 'logs', ms: 0, outcome: 'unasked' }] } },
      { type: 'incident.escalated', data: { rule_id: 'breaker/denial_storm' } },
      { type: 'server.stopped', chain: '_server' },
    ];

    expect(await counted(events, 'fixgate_breaker')).toEqual([
      'breaker_trips_total{breaker="denial_storm"} 1',
      'breaker_trips_total{breaker="same_diff"} 1',
      'breaker_trips_total{breaker="sev1_active"} 1',
      'breaker_trips_total{breaker="provider"} 1',
      'breaker_trips_total{breaker="cooldown"} 1',
      'breaker_trips_total{breaker="repo_quality"} 1',
      'breaker_trips_total{breaker="deploy_in_progress"} 1',
      'breaker_trips_total{breaker="storm"} 1',
      'breaker_trips_total{breaker="kill_switch"} 1',
    ]);
  });

  it('count questions to providers, with unknown ones as other [telemetry:metrics:providers]', async () => {
    const asked = [
      { provider: 'loki', role: 'logs', ms: 250, outcome: 'ok' },
      { provider: 'loki', role: 'logs', ms: 750, outcome: 'provider_unavailable' },
      { provider: 'https://evil.example', role: 'x', ms: 1, outcome: 'made up' },
    ];
    const calls: Part[] = [{ type: 'call.succeeded', tool: 'run_tests', data: { asked } }];

    expect(await counted(calls, 'fixgate_provider_requests_total')).toEqual([
      'provider_requests_total{provider="loki",role="logs",outcome="ok"} 1',
      'provider_requests_total{provider="loki",role="logs",outcome="provider_unavailable"} 1',
      'provider_requests_total{provider="other",role="other",outcome="other"} 1',
    ]);
    expect(await counted(calls, 'fixgate_provider_request_duration_seconds_sum')).toContain(
      'provider_request_duration_seconds_sum{provider="loki",role="logs"} 1',
    );
  });

  it('follow an incident through its phases, and forget it when it is closed [telemetry:metrics:phases]', async () => {
    const life: Part[] = [
      opened,
      { type: 'call.admitted', at: HOUR, data: { action: 'read' } },
      { type: 'patch.applied', at: 3 * HOUR },
      { type: 'tests.finished', at: 4 * HOUR, data: { verdict: 'fail' } },
      { type: 'tests.finished', at: 5 * HOUR, data: { verdict: 'pass' } },
      { type: 'pull_request.opened', at: 6 * HOUR, data: { draft: true } },
      { ...opened, chain: 'PD-2' },
      { type: 'incident.confirmed', chain: 'PD-2', data: { severity: 'SEV1' } },
      { type: 'incident.escalated', chain: 'PD-2', at: 2 * HOUR, data: { rule_id: 'human' } },
    ];

    expect(await counted(life, 'fixgate_incident_phase_duration_seconds_sum')).toEqual([
      'incident_phase_duration_seconds_sum{phase="open",severity="SEV1"} 7200',
      'incident_phase_duration_seconds_sum{phase="open",severity="SEV2"} 3600',
      'incident_phase_duration_seconds_sum{phase="investigating",severity="SEV2"} 7200',
      'incident_phase_duration_seconds_sum{phase="patching",severity="SEV2"} 7200',
      'incident_phase_duration_seconds_sum{phase="verified",severity="SEV2"} 3600',
    ]);
    expect(await counted(life, 'fixgate_incidents{')).toEqual([
      'incidents{state="pr_open",severity="SEV2"} 1',
      'incidents{state="escalated",severity="SEV1"} 1',
    ]);
    expect(
      await counted(
        [...life, { type: 'incident.closed' }, { type: 'incident.closed', chain: 'PD-2' }],
        'fixgate_incidents{',
      ),
    ).toEqual([]);
  });

  it('let a resumed incident go on where it would stand, had it not been handed over [telemetry:metrics:phases]', async () => {
    const life: Part[] = [
      opened,
      { type: 'patch.applied' },
      { type: 'incident.escalated', data: { rule_id: 'budget/usd' } },
      { type: 'tests.finished', data: { verdict: 'pass' } },
      { type: 'incident.resumed' },
    ];
    const state = async (events: Part[]) => await counted(events, 'fixgate_incidents{');
    expect(await state(life.slice(0, 4))).toEqual(['incidents{state="escalated",severity="SEV2"} 1']);
    expect(await state(life)).toEqual(['incidents{state="verified",severity="SEV2"} 1']);
    expect(await state(life.filter(({ type }) => type !== 'tests.finished'))).toEqual([
      'incidents{state="patching",severity="SEV2"} 1',
    ]);
  });

  it('count the risk of what was published, not of what was only tried [telemetry:metrics:risk]', async () => {
    const admitted = (action: string, score: number, chain = 'PD-1'): Part => ({
      type: 'call.admitted',
      chain,
      data: { action, risk: { score } },
    });
    const events: Part[] = [
      admitted('patch', 80),
      admitted('publish', 90, 'PD-2'),
      { type: 'call.failed', chain: 'PD-2', data: { code: 'provider_unavailable' } },
      admitted('publish', 42),
      { type: 'pull_request.opened', data: { draft: true } },
      admitted('publish', 15),
      { type: 'pull_request.updated', data: { draft: true } },
    ];
    expect(await counted(events, 'fixgate_patch_risk_score')).toEqual([
      'patch_risk_score_sum 57',
      'patch_risk_score_count 2',
    ]);
  });

  it('tell phases of seconds apart [telemetry:metrics:phases]', async () => {
    const { metrics } = await metricsOf([
      opened,
      { type: 'call.admitted', at: 3_000, data: { action: 'read' } },
      { type: 'patch.applied', at: 11_000 },
    ]);
    const buckets = (await metrics.recordsText())
      .split('\n')
      .filter((line) => line.includes('phase_duration_seconds_bucket') && line.endsWith(' 1'));
    const least = (phase: string) =>
      /le="([^"]+)"/.exec(buckets.find((line) => line.includes(`phase="${phase}"`)) ?? '')?.[1];
    expect([least('open'), least('investigating')]).toEqual(['5', '10']);
  });

  it('count outcomes [telemetry:metrics:outcomes]', async () => {
    const events: Part[] = [
      opened,
      { type: 'patch.applied' },
      { type: 'tests.finished', data: { verdict: 'flaky', duration_s: 2 } },
      { type: 'call.admitted', tool: 'run_tests', data: { action: 'publish', risk: { score: 42 } } },
      { type: 'pull_request.opened', data: { draft: false } },
      { type: 'approval.requested' },
      { type: 'notify.failed' },
      { type: 'telemetry.dropped', chain: '_server', data: { spans: 12, made_up: 5 } },
    ];
    const all = await Promise.all(
      ['patches', 'test_runs', 'patch_risk_score_sum', 'pull_requests', 'approvals', 'notifications', 'dropped'].map(
        (name) => counted(events, `fixgate_${name}`),
      ),
    );

    expect(all.flat()).toEqual([
      'patches_total 1',
      'test_runs_total{verdict="flaky"} 1',
      'patch_risk_score_sum 42',
      'pull_requests_total{event="opened",draft="false"} 1',
      'approvals_total{event="requested"} 1',
      'notifications_total{outcome="failed"} 1',
      'dropped_total{what="spans"} 12',
    ]);
  });

  it('count what became of pull requests, from zero, and no word from outside [telemetry:metrics:outcomes]', async () => {
    const became = (outcome: string): Part => ({ type: 'pull_request.outcome', data: { outcome } });
    const { metrics } = await metricsOf([opened]);
    expect(
      (await metrics.recordsText()).match(/fixgate_pr_outcome_total\{outcome="\w+",state_id="abcd"\} 0/g),
    ).toHaveLength(3);
    const events = ['merged', 'reverted', 'closed', 'open', 'closed', 'anything'].map(became);
    expect(await counted([opened, ...events], 'fixgate_pr_outcome')).toEqual([
      'pr_outcome_total{outcome="merged"} 1',
      'pr_outcome_total{outcome="closed"} 2',
      'pr_outcome_total{outcome="reverted"} 1',
    ]);
  });

  it('are the same in every process, and count each record once however often they are read [telemetry:metrics:records]', async () => {
    const parts = Array.from({ length: 1_200 }, () => denied(['max_files']));
    const [{ metrics }, { metrics: other }] = [await metricsOf(parts), await metricsOf(parts)];
    const texts = await Promise.all([metrics.recordsText(), metrics.recordsText(), other.recordsText()]);

    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('rule="max_files",state_id="abcd"} 1200');
  });

  it('say how this process does only where it is scraped', async () => {
    const { metrics } = await metricsOf([]);
    const { body } = await metrics.exposition();

    expect(body).toContain('fixgate_build_info{version="1.2.3",state_id="abcd"} 1');
    expect(body).toMatch(/process_resident_memory_bytes\{state_id="abcd"\} \d{6,}/);
    expect(await metrics.recordsText()).not.toContain('process_');
  });
});

it('puts on record what was dropped since the last time [telemetry:dropped:counted]', () => {
  const dropped = createDropped();
  dropped.add('spans', 3);
  dropped.add('log_lines');
  dropped.add('spans');

  expect(dropped.takeEvent()).toMatchObject({
    type: 'telemetry.dropped',
    summary: 'Not delivered: 4 spans, 1 log lines',
    data: { spans: 4, log_lines: 1 },
  });
  expect(dropped.takeEvent()).toBeUndefined();
});
