import { describe, expect, it } from 'vitest';

import type { JudgedApproval } from '#report/approvals.ts';
import type { ReportInput } from '#report/input.ts';
import { toReport } from '#report/json.ts';
import { toMarkdown } from '#report/markdown.ts';
import { toPostmortemMarkdown } from '#report/postmortem-markdown.ts';
import { origins } from '#report/schema-facts.ts';
import { Report } from '#report/schema.ts';
import { toSlackMessage } from '#report/slack.ts';

import { approval, deployAnswer, evidence, kept, logAnswer, metricAnswer } from './evidence-records.ts';
import { escalatedInput, event, incident, reportInput, START } from './records.ts';

describe('evidence in the report', () => {
  const report = toReport(reportInput({ evidence }));

  it('is cited by query, window, source and SHA-256 of what was kept [report:evidence:cited]', () => {
    expect(Report.parse(report)).toEqual(report);
    expect(report.evidence.map(({ kind, source, query }) => [kind, source, query])).toEqual([
      ['logs', 'app-logs', '{app="user-service"} |= "error"'],
      ['metrics', 'prometheus', 'heap_bytes{service="user-service"}'],
      ['deploys', 'git', 'service=user-service env=production'],
      ['deploys', 'argocd', 'GET /api/v1/applications/user-service'],
    ]);
    expect(report.evidence[0]).toMatchObject({
      uri: 'incident://INC-1/evidence/1',
      since: '2026-03-02T08:40:00.000Z',
      until: '2026-03-02T09:00:00.000Z',
      matched: 812,
      sha256: logAnswer.sha256,
      url: 'https://logs.example/explore?x=1',
    });
    expect(report.evidence[3]).toMatchObject({ sha256: 'a'.repeat(64), matched: 3 });
    expect(report.environment.sources).toEqual(['app-logs', 'argocd', 'git', 'prometheus']);
  });

  it('keeps its hash when its text was removed', () => {
    const removed = { ...logAnswer, text: '', purgedAt: START };
    const [read] = toReport(reportInput({ evidence: [removed] })).evidence;
    expect(read).toMatchObject({ sha256: logAnswer.sha256, removed: true, source: 'unknown' });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[1]'],
    ['nothing', ''],
    ['an answer without a request', JSON.stringify({ tool: 'x', output: { rows: [] } })],
    ['rows of other kinds', JSON.stringify({ rows: 'rows', output: { rows: [1, null, 'x'] }, request: {} })],
    [
      'numbers that are none',
      JSON.stringify({ output: { matched: -1.5, window: { since: 'never' } }, request: { request: { of: 7 } } }),
    ],
  ])('that is %s breaks nothing', (_what, text) => {
    const broken = toReport(reportInput({ evidence: [kept(1, text)] }));
    expect(Report.parse(broken)).toEqual(broken);
  });

  it('that is no answer of a tool is not cited, and the same answer once', () => {
    const lines = kept(9, 'a log line', { mimeType: 'text/plain' });
    const again = { ...logAnswer, uri: 'incident://INC-1/evidence/8' };
    const { evidence: cited } = toReport(reportInput({ evidence: [lines, logAnswer, again] }));
    expect(cited.map(({ uri }) => uri)).toEqual(['incident://INC-1/evidence/8']);
  });
});

/** An answer of `get_incident_logs` with these rows. */
function readOf(n: number, rows: readonly object[]) {
  const whole = JSON.parse(logAnswer.text) as { output: { rows: readonly object[] } };
  whole.output.rows = rows;
  return kept(n, JSON.stringify(whole));
}

