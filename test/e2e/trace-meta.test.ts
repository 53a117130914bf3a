import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import type { ClientKind } from '../support/mcp-clients.ts';
import { connectClient } from '../support/mcp-clients.ts';
import type { HttpServerProcess, RpcMessage } from '../support/server-process.ts';
import { startHttpServer, startLineServer, stdioTarget } from '../support/server-process.ts';

const clientInfo = { name: 'raw', version: '0.0.0' };
const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': clientInfo,
  'io.modelcontextprotocol/clientCapabilities': {},
};
const initialize = (protocolVersion: string, capabilities = {}) => ({ protocolVersion, capabilities, clientInfo });

let repository: IncidentRepository;
let http: HttpServerProcess;
let incidents = 0;

beforeAll(async () => {
  repository = await incidentRepository();
  http = await startHttpServer(repository.place);
});

afterAll(async () => {
  await http[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

type Request = readonly [method: string, params: Readonly<Record<string, unknown>>];

async function overHttp([method, params]: Request, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(http.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      // Without a session clients are told apart by it.
      'user-agent': 'raw/1',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text) as RpcMessage;
}

async function overStdio(requests: readonly Request[]): Promise<RpcMessage[]> {
  await using server = startLineServer(repository.place);
  const answers: RpcMessage[] = [];
  for (const [index, [method, params]] of requests.entries())
    answers.push(await server.request(index + 1, method, params));
  server.end();
  await server.exited;
  return answers;
}

const aSpan = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/) as string;

function traceparentIn({ result }: RpcMessage): unknown {
  return (result?.['_meta'] as Readonly<Record<string, unknown>> | undefined)?.['traceparent'];
}

describe.concurrent('every result names its span [telemetry:traces:results]', () => {
  const legacy: Request[] = [
    ['initialize', initialize('2025-06-18')],
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['tools/call', { name: 'get_incident', arguments: { incident_id: 'PD-404' } }],
  ];
  const current: Request[] = legacy
    .filter(([method]) => method !== 'initialize')
    .map(([method, params]) => [method, { ...params, _meta: modern }]);
  const discover: Request = ['server/discover', { _meta: modern }];

  it.each([
    ['2024-11-05', [['initialize', initialize('2024-11-05')], ...legacy.slice(1)] as Request[]],
    ['2025-06-18', legacy],
    ['2026-07-28', [discover, ...current]],
  ])('over stdio, of revision %s', async (_, requests) => {
    const answers = await overStdio(requests);
    const told = answers.map((answer, index) => [requests[index]?.[0], traceparentIn(answer)]);
    expect(told).toEqual(requests.map(([method]) => [method, aSpan]));
  });

  it.each([
    ['2025-06-18', legacy, {}],
    ['2026-07-28', [discover, ...current], { 'mcp-protocol-version': '2026-07-28' }],
  ])('over HTTP, of revision %s', async (_, requests, headers) => {
    for (const [method, params] of requests) {
      const name = method === 'tools/call' ? { 'mcp-name': 'get_incident' } : {};
      const routed = 'mcp-protocol-version' in headers ? { 'mcp-method': method, ...name } : {};
      const answer = await overHttp([method, params], { ...headers, ...routed });
      expect([method, traceparentIn(answer)]).toEqual([method, aSpan]);
    }
  });

  it('but for a ping, which the protocol wants answered with nothing', async () => {
    const [, pong] = await overStdio([
      ['initialize', initialize('2025-06-18')],
      ['ping', {}],
    ]);
    expect(pong?.result).toEqual({});
  });

  it.each<[string, Request]>([
    ['a tool that there is not', ['tools/call', { name: 'no_such_tool', arguments: {} }]],
    ['a prompt that there is not', ['prompts/get', { name: 'no_such_prompt', arguments: {} }]],
    [
      'an argument of a prompt that is no id',
      ['prompts/get', { name: 'remediate_incident', arguments: { incident_id: '..' } }],
    ],
  ])('and so does the data of an error of the protocol: %s', async (_, request) => {
    const [, failed] = await overStdio([['initialize', initialize('2025-06-18')], request]);
    const answers = [failed, await overHttp(request)];
    for (const answer of answers) {
      expect(answer?.error).toMatchObject({ code: -32602, data: { traceparent: aSpan } });
      expect(answer).not.toHaveProperty('result');
    }
  });

  it('of a refusal as well, which is a result', async () => {
    const refused: Request = ['tools/call', { name: 'apply_patch', arguments: { incident_id: 'PD-404', patch: 'x' } }];
    const [, answer] = await overStdio([['initialize', initialize('2025-06-18')], refused]);
    expect(answer?.result).toMatchObject({ isError: true, _meta: { traceparent: aSpan } });
  });

  it('also in a session', async () => {
    const answer = await overHttp(['initialize', initialize('2025-11-25', { elicitation: {} })]);
    expect(traceparentIn(answer)).toEqual(aSpan);
  });
});

describe.concurrent('the name of a client', () => {
  async function actorOf(work: (incident_id: string) => Promise<unknown>): Promise<unknown> {
    const id = `NAME-${(incidents += 1)}`;
    await repository.open(id, '--severity', 'SEV3');
    await work(id);
    await using store = createSqliteStore({ folder: repository.stateFolder, clock: systemClock });
    return store.timeline(id).find(({ type }) => type.startsWith('call.'))?.actor;
  }
  const get = (incident_id: string): Request => ['tools/call', { name: 'get_incident', arguments: { incident_id } }];

  it.each<[ClientKind, string]>([
    ['v2 2026-07-28', 'stdio'],
    ['v1', 'stdio'],
    ['v2 legacy', 'HTTP'],
    ['v1', 'HTTP'],
  ])('is what %s says of itself over %s [telemetry:actor:client]', async (kind, transport) => {
    const target = transport === 'stdio' ? stdioTarget(repository.place) : { url: http.url };
    const actor = await actorOf(async (incident_id) => {
      await using client = await connectClient(kind, target);
      await client.callTool('get_incident', { incident_id });
    });
    expect(actor).toBe('fixgate-tests/0.0.0');
  });

  it('is bounded and printable, and none that the records use for humans and hooks [telemetry:actor:client]', async () => {
    for (const [n, [name, expected]] of (
      [
        ['human: Ann', 'client human: Ann/1'],
        ['hook:claude-code', 'client hook:claude-code/1'],
        ['a\u202e\u0007b', 'ab/1'],
        ['x'.repeat(5_000), 'x'.repeat(100)],
      ] as const
    ).entries()) {
      const headers = { 'user-agent': `named/${n}` };
      const actor = await actorOf(async (id) => {
        const params = { ...initialize('2025-06-18'), clientInfo: { name, version: '1' } };
        await overHttp(['initialize', params], headers);
        await overHttp(get(id), headers);
      });
      expect(actor).toBe(expected);
    }
  });

  it('is none where two clients without sessions cannot be told apart [telemetry:actor:client]', async () => {
    const headers = { 'user-agent': 'shared/1' };
    for (const name of ['one', 'other'])
      await overHttp(['initialize', { ...initialize('2025-06-18'), clientInfo: { name, version: '1' } }], headers);
    expect(await actorOf((id) => overHttp(get(id), headers))).toBe('client');
    expect(await actorOf((id) => overHttp(get(id), { 'user-agent': 'unknown/1' }))).toBe('client');
  });
});
