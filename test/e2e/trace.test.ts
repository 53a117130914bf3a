import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { toRootSpanId, toTraceId } from '#report/trace.ts';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, protectedPatch, reason, remedy } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import type { Behaviour, OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts';
import { distinctSpans, lostSpans, otlpReceiver, toHistograms } from '../support/otlp-receiver.ts';
import type { LineServerProcess, Place, RpcMessage } from '../support/server-process.ts';
import { initialize, startHttpServer, startLineServer, stdioTarget } from '../support/server-process.ts';

const id = 'PD-1';
const root = { traceId: toTraceId(id), spanId: toRootSpanId(id) };
const within = { timeout: 20_000, interval: 50 };

const traceparentOf = (n: number) => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-01`;

async function placeWith(repository: IncidentRepository, telemetry: object): Promise<Place> {
  await repository.open(id, '--severity', 'SEV3');
  return repository.configure({ telemetry });
}

/** Drives an incident: the reads over stdio, one call of a command, the rest over HTTP. */
async function driveByThree(repository: IncidentRepository, place: Place): Promise<void> {
  {
    await using stdio = await connectClient('v2 auto', stdioTarget(place));
    for (const { tool, args } of remedy.slice(0, 3)) await stdio.callTool(tool, { incident_id: id, ...args });
  }
  for (const { tool, args } of remedy.slice(3, 4)) await repository.call(tool, { incident_id: id, ...args }, place);
  await using http = await startHttpServer(place);
  await using client = await connectClient('v1', { url: http.url });
  await client.callTool('apply_patch', { incident_id: id, patch: protectedPatch, reason });
  for (const { tool, args } of remedy.slice(4)) await client.callTool(tool, { incident_id: id, ...args });
  http.kill('SIGTERM');
  await http.exited;
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0] as ReceivedSpan;
}

/** Waits for a span of a test run: its own process tells of it, which may be after the call was answered. */
const toldOf = (collector: OtlpReceiver, name: string) =>
  vi.waitFor(() => expect(collector.spans.map((span) => span.name)).toContain(name), within);

/** Names from a span up to the root. */
function way(spans: readonly ReceivedSpan[], span: ReceivedSpan): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...(parent ? way(spans, parent) : span.parentSpanId === '' ? [] : ['nowhere'])];
}

describe.concurrent('the trace of an incident', () => {
  it.each(['http', 'grpc'] as const)(
    'connects everything that several processes did, told over OTLP by %s [telemetry:traces:connected, telemetry:traces:otlp]',
    async (protocol) => {
      await using repository = await incidentRepository();
      await using collector = await otlpReceiver(protocol);
      const traces = protocol === 'http' ? 'otlp-http' : 'otlp';
      const place = await placeWith(repository, {
        traces,
        endpoint: collector.url,
        headers: { 'x-api-key': { env: 'COLLECTOR_KEY' } },
      });
      await driveByThree(repository, { ...place, env: { ...place.env, COLLECTOR_KEY: 'key-of-the-collector' } });
      await toldOf(collector, 'RUN test');

      const spans = distinctSpans(collector, lostSpans(repository.stateFolder)).filter(
        ({ traceId }) => traceId === root.traceId,
      );
      expect(collector.headers.every((headers) => headers['x-api-key'] === 'key-of-the-collector')).toBe(true);
      expect(new Set(spans.map(({ resource }) => resource['process.pid'])).size).toBe(4);
      expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
      expect(only(spans, 'incident')).toMatchObject({ spanId: root.spanId, parentSpanId: '' });
      expect(spans.map((span) => way(spans, span).at(-1))).toEqual(spans.map(() => 'incident'));
      expect(spans.every(({ attributes }) => attributes['fixgate.incident.id'] === id)).toBe(true);
      expect(way(spans, only(spans, 'test run'))).toEqual(['test run', 'RUN test', 'tools/call run_tests', 'incident']);
      expect(way(spans, only(spans, 'vcs change create'))).toEqual([
        'vcs change create',
        'tools/call open_pr',
        'incident',
      ]);
      expect(way(spans, only(spans, 'git push'))[1]).toBe('vcs change create');
      expect(way(spans, only(spans, 'git apply'))).toEqual(['git apply', 'tools/call apply_patch', 'incident']);
    },
  );

  it('says what each span is about in the words of OpenTelemetry [telemetry:traces:attributes, telemetry:traces:denied]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const place = await placeWith(repository, { traces: 'otlp-http', endpoint: collector.url });
    await driveByThree(repository, place);
    await toldOf(collector, 'RUN test');
    const spans = distinctSpans(collector, lostSpans(repository.stateFolder));

    expect(only(spans, 'tools/call get_incident_logs')).toMatchObject({
      kind: 'SERVER',
      failed: false,
      scope: 'fixgate',
      resource: { 'service.name': 'fixgate' },
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'get_incident_logs',
        'jsonrpc.request.id': expect.stringMatching(/^\d+$/) as string,
        'mcp.protocol.version': '2026-07-28',
        'network.transport': 'pipe',
        'fixgate.incident.severity': 'SEV3',
      },
    });
    const [denied, applied] = spans.filter(({ name }) => name === 'tools/call apply_patch');
    expect(denied).toMatchObject({
      failed: true,
      attributes: {
        'error.type': 'tool_error',
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
        'client.address': '127.0.0.1',
        'fixgate.policy.decision': 'deny',
        'fixgate.policy.rule_id': 'protected_files/k8s/production/**',
      },
    });
    const evaluated = spans.find(({ parentSpanId }) => parentSpanId === denied?.spanId);
    expect(evaluated).toMatchObject({ name: 'policy evaluate', kind: 'INTERNAL', failed: false });
    expect(applied).toMatchObject({
      failed: false,
      attributes: { 'fixgate.incident.autonomy.level': expect.any(String) as string },
    });
    expect(only(spans, 'RUN test').attributes).toMatchObject({
      'cicd.pipeline.name': 'test',
      'fixgate.incident.autonomy.level': expect.any(String) as string,
      'cicd.pipeline.result': 'success',
      'test.suite.run.status': 'success',
    });
    expect(only(spans, 'vcs change create').attributes).toMatchObject({
      'vcs.ref.head.name': `hotfix/${id}`,
      'vcs.repository.name': 'orders',
      'vcs.change.state': 'open',
      'vcs.change.title': expect.any(String) as string,
    });
    expect(only(spans, 'tools/call list_recent_deploys')).toMatchObject({
      attributes: {
        'deployment.id': expect.any(String) as string,
        'deployment.name': expect.any(String) as string,
        'fixgate.incident.category': 'deployment_issue',
      },
      events: expect.arrayContaining([expect.objectContaining({ name: 'fixgate.deploy' })]) as unknown[],
    });
    const logs = only(spans, 'tools/call get_incident_logs').attributes['fixgate.incident.fingerprint'];
    expect(logs).toMatch(/^lh1:/);
    // What one call found out is told with the later ones of its process.
    expect(only(spans, 'tools/call query_metrics').attributes['fixgate.incident.fingerprint']).toBe(logs);
    expect(only(spans, 'git apply').attributes).toMatchObject({
      'vcs.repository.name': 'orders',
      'vcs.ref.base.type': 'branch',
      'fixgate.change.lines_added': expect.any(Number) as number,
    });
    expect(only(spans, 'test run').events).toContainEqual({
      name: 'test.case',
      attributes: {
        'test.case.name': expect.any(String) as string,
        'test.case.result.status': 'pass',
        'test.suite.name': 'test',
      },
    });
    expect(only(spans, 'test run').attributes).toMatchObject({
      'test.suite.name': 'test',
      'test.suite.run.status': 'success',
      'cicd.pipeline.task.name': 'test',
      'cicd.pipeline.task.run.id': expect.any(String) as string,
      'cicd.pipeline.task.run.result': 'success',
    });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('gen_ai.tool.call');
    const report = await repository.report(id);
    expect(report.trace).toMatchObject({ trace_id: root.traceId, linked: [] });
    expect(spans.map(({ spanId }) => spanId)).toContain(report.trace.span_id);
  });
});

function call(server: LineServerProcess, n: number, [name, args, meta]: [string, object, object?]) {
  const params = { name, arguments: { incident_id: id, ...args }, ...(meta && { _meta: meta }) };
  return server.request(n, 'tools/call', params);
}

function traceparentIn({ result }: RpcMessage): string {
  return String((result?.['_meta'] as Record<string, unknown> | undefined)?.['traceparent']);
}

describe.concurrent("a caller's own span", () => {
  it('becomes the parent: _meta before the environment, before an argument; malformed ones are as good as none [telemetry:traces:parents]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const place = await placeWith(repository, { traces: 'otlp-http', endpoint: collector.url });
    const answers: string[] = [];
    {
      await using plain = startLineServer(place);
      await initialize(plain);
      const argument = { traceparent: traceparentOf(3) };
      answers.push(
        ...(await Promise.all([
          call(plain, 1, ['get_incident', {}]),
          call(plain, 2, ['get_incident', argument]),
          call(plain, 3, ['get_incident', {}, { traceparent: 'nonsense' }]),
          call(plain, 4, ['get_incident', { traceparent: 17 }]),
        ]).then((all) => all.map(traceparentIn))),
      );
      plain.end();
      await plain.exited;
    }
    {
      await using started = startLineServer({ ...place, env: { ...place.env, TRACEPARENT: traceparentOf(2) } });
      await initialize(started);
      const argument = { traceparent: traceparentOf(3) };
      answers.push(
        traceparentIn(await call(started, 5, ['get_incident', argument])),
        traceparentIn(
          await call(started, 6, ['get_incident', argument, { traceparent: traceparentOf(1), tracestate: 'a=b' }]),
        ),
      );
      started.end();
      await started.exited;
    }

    const served = collector.spans.filter(({ kind }) => kind === 'SERVER');
    const told = answers.map((answer) => served.find(({ spanId }) => answer.includes(spanId)));
    expect(answers).toEqual(told.map((span) => `00-${span?.traceId}-${span?.spanId}-01`));
    expect(told.map((span) => [span?.traceId, span?.parentSpanId])).toEqual([
      [root.traceId, root.spanId],
      ['3'.repeat(32), '3'.repeat(16)],
      [root.traceId, root.spanId],
      [root.traceId, root.spanId],
      ['2'.repeat(32), '2'.repeat(16)],
      ['1'.repeat(32), '1'.repeat(16)],
    ]);
    expect(told.map((span) => span?.links.map(({ traceId, spanId }) => ({ traceId, spanId })))).toEqual(
      [0, 1, 0, 0, 1, 1].map((links) => (links === 0 ? [] : [root])),
    );
    expect(told.at(-1)?.traceState).toBe('a=b');
    const { trace } = await repository.report(id);
    expect(trace.trace_id).toBe(root.traceId);
    expect(trace.linked.toSorted()).toEqual(['1', '2', '3'].map((n) => n.repeat(32)));
  });

  it('comes in the header of an HTTP request, and is a link beside _meta [telemetry:traces:parents]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const place = await placeWith(repository, { traces: 'otlp-http', endpoint: collector.url });
    await using http = await startHttpServer({ ...place, env: { ...place.env, TRACEPARENT: traceparentOf(2) } });
    const post = async (meta?: object) => {
      const params = { name: 'get_incident', arguments: { incident_id: id }, ...(meta && { _meta: meta }) };
      await fetch(http.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          traceparent: traceparentOf(4),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      }).then((response) => response.text());
    };
    await post();
    await post({ traceparent: traceparentOf(1) });
    await vi.waitFor(() => expect(collector.spans.filter(({ kind }) => kind === 'SERVER')).toHaveLength(2), within);

    const [byHeader, byMeta] = collector.spans.filter(({ kind }) => kind === 'SERVER');
    expect(byHeader).toMatchObject({ traceId: '4'.repeat(32), parentSpanId: '4'.repeat(16), links: [root] });
    expect(byMeta).toMatchObject({ traceId: '1'.repeat(32), links: [{ traceId: '4'.repeat(32) }, root] });
  });
});

const down = 'http://127.0.0.1:9';

describe.concurrent('a collector', () => {
  it.each<[string, 'http' | 'grpc', Behaviour | 'down']>([
    ['that is down', 'http', 'down'],
    ['that is down', 'grpc', 'down'],
    ['that never answers', 'http', 'slow'],
    ['that never answers', 'grpc', 'slow'],
    ['that refuses', 'http', 'refuses'],
    ['that refuses', 'grpc', 'refuses'],
  ])(
    '%s over %s neither delays a call nor the end, and is told of once [telemetry:traces:trouble]',
    async (_, protocol, behaviour) => {
      await using repository = await incidentRepository();
      await using collector = await otlpReceiver(protocol, behaviour === 'down' ? 'takes' : behaviour);
      const traces = protocol === 'http' ? 'otlp-http' : 'otlp';
      const place = await placeWith(repository, { traces, endpoint: behaviour === 'down' ? down : collector.url });
      const started = performance.now();
      await using server = startLineServer(place);
      await initialize(server);
      const startMs = performance.now() - started;
      for (let n = 1; n <= 5; n += 1) {
        const { result } = await call(server, n, ['get_incident', {}]);
        expect(result?.['isError']).toBeUndefined();
        // Longer than the batches wait: the exporter is at work while calls are served.
        await new Promise((resolve) => void setTimeout(resolve, 300));
      }
      const began = performance.now();
      server.end();
      expect(await server.exited).toMatchObject({ code: 0 });
      // One that hangs is waited for half a second when it is late already: the rest is a busy computer's, like its start.
      expect(performance.now() - began).toBeLessThan(1_500 + 2 * startMs);
      expect(server.stderr().match(/Spans are given up/g)).toHaveLength(1);
    },
  );
});

describe.concurrent('a collector that takes spans and says so too late', () => {
  it.each(['http', 'grpc'] as const)(
    'gets the root of the incident again over %s, as the same span, and nothing else twice [telemetry:traces:repeated]',
    async (protocol) => {
      await using repository = await incidentRepository();
      const traces = protocol === 'http' ? 'otlp-http' : 'otlp';
      await using late = await otlpReceiver(protocol, 'late');
      await using prompt = await otlpReceiver(protocol);
      await repository.open(id, '--severity', 'SEV3');
      for (const collector of [late, prompt, prompt]) {
        const place = await repository.configure({ telemetry: { traces, endpoint: collector.url } });
        await using server = startLineServer(place);
        await initialize(server);
        const before = collector.spans.length;
        await call(server, 1, ['get_incident', {}]);
        // However busy the computer is: what was sent has arrived before the process ends.
        const arrived = () => collector.spans.slice(before).map(({ name }) => name);
        await vi.waitFor(() => expect(arrived()).toContain('tools/call get_incident'), within);
        server.end();
        await server.exited;
      }
      // A process that got no answer counts its spans as given up, since it cannot know better. What it sent again itself is whole.
      const lost = lostSpans(repository.stateFolder);
      const taken = [late, prompt].map((collector) => distinctSpans(collector, lost).map(({ name }) => name));
      expect(lost).toBeGreaterThanOrEqual(taken[0]?.length ?? 0);
      const both = { exports: [...late.exports, ...prompt.exports] };
      const names = distinctSpans(both, lost).map(({ name }) => name);
      expect(names.filter((name) => name === 'incident')).toHaveLength(1);
      expect(taken.flat().toSorted()).toEqual([...names, 'incident'].toSorted());
      expect(() => distinctSpans(both, 0)).toThrow(/^incident .* was made twice$/);
    },
  );
});

describe.concurrent('telemetry', () => {
  it.each(['http', 'grpc'] as const)(
    'pushes the duration of operations over OTLP by %s, also without traces [telemetry:metrics:otlp]',
    async (protocol) => {
      await using repository = await incidentRepository();
      await using collector = await otlpReceiver(protocol);
      const metrics = protocol === 'http' ? 'otlp-http' : 'otlp';
      const place = await placeWith(repository, { metrics, endpoint: collector.url });
      await repository.call('get_incident', { incident_id: id }, place);
      await repository.call('apply_patch', { incident_id: id, patch: protectedPatch, reason }, place);

      const told = collector.metrics.flatMap(toHistograms);
      expect(collector.spans).toEqual([]);
      expect(told.map(({ name, unit }) => `${name} ${unit}`)).toEqual(Array(2).fill('mcp.server.operation.duration s'));
      expect(told.flatMap(({ points }) => points)).toEqual([
        {
          attributes: {
            'mcp.method.name': 'tools/call',
            'gen_ai.tool.name': 'get_incident',
            'network.transport': 'pipe',
          },
          count: 1n,
          bounds: 14,
        },
        {
          attributes: {
            'mcp.method.name': 'tools/call',
            'gen_ai.tool.name': 'apply_patch',
            'error.type': 'tool_error',
            'network.transport': 'pipe',
          },
          count: 1n,
          bounds: 14,
        },
      ]);
    },
  );

  it('pushes how long a session was, of clients that have one [telemetry:metrics:otlp]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const place = await placeWith(repository, { metrics: 'otlp-http', endpoint: collector.url });
    {
      await using http = await startHttpServer(place);
      await using _ = await connectClient('v1', { url: http.url });
      await using asked = await connectClient('v1', { url: http.url }, { elicit: () => ({ action: 'decline' }) });
      await asked.listTools();
      http.kill('SIGTERM');
      await http.exited;
    }
    {
      await using _ = await connectClient('v2 2026-07-28', stdioTarget(place));
      await using stdio = startLineServer(place);
      await initialize(stdio);
      await stdio.request(1, 'ping');
      stdio.end();
      await stdio.exited;
    }
    const sessions = collector.metrics
      .flatMap(toHistograms)
      .filter(({ name }) => name === 'mcp.server.session.duration');
    expect(sessions.flatMap(({ points }) => points).map(({ attributes, count }) => [attributes, count])).toEqual([
      [{ 'network.transport': 'tcp', 'mcp.protocol.version': '2025-11-25' }, 1n],
      [{ 'network.transport': 'pipe', 'mcp.protocol.version': expect.any(String) as string }, 1n],
    ]);
  });

  it('is off unless asked for: nothing is sent, written or loaded [telemetry:traces:off]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    await repository.open(id, '--severity', 'SEV3');
    const hook = path.join(repository.folder, 'loaded.mjs');
    const loaded = path.join(repository.folder, 'loaded.txt');
    await writeFile(
      hook,
      `import { registerHooks } from 'node:module';
import { appendFileSync, readFileSync } from 'node:fs';
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context); } });`,
    );
    const look = async (telemetry: object) => {
      await writeFile(loaded, '');
      const { cwd, env } = await repository.configure({ telemetry });
      const spied = {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        NODE_OPTIONS: `--import=${hook}`,
        LOADED: loaded,
      };
      await using server = startLineServer({ cwd, env: spied });
      await initialize(server);
      const answer = await call(server, 1, ['get_incident', {}]);
      server.end();
      await server.exited;
      const files = (await readFile(loaded, 'utf8')).split('\n').filter((url) => url.includes('/dist/'));
      return { answer, otel: files.filter((url) => /otlp|OTLP/.test(url)) };
    };

    const off = await look({});
    expect(collector.requests()).toBe(0);
    expect(off.otel).toEqual([]);
    expect(traceparentIn(off.answer)).toMatch(new RegExp(`^00-${root.traceId}-[0-9a-f]{16}-00$`));
    // The same look finds the exporter where it is on.
    expect((await look({ traces: 'otlp-http' })).otel).not.toEqual([]);
    expect(collector.requests()).toBeGreaterThan(0);
  });

  it('obeys the variables of OpenTelemetry [telemetry:traces:variables]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    await repository.open(id, '--severity', 'SEV3');
    const { cwd, env } = repository.place;
    const variables = {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abcdef123456',
      OTEL_SERVICE_NAME: 'fixgate-orders',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
    };
    await repository.call('get_incident', { incident_id: id }, { cwd, env: { ...env, ...variables } });
    const sent = collector.requests();
    expect(collector.headers[0]).toMatchObject({ authorization: 'Bearer abcdef123456' });
    expect(collector.spans[0]?.resource).toMatchObject({
      'service.name': 'fixgate-orders',
      'deployment.environment.name': 'staging',
    });
    await repository.call(
      'get_incident',
      { incident_id: id },
      {
        cwd,
        env: { ...env, ...variables, OTEL_SDK_DISABLED: 'true' },
      },
    );
    expect(collector.requests()).toBe(sent);
  });

  it('tells arguments and answers only when asked, and then without secrets [telemetry:traces:content]', async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const place = await placeWith(repository, {
      traces: 'otlp-http',
      endpoint: collector.url,
      capture_content: true,
    });
    await repository.call('get_incident_logs', { incident_id: id, query: secret }, place);

    const { attributes } = only(collector.spans, 'tools/call get_incident_logs');
    expect(attributes['gen_ai.tool.call.arguments']).toContain('[masked:');
    expect(attributes['gen_ai.tool.call.result']).toMatch(/\S/);
    expect(JSON.stringify(collector.spans.map((span) => span.attributes))).not.toContain(secret);
  });

  it("is not for the repository's tests: they see neither address nor headers, only the span they run in [telemetry:traces:suites]", async () => {
    await using repository = await incidentRepository();
    await using collector = await otlpReceiver('http');
    const seen = /words-of-the-collector|OTEL|TRACE|127\.0\.0\.1/;
    const own = /^TRACEPARENT=00-1{32}-[0-9a-f]{16}-01$/;
    const script = `const entries = Object.entries(process.env).map((entry) => entry.join('='));