describe('the diagnosis', () => {
  const { diagnosis, suggested_actions: actions, impact } = toReport(reportInput({ evidence }));

  it('names suspects before the onset with their confidence, and nobody [report:diagnosis:suspects]', () => {
    expect(diagnosis).toMatchObject({
      category: 'deployment_issue',
      confidence: 0.84,
      rollback_to: '6c2ecb7adcfe deploy/41',
      suspects: [{ ref: 'deploy/42', confidence: 0.84, level: 'high', evidence: deployAnswer.uri }],
    });
    expect(JSON.stringify(diagnosis)).not.toMatch(/mallory/i);
  });

  it('says what is new in the logs and which metrics moved', () => {
    expect(diagnosis.signals.map(({ text }) => text)).toEqual([
      'new: heap <num> MB (400 times, 0 before)',
      'heap_bytes went from 120 to 900 MB',
    ]);
    expect(impact).toMatchObject({ log_events: { matched: 812, evidence: logAnswer.uri }, users_affected: null });
  });

  it('tells patterns of one text by their code, and leaves out what another read compared and found unchanged', () => {
    const old = { level: 'error', pattern: 'lost', count: 9, id: 'a' };
    const fresh = { level: 'error', pattern: 'failed', error: 'code 1213', count: 3, id: 'b' };
    const other = { level: 'error', pattern: 'gone', count: 2, id: 'c' };
    const compared = readOf(1, [
      { ...fresh, change: 'NEW', base: 0 },
      { ...old, change: 'SAME', base: 9 },
    ]);
    const bare = readOf(
      2,
      [old, fresh, other].map((row) => ({ ...row, change: 'UNKNOWN' })),
    );
    const read = toReport(reportInput({ evidence: [compared, bare] })).diagnosis;
    expect(read.signals.map(({ text }) => text)).toEqual([
      'error: gone (2 times)',
      'new: failed, code 1213 (3 times, 0 before)',
    ]);
  });

  it('calls no pattern an error that names no level, and every kind of error one', () => {
    const patterns = readOf(1, [
      { change: 'UNKNOWN', count: 160, pattern: 'GET /cart' },
      { change: 'UNKNOWN', count: 3, pattern: 'POST /pay failed', level: 'error' },
      { change: 'UNKNOWN', count: 8, pattern: 'cart saved', level: 'info' },
      { change: 'NEW', count: 1, base: 0, pattern: 'started' },
    ]);
    const errors = readOf(2, [{ type: 'RangeError', message: 'x <num>', count: 5, id: 'e' }]);
    const read = toReport(reportInput({ evidence: [patterns, errors] }));
    const told = [
      'error: RangeError: x <num> (5 times)',
      'error: POST /pay failed (3 times)',
      'new: started (once, 0 before)',
    ];
    expect(read.diagnosis.signals.map(({ text }) => text)).toEqual(told);
    expect(toMarkdown(read)).not.toContain('GET /cart');
    expect(toPostmortemMarkdown(read)).not.toContain('GET /cart');
  });

  it.each([
    ['moved', { name: 'p99', z: -4, base_p50: 20, p50: 5 }, ['p99 went from 20 to 5']],
    ['stayed', { name: 'p99', z: 2.9, base_p50: 20, p50: 21 }, []],
    ['has no baseline', { name: 'p99', z: 9, p50: 21 }, []],
  ])('tells of a metric that %s without a moment of change', (_what, row, texts) => {
    const whole = JSON.parse(metricAnswer.text) as { output: { rows: unknown[] } };
    whole.output.rows = [row];
    const read = toReport(reportInput({ evidence: [kept(2, JSON.stringify(whole))] })).diagnosis;
    expect(read.signals.map(({ text }) => text)).toEqual(texts);
  });

  it('says what nobody knows [report:diagnosis:unknowns]', () => {
    expect(diagnosis.unknowns).toEqual([
      'What git left out: its answer incident://INC-1/evidence/3 is partial.',
      'Whether the change removes the cause: no test failed before it and passes now.',
      'Whether the trouble is over: the change has not run in production.',
    ]);
    const { rca: _, ...bare } = incident;
    const opened = { ...bare, startedAt: bare.openedAt, severityConfirmed: false };
    const nothing = toReport(reportInput({ incident: opened, patches: [], runs: [] })).diagnosis;
    expect(nothing).toMatchObject({ root_cause: null, category: 'unknown', confidence: null });
    expect(nothing.unknowns).toHaveLength(6);
  });

  describe('with a cause that came with the pull request', () => {
    const { rca: _, ...bare } = incident;
    const opened = (cause: string, at = 90) =>
      event(at, 'pull_request.opened', { data: { url: 'https://git.example/1', root_cause: cause } });
    const told = (at: number) =>
      event(at, 'hand_over.told', { data: { reason: 'r', diagnosis: 'The pool is too small.', unknowns: [] } });
    const of = (events: ReturnType<typeof event>[], changes: Partial<ReportInput> = {}) =>
      toReport(reportInput({ incident: bare, events, ...changes }));

    it('tells it as words of the agent that nobody checked [report:diagnosis:pull-request]', () => {
      const report = of([opened('The queue <b>keeps</b> jobs.')]);
      expect(report.diagnosis.root_cause).toBe('The queue <b>keeps</b> jobs.');
      expect(report.diagnosis.unknowns.join()).not.toContain('nobody gave an analysis');
      expect(report.origins['diagnosis.root_cause']).toEqual({
        origin: 'reported',
        by: 'host',
        how: 'said with the pull request',
      });
      expect(toMarkdown(report)).toContain(
        'The agent, said with the pull request; nobody checked it:\n\n> The queue &lt;b&gt;keeps&lt;/b&gt; jobs.',
      );
      expect(toSlackMessage(report).text).toContain('*Suspected cause*: agent, unchecked: ');
      expect(toPostmortemMarkdown(report)).toContain('As reported by the agent, not checked by Fixgate:');
    });

    it('goes by what the agent said last, there or at a hand-over', () => {
      expect(of([opened('The queue.'), told(95)]).diagnosis.root_cause).toBe('The pool is too small.');
      const later = of([told(80), opened('The queue.')]);
      expect(later.diagnosis.root_cause).toBe('The queue.');
      expect(of([opened('The queue.')], { incident }).diagnosis.root_cause).toBe(incident.rca?.text);
    });

    it('is none where none was given with it', () => {
      const bareEvent = event(90, 'pull_request.opened', { data: { url: 'https://git.example/1' } });
      expect(of([bareEvent]).diagnosis.root_cause).toBeNull();
    });
  });

  it('suggests the way back first when a deploy is suspect, and nothing once it is over [report:actions:rollback-first]', () => {
    expect(actions.map(({ type }) => type)).toEqual(['rollback', 'code_fix', 'communicate']);
    expect(actions[0]).toMatchObject({
      description: 'Roll deploy/42 back to 6c2ecb7adcfe deploy/41.',
      command: 'git revert --no-edit abc1234def56',
      requires_approval: true,
    });
    const closed = { ...incident, state: 'closed' as const };
    expect(toReport(reportInput({ incident: closed, evidence })).suggested_actions).toEqual([]);
  });

  it('takes a deploy for the cause only when it is likely enough', () => {
    const weak = kept(3, deployAnswer.text.replace('0.84 high', '0.59 medium'));
    const report = toReport(reportInput({ evidence: [weak] }));
    expect(report.diagnosis).toMatchObject({ category: 'unknown', confidence: null });
    expect(report.suggested_actions.map(({ type }) => type)).not.toContain('rollback');
  });

  it('makes no command of what is no commit', () => {
    const hostile = kept(3, deployAnswer.text.replace('abc1234def56', '--exec=rm'));
    expect(toReport(reportInput({ evidence: [hostile] })).suggested_actions[0]).toMatchObject({
      type: 'rollback',
      command: null,
    });
  });
});

