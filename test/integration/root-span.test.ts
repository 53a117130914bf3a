import { expect, it } from 'vitest';

import { createRequestTracer } from '#engine/trace-requests.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';
import { keptSpan, withRootSpan } from '#telemetry/tracing.ts';

import { movableClock, sampleEvent, sampleIncident } from '../support/store-samples.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const id = 'INC-1';

/** A store without a record. */
const nothing = {
  getIncident: () => undefined,
  getApproval: () => undefined,
  timeline: () => [],
  claimRootSpan: () => false,
  releaseRootSpan: () => {},
  claimTold: () => undefined,
  releaseTold: () => {},
};

it('one process alone exports the root of an incident, when it serves a call of it [telemetry:traces:connected]', async () => {
  await using folder = await temporaryFolder();
  const spans: FinishedSpan[] = [];
  const started = [1, 2].map(() => {
    const store = createSqliteStore({ folder: folder.path, clock: movableClock() });
    const record = (span: FinishedSpan) => void spans.push(span);
    return { store, tracer: createRequestTracer({ store, environment: undefined, record, captured: undefined }) };
  });
  const [first, second] = started as [(typeof started)[0], (typeof started)[0]];
  const serve = ({ tracer }: typeof first) => tracer.serve({ method: 'tools/call', incidentId: id }, () => {});

  await serve(first);
  expect(spans.map(({ name }) => name)).toEqual(['tools/call']);
  expect(() => first.store.claimRootSpan(id)).toThrow(/No incident INC-1/);
  first.store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
  await serve(first);
  await serve(second);
  await serve(first);
  expect(spans.slice(1).map(({ name }) => name)).toEqual(['incident', 'tools/call', 'tools/call', 'tools/call']);
  expect(spans[1]).toMatchObject({
    traceId: toTraceId(id),
    spanId: toRootSpanId(id),
    start: sampleIncident(id).openedAt,
    attributes: { 'fixgate.incident.severity': 'SEV2' },
  });
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([toTraceId(id)]));
  for (const { store } of started) await store[Symbol.asyncDispose]();
});

it('a root that did not arrive is exported with the next call of the incident [telemetry:traces:connected]', async () => {
  await using folder = await temporaryFolder();
  await using store = createSqliteStore({ folder: folder.path, clock: movableClock() });
  const spans: FinishedSpan[] = [];
  const record = (span: FinishedSpan) => void spans.push(span);
  const tracer = createRequestTracer({ store, environment: undefined, record, captured: undefined });
  const serve = () => tracer.serve({ method: 'tools/call', incidentId: id }, () => {});
  store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
  await serve();
  tracer.giveBack(spans.splice(0));
  await serve();
  await serve();
  expect(spans.map(({ name }) => name)).toEqual(['incident', 'tools/call', 'tools/call']);
});

it('a state that cannot be read costs the root, never the call', async () => {
  const broken = () => {
    throw new Error('disk full');
  };
  const spans: FinishedSpan[] = [];
  const tracer = createRequestTracer({
    store: new Proxy({}, { get: () => broken }) as Store,
    environment: undefined,
    record: (span) => void spans.push(span),
    captured: undefined,
  });
  expect(await tracer.serve({ method: 'tools/call', incidentId: id }, () => 'served')).toBe('served');
  expect(spans.map(({ name, failed }) => [name, failed])).toEqual([['tools/call', false]]);
});

it('events keep the span that they belong to, and none where there is none', async () => {
  await using folder = await temporaryFolder();
  await using store = createSqliteStore({ folder: folder.path, clock: movableClock(), spanOf: keptSpan });
  const traceId = 'a'.repeat(32);
  const append = () => store.append(id, sampleEvent('call.free', { data: { own: 1 } })).data;

  expect(append()).toEqual({ own: 1 });
  await withRootSpan({ name: 'root', traceId, record: () => {} }, ({ spanId }) => {
    expect(append()).toEqual({ own: 1, trace_id: traceId, span_id: spanId });
  });
  expect(store.verify(id)).toMatchObject({ ok: true, events: 2 });
});

it('requests are counted by what they are, with how they failed', async () => {
  const told: object[] = [];
  const tracer = createRequestTracer({
    store: nothing,
    environment: undefined,
    record: undefined,
    captured: undefined,
    observe: ({ attributes }) => void told.push(attributes),
  });
  const attributes = { 'mcp.protocol.version': '2026-07-28' };
  await tracer.serve({ method: 'tools/call', target: 'get_incident', attributes }, (span) => span.fail('tool_error'));
  await tracer.serve(
    { method: 'prompts/get', target: 'p', attributes: { 'mcp.protocol.version': 'made up' } },
    () => {},
  );
  await tracer
    .serve({ method: 'tools/list' }, () => {
      throw new Error('broken');
    })
    .catch(() => {});
  expect(told).toMatchObject([
    { 'gen_ai.tool.name': 'get_incident', 'error.type': 'tool_error', 'mcp.protocol.version': '2026-07-28' },
    { 'gen_ai.tool.name': undefined, 'error.type': undefined, 'mcp.protocol.version': undefined },
    { 'mcp.method.name': 'tools/list', 'error.type': 'internal' },
  ]);
});
