import { describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import { createRequestTracer } from '#engine/trace-requests.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';

import { movableClock, NOON, sampleEvent, sampleIncident } from '../support/store-samples.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const id = 'INC-1';

/** Processes of one state folder; each exports into a list of its own. */
async function processes() {
  const folder = await temporaryFolder();
  const stores: Store[] = [];
  return {
    start(isExporting = true) {
      const store = createSqliteStore({ folder: folder.path, clock: movableClock() });
      stores.push(store);
      const spans: FinishedSpan[] = [];
      const record = isExporting ? (span: FinishedSpan) => void spans.push(span) : undefined;
      const tracer = createRequestTracer({ store, environment: undefined, record, captured: undefined });
      const serve = () => tracer.serve({ method: 'tools/call', incidentId: id }, () => {});
      return { store, spans, tracer, serve };
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const hook = (type: 'call.admitted' | 'call.denied', data: NewTimelineEvent['data']): NewTimelineEvent => ({
  type,
  actor: 'hook:claude',
  tool: 'Bash',
  callId: 'c1',
  summary: 'Bash was used: secret words',
  data,
});

const denied = hook('call.denied', {
  code: 'policy_denied',
  rule_ids: ['blocked_commands/git push'],
  took_ms: 40,
  autonomy: { level: 'remediator' },
});

const told = (spans: readonly FinishedSpan[]) =>
  spans.filter(({ name }) => name !== 'tools/call' && name !== 'incident');

const evaluations = (spans: readonly FinishedSpan[]) =>
  spans.flatMap(({ events }) =>
    events.map(({ name, attributes }) => [
      name,
      attributes['gen_ai.evaluation.name'],
      attributes['gen_ai.evaluation.score.value'],
      attributes['gen_ai.evaluation.score.label'],
      attributes['gen_ai.evaluation.explanation'],
    ]),
  );

describe('spans of records', () => {
  it('tell what hooks decided, below the root of the incident, as long as the host waited [telemetry:traces:hooks]', async () => {
    await using started = await processes();
    const { store, spans, serve } = started.start();
    store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    store.append(id, denied);
    store.append(id, hook('call.admitted', { action: 'host_write', took_ms: 25 }));
    // An agent's own calls have spans of their own.
    store.append(id, sampleEvent('call.admitted', { actor: 'claude-code/2' }));
    await serve();
    expect(told(spans)).toMatchObject([
      {
        name: 'hook claude',
        traceId: toTraceId(id),
        parentSpanId: toRootSpanId(id),
        start: NOON - 40,
        end: NOON,
        failed: true,
        attributes: {
          'fixgate.incident.id': id,
          'fixgate.incident.severity': 'SEV2',
          'fixgate.incident.autonomy.level': 'remediator',
          'gen_ai.tool.name': 'Bash',
          'fixgate.policy.decision': 'deny',
          'fixgate.policy.rule_id': 'blocked_commands/git push',
          'fixgate.refusal.code': 'policy_denied',
          'error.type': 'tool_error',
        },
      },
      {
        name: 'hook claude',
        start: NOON - 25,
        failed: false,
        attributes: { 'fixgate.policy.decision': 'allow', 'fixgate.action.kind': 'host_write' },
      },
    ]);
    expect(JSON.stringify(spans)).not.toContain('secret words');
  });

  it.each<[string, NewTimelineEvent]>([
    ['fixgate approve', sampleEvent('approval.granted', { data: { approval: 'A-1', signed: true } })],
    ['fixgate reject', sampleEvent('approval.rejected', { data: { approval: 'A-1', signed: true } })],
    ['fixgate incident confirm', sampleEvent('incident.confirmed', { data: { severity: 'SEV1' } })],
    ['fixgate release', sampleEvent('incident.released', { data: { approval: 'A-9' } })],
    ['fixgate resume', sampleEvent('incident.resumed', { data: { approval: 'A-9' } })],
    ['fixgate incident close', sampleEvent('incident.closed', { data: { resolution: 'resolved' } })],
    ['fixgate stop', sampleEvent('incident.escalated', { data: { rule_id: 'human' } })],
  ])('tell of %s, and name nobody [telemetry:traces:verbs]', async (name, event) => {
    await using started = await processes();
    const { store, spans, tracer } = started.start();
    store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    store.append(id, { ...event, actor: 'human:ada', summary: 'ada said so' });
    tracer.tell(id);
    expect(spans.map((span) => span.name)).toEqual(['incident', name]);
    expect(spans[1]).toMatchObject({ parentSpanId: toRootSpanId(id), start: NOON, end: NOON });
    expect(JSON.stringify(spans)).not.toContain('ada');
  });

  it('tell a word that a command asked and answered itself once, by its own record [telemetry:traces:verbs]', async () => {
    await using started = await processes();
    const { store, spans, tracer } = started.start();
    store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    const ask = (approval: string, kind: Approval['kind']) => {
      const question: Approval = {
        id: approval,
        incidentId: id,
        kind,
        facts: { of: approval },
        binding: approval,
        question: 'May I?',
        ruleIds: [],
        requestedBy: 'ada',
        requestedAt: NOON,
        expiresAt: NOON + 60_000,
      };
      store.requestApproval(question, sampleEvent('approval.requested'));
      store.append(id, sampleEvent('approval.granted', { data: { approval } }));
    };
    for (const kind of ['release', 'resume', 'severity', 'close', 'waiver', 'patch'] as const) ask(`A-${kind}`, kind);
    tracer.tell(id);
    expect(told(spans).map(({ name }) => name)).toEqual(['fixgate waive', 'fixgate approve']);
  });

  it('are sent by one process, also where the one that wrote the record exports nothing [telemetry:traces:records]', async () => {
    await using started = await processes();
    const silent = started.start(false);
    const [first, second] = [started.start(), started.start()];
    silent.store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    silent.store.append(id, denied);
    await silent.serve();
    silent.tracer.tell(id);
    await Promise.all([first.serve(), second.serve()]);
    expect(told([...silent.spans, ...first.spans, ...second.spans])).toHaveLength(1);
    silent.store.append(id, denied);
    await second.serve();
    await first.serve();
    const [one, other, ...more] = told([...first.spans, ...second.spans]);
    expect(more).toEqual([]);
    expect(one?.spanId).not.toBe(other?.spanId);
  });

  it('that did not arrive are told again, as the same spans [telemetry:traces:records]', async () => {
    await using started = await processes();
    const { store, spans, tracer, serve } = started.start();
    store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    store.append(id, denied);
    store.append(id, denied);
    await serve();
    const before = told(spans.splice(0));
    expect(before).toHaveLength(2);
    tracer.giveBack(before.slice(1));
    await serve();
    expect(told(spans)).toEqual(before.slice(1));
    tracer.giveBack(before);
    const later = started.start();
    await later.serve();
    expect(told(later.spans).map(({ spanId }) => spanId)).toEqual(before.map(({ spanId }) => spanId));
  });

  it('hold the evaluations: what became of the pull request, and what a human says of the diagnosis [telemetry:traces:evaluations]', async () => {
    await using started = await processes();
    const { store, spans, tracer } = started.start();
    store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    for (const outcome of ['closed', 'open', 'merged', 'reverted'])
      store.append(id, {
        type: 'pull_request.outcome',
        actor: 'server',
        summary: `Pull request: ${outcome}`,
        data: {
          outcome,
          number: 7,
          commit: 'c',
          merge_commit: 'm',
          ...(outcome === 'reverted' && { reverted_by: 'r' }),
        },
      });
    for (const diagnosis of ['right', 'wrong', undefined])
      store.append(
        id,
        sampleEvent('incident.closed', { data: { resolution: 'resolved', ...(diagnosis && { diagnosis }) } }),
      );
    tracer.tell(id);
    const named = 'gen_ai.evaluation.result';
    const said = (verdict: string) =>
      `Whoever closed the incident said that the diagnosis was ${verdict}; whether that is proved its report says.`;
    expect(evaluations(spans)).toEqual([
      [named, 'pr_accepted', 0, 'closed', 'Pull request: closed'],
      [named, 'pr_accepted', 1, 'merged', 'Pull request: merged'],
      [named, 'reverted', 1, 'reverted', 'Pull request: reverted'],
      [named, 'classification_correct', 1, 'correct', said('right')],
      [named, 'classification_correct', 0, 'incorrect', said('wrong')],
    ]);
    expect(told(spans).map(({ attributes }) => attributes['vcs.change.state'])).toEqual([
      'closed',
      'open',
      'merged',
      'merged',
      undefined,
      undefined,
      undefined,
    ]);
    expect(told(spans)[3]?.attributes).toMatchObject({
      'fixgate.pr.outcome': 'reverted',
      'vcs.ref.base.revision': 'r',
    });
  });

  it('say what another process found out of the incident [telemetry:traces:found]', async () => {
    await using started = await processes();
    const [writer, reader] = [started.start(), started.start()];
    writer.store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    await reader.serve();
    expect(reader.spans.at(-1)?.attributes).not.toHaveProperty(['fixgate.incident.category']);
    const found = { found: { category: 'deployment_issue' } };
    writer.store.append(id, sampleEvent('call.succeeded', { data: found }));
    writer.store.append(id, sampleEvent('call.succeeded', { data: { found: { category: 'anything else' } } }));
    writer.store.keepFingerprint(id, 'lh1:abc');
    await reader.serve();
    expect(reader.spans.at(-1)?.attributes).toMatchObject({
      'fixgate.incident.category': 'deployment_issue',
      'fixgate.incident.fingerprint': 'lh1:abc',
    });
  });
});