describe('where the facts come from', () => {
  it('is said of cost, times, severity, root cause and impact [report:origins:said]', () => {
    const { origins: facts } = toReport(reportInput({ evidence, approvals: [approval(1)] }));
    const of = (place: string) => [facts[place]?.origin, facts[place]?.by];
    expect(of('total_cost')).toEqual(['estimated', 'fixgate']);
    expect(of('times')).toEqual(['measured', 'fixgate']);
    expect(of('incident.severity')).toEqual(['reported', 'human']);
    expect(of('diagnosis.root_cause')).toEqual(['reported', 'human']);
    expect(of('impact.statement')).toEqual(['reported', 'human']);
    expect(of('impact.log_events')).toEqual(['measured', 'source']);
    expect(of('diagnosis.suspects')).toEqual(['estimated', 'fixgate']);
    expect(of('approvals')).toEqual(['reported', 'human']);
    expect(of('agent')).toEqual(['reported', 'host']);
    expect(new Set(Object.values(facts).map(({ origin }) => origin))).toEqual(new Set(origins));
  });

  it.each([
    [
      'nobody gave a severity',
      { severity: 'SEV3', severityConfirmed: false },
      'incident.severity',
      'estimated fixgate',
    ],
    ['nobody confirmed one', { severity: 'SEV1', severityConfirmed: false }, 'incident.severity', 'reported host'],
    ['nobody said when it began', { startedAt: START }, 'incident.started_at', 'estimated fixgate'],
    ['an agent opened it', { openedBy: 'agent' }, 'rca.text', 'reported host'],
  ] as const)('when %s', (_what, changes, place, expected) => {
    const report = toReport(reportInput({ incident: { ...incident, ...changes } }));
    expect(`${report.origins[place]?.origin} ${report.origins[place]?.by}`).toBe(expected);
  });

  it('is said of no fact that the report does not hold', () => {
    const { rca: _, service: __, ...bare } = incident;
    const report = toReport(
      reportInput({ incident: { ...bare, title: 'Incident INC-1' }, events: [], patches: [], pullRequest: undefined }),
    );
    const absent = ['rca.text', 'incident.service', 'pr', 'patch.history.reason', 'risk', 'task', 'impact.log_events'];
    expect(absent.filter((place) => place in report.origins)).toEqual([]);
  });
});

