import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver.ts';
import { otlpReceiver } from '../support/otlp-receiver.ts';
import type { HttpServerProcess } from '../support/server-process.ts';
import { startHttpServer } from '../support/server-process.ts';

const id = 'PD-1';
const clientInfo = { name: 'raw', version: '0.0.0' };
const within = { timeout: 20_000, interval: 50 };

let repository: IncidentRepository;

beforeAll(async () => {
  repository = await incidentRepository();
  await repository.open(id, '--severity', 'SEV3');
});

afterAll(() => repository[Symbol.asyncDispose]());

describe.concurrent('the span of a request', () => {
  let collector: OtlpReceiver;
  let http: HttpServerProcess;
  let session = '';

  async function post(message: object): Promise<void> {
    const response = await fetch(http.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session !== '' && { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
    session = response.headers.get('mcp-session-id') ?? session;
    await response.text();
  }

  async function spanOf(message: { readonly id: string; readonly method: string; readonly params: object }) {
    await post(message);
    const find = () => collector.spans.filter(({ attributes }) => attributes['jsonrpc.request.id'] === message.id);
    await vi.waitFor(() => expect(find()).toHaveLength(1), within);
    return find()[0] as ReceivedSpan;
  }

  beforeAll(async () => {
    collector = await otlpReceiver('http');
    http = await startHttpServer(
      await repository.configure({ telemetry: { traces: 'otlp-http', endpoint: collector.url } }),
    );
    // A client that can be asked gets a session.
    const capabilities = { elicitation: {} };
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
    await post({ id: 'first', method: 'initialize', params });
    await post({ method: 'notifications/initialized' });
  });

  afterAll(async () => {
    await http[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  it('says over HTTP who called, in which session, by which protocols [telemetry:traces:attributes]', async () => {
    const params = { name: 'get_incident', arguments: { incident_id: id } };
    const { attributes, kind, name, schemaUrl } = await spanOf({ id: 'a-1', method: 'tools/call', params });

    expect([name, kind]).toEqual(['tools/call get_incident', 'SERVER']);
    expect(schemaUrl).toMatch(/^https:\/\/opentelemetry\.io\/schemas\/\d+\.\d+\.\d+$/);
    expect(session).toMatch(/\S/);
    expect(attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_incident',
      'mcp.protocol.version': '2025-11-25',
      'mcp.session.id': session,
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'network.protocol.version': '1.1',
      'client.address': '127.0.0.1',
      'client.port': expect.any(Number) as number,
      'fixgate.incident.id': id,
      'fixgate.incident.severity': 'SEV3',
      'fixgate.incident.state': 'open',
      'fixgate.incident.autonomy.level': expect.stringMatching(/\S/) as string,
    });
    expect(attributes).not.toHaveProperty(['error.type']);
    expect(attributes).not.toHaveProperty(['rpc.response.status_code']);
  });

  it('has what the host says that its model used as an event [telemetry:traces:usage]', async () => {
    const said = { 'gen_ai.request.model': 'model-1', 'gen_ai.usage.input_tokens': 1_200, 'fixgate.cost.usd': 0.031 };
    const params = {
      name: 'get_incident',
      arguments: { incident_id: id },
      _meta: { 'fixgate/usage': { ...said, prompt: 'never told' } },
    };
    const { events } = await spanOf({ id: 'a-4', method: 'tools/call', params });
    expect(events).toEqual([{ name: 'fixgate.usage.reported', attributes: said }]);
  });

  it('names the prompt, and is no tool call [telemetry:traces:attributes]', async () => {
    const params = { name: 'remediate_incident', arguments: { incident_id: id } };
    const { attributes, name } = await spanOf({ id: 'a-2', method: 'prompts/get', params });
    expect(name).toBe('prompts/get remediate_incident');
    expect(attributes).toMatchObject({ 'gen_ai.prompt.name': 'remediate_incident', 'fixgate.incident.id': id });
    expect(attributes).not.toHaveProperty(['gen_ai.operation.name']);
    expect(attributes).not.toHaveProperty(['gen_ai.tool.name']);
  });

  it('has the address of a resource as an attribute, not in its name [telemetry:traces:attributes]', async () => {
    const uri = `incident://${id}/report`;
    const { attributes, name } = await spanOf({ id: 'a-3', method: 'resources/read', params: { uri } });
    expect(name).toBe('resources/read');
    expect(attributes).toMatchObject({ 'mcp.resource.uri': uri, 'fixgate.incident.id': id });
  });

  it.each([
    ['b-1', 'prompts/get', { name: 'nonsense' }, 'prompts/get'],
    ['b-2', 'resources/read', { uri: 'incident://PD-404/report' }, 'resources/read'],
  ])(
    'of a protocol error has its code, and nothing that a client made up in its name: %s [telemetry:traces:attributes]',
    async (request, method, params, expected) => {
      const { attributes, failed, name } = await spanOf({ id: request, method, params });
      const code = attributes['rpc.response.status_code'];
      expect(name).toBe(expected);
      expect(failed).toBe(true);
      expect(code).toMatch(/^-32\d{3}$/);
      expect(attributes['error.type']).toBe(code);
    },
  );

  it('of a tool that does not exist has the code that the client got [telemetry:traces:attributes]', async () => {
    const params = { name: 'nonsense', arguments: {} };
    const { attributes, failed, name } = await spanOf({ id: 'b-3', method: 'tools/call', params });
    expect([name, failed]).toEqual(['tools/call', true]);
    expect(attributes).toMatchObject({ 'error.type': '-32602', 'rpc.response.status_code': '-32602' });
  });
});

it('the durations are counted in the buckets of the conventions [telemetry:metrics:otlp]', async () => {
  await using collector = await otlpReceiver('http');
  const place = await repository.configure({ telemetry: { metrics: 'otlp-http', endpoint: collector.url } });
  await repository.call('get_incident', { incident_id: id }, place);
  const metrics = collector.metrics.flatMap((request) =>
    request.all(1).flatMap((resource) => resource.all(2).flatMap((scope) => scope.all(2))),
  );
  const bounds = metrics.flatMap((metric) => metric.one(9)?.all(1) ?? []).map((point) => doublesOf(point.hex(7)));
  expect(metrics.map((metric) => metric.text(1))).toEqual(['mcp.server.operation.duration']);
  expect(bounds).toEqual([[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]]);
});

/** Packed doubles of a protobuf field. */
function doublesOf(hex: string): number[] {
  const bytes = Buffer.from(hex, 'hex');
  return Array.from({ length: bytes.length / 8 }, (_, n) => bytes.readDoubleLE(n * 8));
}

it('the spans of a test run are those of a pipeline and of its task, in the words for CI/CD [telemetry:traces:attributes]', async () => {
  const place = await repository.configure({ telemetry: { traces: 'json-file', file: 'traces.jsonl' } });
  const { answer } = await repository.call('run_tests', { incident_id: id }, place);
  const file = path.join(place.cwd, 'traces.jsonl');
  // The run's own process tells of it, which may be after the call was answered.
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('"RUN test"'), within);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const spans = lines.map((line) => JSON.parse(line) as { name: string; attributes: Record<string, unknown> });
  const attributesOf = (name: string) => spans.find((span) => span.name === name)?.attributes;
  const job = answer['job_id'];

  expect(job).toMatch(/\S/);
  expect(attributesOf('RUN test')).toMatchObject({
    'cicd.pipeline.name': 'test',
    'cicd.pipeline.action.name': 'RUN',
    'cicd.pipeline.run.id': job,
    'cicd.pipeline.result': 'success',
    'test.suite.name': 'test',
  });
  expect(attributesOf('test run')).toMatchObject({
    'cicd.pipeline.task.name': 'test',
    'cicd.pipeline.task.type': 'test',
    'cicd.pipeline.task.run.id': job,
    'cicd.pipeline.task.run.result': 'success',
  });
});