const told = entries.filter((entry) => ${seen.toString()}.test(entry));
console.log(told.join());
process.exitCode = told.length === 1 && ${own.toString()}.test(told[0]) ? 0 : 1;
`;
    await writeFile(path.join(repository.checkout, 'scripts/look.js'), script);
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--message', 'look');
    repository.git('push', '--quiet', 'origin', 'HEAD');
    await repository.open(id, '--severity', 'SEV3');
    const { cwd, env } = await repository.configure({
      telemetry: { traces: 'otlp-http', headers: { key: { env: 'COLLECTOR_KEY' } } },
      suites: { look: { argv: ['node', 'scripts/look.js'], format: 'exit_code' } },
    });
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, COLLECTOR_KEY: 'words-of-the-collector' };
    const place = { cwd, env: { ...env, ...variables, TRACEPARENT: traceparentOf(1), TRACESTATE: 'a=b' } };
    const { answer } = await repository.call('run_tests', { incident_id: id, suite: 'look' }, place);

    expect(answer).toMatchObject({ verdict: 'pass' });
    // The job itself told of the run, below the call that started it, in the trace of whoever started all.
    await toldOf(collector, 'RUN look');
    const run = only(collector.spans, 'RUN look');
    expect(run).toMatchObject({ traceId: '1'.repeat(32), links: [root] });
    expect(collector.spans.find(({ spanId }) => spanId === run.parentSpanId)?.name).toBe('tools/call run_tests');
  });

  it('writes the lines that architect writes, readable by this account alone [telemetry:traces:json-file]', async () => {
    await using repository = await incidentRepository();
    const place = await placeWith(repository, { traces: 'json-file', file: 'out/traces.json' });
    await repository.call('get_incident', { incident_id: id }, place);
    const file = path.join(place.cwd, 'out/traces.json');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const spans = lines.map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(spans.map(({ name }) => name)).toEqual(['policy evaluate', 'incident', 'tools/call get_incident']);
    expect(Object.keys(spans[2] ?? {}).slice(0, 7)).toEqual([
      'name',
      'trace_id',
      'span_id',
      'start_time',
      'end_time',
      'attributes',
      'status',
    ]);
    expect(spans[2]).toMatchObject({ trace_id: root.traceId, parent_span_id: root.spanId, status: 'UNSET' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('goes to standard error as lines, never to standard output [telemetry:traces:console]', async () => {
    await using repository = await incidentRepository();
    const place = await placeWith(repository, { traces: 'console' });
    await using server = startLineServer(place);
    await initialize(server);
    await call(server, 1, ['get_incident', {}]);
    server.end();
    await server.exited;
    expect(server.lines.map((line) => (JSON.parse(line) as RpcMessage).id)).toEqual([0, 1]);
    expect(server.stderr()).toContain('{"name":"tools/call get_incident",');
  });
});