describe('times', () => {
  it('of each phase come from the records, in UTC [report:times:phases]', () => {
    const read = event(2, 'call.admitted', { tool: 'get_incident_logs', callId: 'a', data: { action: 'read' } });
    const closed = {
      ...incident,
      state: 'closed' as const,
      closure: { at: START + 600_000, by: 'alice', reason: 'ok', resolution: 'resolved' as const },
    };
    const report = toReport(reportInput({ incident: closed, events: [...reportInput().events, read] }));
    expect(report).toMatchObject({ status: 'success', stop_reason: 'llm_done' });
    expect(report.times).toEqual({
      onset: '2026-03-02T08:40:00.000Z',
      opened_at: '2026-03-02T09:00:00.000Z',
      first_evidence_at: '2026-03-02T09:00:02.000Z',
      first_patch_at: '2026-03-02T09:00:40.000Z',
      verified_at: '2026-03-02T09:01:07.000Z',
      pull_request_at: '2026-03-02T09:01:34.000Z',
      escalated_at: null,
      closed_at: '2026-03-02T09:10:00.000Z',
      to_open_seconds: 1_200,
      to_pull_request_seconds: 94,
      to_end_seconds: 1_800,
    });
  });

  it('of a hand-over without a known onset say so', () => {
    const { times } = toReport(escalatedInput({ incident: { ...escalatedInput().incident, startedAt: START } }));
    expect(times).toMatchObject({ onset: null, to_open_seconds: null, escalated_at: '2026-03-02T09:01:20.000Z' });
  });
});

describe('approvals', () => {
  it('that wait are what to do next, before all other advice [report:next:approval]', () => {
    const waiting = approval(undefined, { id: 'A-9' });
    const next = (...approvals: readonly JudgedApproval[]) => toReport(reportInput({ approvals })).next_action;
    expect(next(waiting)).toBe('Approve or reject what is waited for: fixgate approve A-9 --reason "…".');
    expect(toReport(reportInput({ approvals: [waiting], humanProof: 'signed' })).next_action).toBe(
      'Approve or reject what is waited for: fixgate approve A-9 --reason "…" --key FILE.',
    );
    expect(toReport(reportInput({ approvals: [waiting], humanProof: 'none' })).next_action).not.toContain('A-9');
    expect(next(approval(undefined, { id: 'A-8' }), waiting)).toContain(
      'A-9 --reason "…" (1 more: fixgate approvals INC-1)',
    );
    const over = [approval(45), approval(undefined, { expiresAt: START + 60_000 })];
    expect(next(...over)).toMatch(/^Review the pull request/);
    const closed = { ...incident, state: 'closed' as const };
    expect(toReport(reportInput({ approvals: [waiting], incident: closed })).next_action).not.toContain('approve');
    expect(toReport(escalatedInput({ approvals: [waiting] })).next_action).toMatch(
      /^Approve or reject what is waited for: fixgate approve A-9 --reason "…", or take over by hand: /,
    );
  });

  it.each([
    ['answered', approval(45), { state: 'approved', waited_seconds: 2_700, by: 'alice@example.com', believed: true }],
    ['open', approval(undefined), { state: 'requested', waited_seconds: 100, by: null, believed: null }],
    ['expired', approval(undefined, { expiresAt: START + 60_000 }), { state: 'expired', waited_seconds: 60 }],
    ['not believed', approval(1, { believed: false }), { state: 'approved', believed: false }],
  ])('that are %s say so [report:approvals:told]', (_what, asked, expected) => {
    expect(toReport(reportInput({ approvals: [asked] })).approvals[0]).toMatchObject(expected);
  });
});

describe('the next step of a verified change', () => {
  const verified = { ...incident, state: 'verified' as const };
  const failed = (code: string, fix: string, at = 90) =>
    event(at, 'call.failed', { tool: 'open_pr', callId: `p${at}`, data: { code, fix } });
  const next = (...events: readonly ReturnType<typeof event>[]) =>
    toReport(reportInput({ incident: verified, pullRequest: undefined, events })).next_action;
  const fix = 'Add the remote with git remote add origin URL.';

  it('is first what the operator has to mend, where that stood in the way [report:next:operator]', () => {
    expect(next(failed('misconfigured', fix))).toBe(
      'Add the remote with git remote add origin URL, then open the pull request with open_pr.',
    );
    expect(next(failed('misconfigured', fix), event(95, 'call.succeeded', { tool: 'get_incident' }))).toContain(
      fix.slice(0, -1),
    );
  });

  it.each([
    ['nobody tried', []],
    ['it was the agent who could mend it', [failed('invalid_input', fix)]],
    [
      'it was refused for something else since',
      [failed('misconfigured', fix), failed('provider_unavailable', 'Wait.', 95)],
    ],
  ])('is to open it where %s', (_, events) => {
    expect(next(...events)).toBe('Open the pull request with open_pr.');
  });
});

describe('cost', () => {
  it('of a step is what it spent when admitted and what it used in the end, in dollars', () => {
    const events = [
      event(1, 'call.admitted', { tool: 'open_pr', callId: 'a', data: { spend: { usd: 1_500, prs: 1 }, held: {} } }),
      event(2, 'call.succeeded', { tool: 'open_pr', callId: 'a', data: { actual: { usd: 2_250, bytes_out: 500 } } }),
      event(3, 'call.free', { tool: 'get_incident', callId: 'b' }),
    ];
    expect(toReport(reportInput({ events })).timeline.map(({ cost }) => cost)).toEqual([0.00375, null]);
  });
});

describe('the trace', () => {
  it("has its root span, its page and the hosts' own traces [report:trace:linked]", () => {
    const foreign = '4bf92f3577b34da6a3ce929d0e0e4736';
    const events = [
      event(1, 'call.admitted', { data: { trace_id: foreign } }),
      event(2, 'call.admitted', { data: { trace_id: foreign } }),
      event(3, 'call.admitted', { data: { trace_id: 'no trace' } }),
    ];
    expect(toReport(reportInput({ events, traceUrl: 'https://tempo.example/trace/{trace_id}' })).trace).toEqual({
      trace_id: '721191b6cc82d409539fb6ce45480dca',
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      url: 'https://tempo.example/trace/721191b6cc82d409539fb6ce45480dca',
      linked: [foreign],
    });
  });
});
