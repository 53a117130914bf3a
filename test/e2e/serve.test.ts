import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { fixPatch, incidentRepository, reason, slowSuite } from '../support/incident-repository.ts';
import type { ClientKind } from '../support/mcp-clients.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import type { LineServerProcess } from '../support/server-process.ts';
import {
  initialize,
  parseLine,
  processesNaming,
  startHttpServer,
  startLineServer,
  stdioTarget,
} from '../support/server-process.ts';

const within = { timeout: 30_000, interval: 50 };
const id = { incident_id: 'PD-1' };

function callTool(server: LineServerProcess, requestId: number, [name, args, meta]: [string, object, object?]) {
  const params = { name, arguments: { ...id, ...args }, ...(meta && { _meta: meta }) };
  return server.request(requestId, 'tools/call', params);
}

/** Opens PD-1 in a place whose suite `slow` runs for `milliseconds` in processes that carry the token. */
async function placeWithSlowSuite(repository: IncidentRepository, milliseconds: number) {
  const token = `slow-${randomUUID()}`;
  await repository.open(id.incident_id, '--severity', 'SEV2');
  const place = await repository.configure({ suites: { slow: slowSuite(token, milliseconds) } });
  return { place, token };
}

describe.concurrent('progress', () => {
  it('goes only to a request that asked for it [server:calls:progress]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id.incident_id, '--severity', 'SEV2');
    await using server = startLineServer(repository.place);
    await initialize(server);

    await callTool(server, 1, ['apply_patch', { patch: fixPatch, reason }]);
    await callTool(server, 2, ['run_tests', {}]);
    await callTool(server, 3, ['open_pr', {}]);
    expect(server.lines.map((line) => parseLine(line)?.id)).toEqual([0, 1, 2, 3]);

    await callTool(server, 4, ['open_pr', {}, { progressToken: 'wanted' }]);
    const [progress, ...rest] = server.lines.slice(4).map(parseLine);
    expect(progress).toMatchObject({ method: 'notifications/progress', params: { progressToken: 'wanted' } });
    expect(rest.at(-1)).toMatchObject({ id: 4 });
  });

  it('tells a client over HTTP that a long run is still going', async () => {
    await using repository = await incidentRepository();
    const { place } = await placeWithSlowSuite(repository, 2_500);
    await using http = await startHttpServer(place);
    await using client = await connectClient('v2 auto', { url: http.url });
    const heard: number[] = [];

    await client.callTool(
      'run_tests',
      { ...id, suite: 'slow' },
      { onProgress: (progress) => void heard.push(progress) },
    );

    expect(heard[0]).toBe(1);
  });
});

const toAnswered = () => 'answered';
const toRejected = () => 'rejected';

describe.concurrent('cancelling a run of tests', () => {
  it.each<{ kind: ClientKind; transport: 'stdio' | 'HTTP'; session?: boolean }>([
    { kind: 'v1', transport: 'stdio' },
    { kind: 'v2 auto', transport: 'stdio' },
    { kind: 'v2 2026-07-28', transport: 'HTTP' },
    { kind: 'v1', transport: 'HTTP', session: true },
  ])(
    '$kind over $transport stops every child process [server:calls:cancel, workspace:tests:killed]',
    async ({ kind, transport, session }) => {
      await using repository = await incidentRepository();
      const { place, token } = await placeWithSlowSuite(repository, 60_000);
      await using http = await startHttpServer(place);
      const target = transport === 'stdio' ? stdioTarget(place) : { url: http.url };
      await using client = await connectClient(kind, target, session ? { elicit: () => ({ action: 'decline' }) } : {});
      const leave = new AbortController();

      const call = client.callTool('run_tests', { ...id, suite: 'slow' }, { signal: leave.signal });
      const outcome = call.then(toAnswered, toRejected);
      await vi.waitFor(() => expect(processesNaming(token).length).toBeGreaterThanOrEqual(2), within);
      leave.abort();

      expect(await outcome).toBe('rejected');
      await vi.waitFor(() => expect(processesNaming(token)).toEqual([]), within);
      await expectCancelled(repository);
    },
  );

  it('happens when a client without a session hangs up [server:calls:cancel]', async () => {
    await using repository = await incidentRepository();
    const { place, token } = await placeWithSlowSuite(repository, 60_000);
    await using http = await startHttpServer(place);
    const leave = new AbortController();
    const params = { name: 'run_tests', arguments: { ...id, suite: 'slow' } };
    const call = fetch(http.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      signal: leave.signal,
    }).then((response) => response.text());
    const outcome = call.then(toAnswered, toRejected);
    await vi.waitFor(() => expect(processesNaming(token).length).toBeGreaterThanOrEqual(2), within);
    leave.abort();

    expect(await outcome).toBe('rejected');
    await vi.waitFor(() => expect(processesNaming(token)).toEqual([]), within);
    await expectCancelled(repository);
  });

  async function expectCancelled(repository: IncidentRepository): Promise<void> {
    await vi.waitFor(async () => {
      const { timeline, unknown_outcomes } = await repository.report(id.incident_id);
      expect(unknown_outcomes).toEqual([]);
      expect(timeline.find(({ tool }) => tool === 'run_tests')).toMatchObject({ outcome: 'failed', code: 'cancelled' });
    }, within);
  }
});

describe.concurrent('SIGTERM', () => {
  it('lets a call over stdio finish, then ends the server [server:stop:drain]', async () => {
    await using repository = await incidentRepository();
    const { place, token } = await placeWithSlowSuite(repository, 1_500);
    await using server = startLineServer(place);
    await initialize(server);

    const call = callTool(server, 1, ['run_tests', { suite: 'slow' }]);
    await vi.waitFor(() => expect(processesNaming(token)).not.toEqual([]), within);
    server.kill('SIGTERM');

    expect((await call).result).toMatchObject({ structuredContent: { status: 'finished', suite: 'slow' } });
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('lets a call over HTTP finish, takes no new ones, then ends the server [server:stop:drain]', async () => {
    await using repository = await incidentRepository();
    const { place, token } = await placeWithSlowSuite(repository, 1_500);
    await using http = await startHttpServer(place);
    await using client = await connectClient('v2 auto', { url: http.url });

    const call = client.callTool('run_tests', { ...id, suite: 'slow' });
    await vi.waitFor(() => expect(processesNaming(token)).not.toEqual([]), within);
    http.kill('SIGTERM');
    const health = new URL('/healthz', http.url);
    await vi.waitFor(async () => expect((await fetch(health)).status).toBe(503), within);

    const answer = await call;
    expect(textOf(answer)).toMatch(/^OK /);
    expect(answer.structuredContent).toMatchObject({ status: 'finished', suite: 'slow' });
    expect(await http.exited).toEqual({ code: 0, signal: null });
  });
});

describe.concurrent('standard output', () => {
  it('holds protocol only, whatever is sent [server:stdio:protocol-only]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id.incident_id, '--severity', 'SEV2');
    await using server = startLineServer(repository.place);
    await initialize(server);
    server.write('not a message');
    server.write('{"jsonrpc":"2.0","id":"broken"');

    await server.request(1, 'tools/list');
    await server.request(2, 'no/such/method');
    await callTool(server, 3, ['no_such_tool', {}]);
    await callTool(server, 4, ['get_incident_logs', { limt: 5 }]);
    await callTool(server, 5, ['apply_patch', { patch: 'not a patch', reason }]);
    await callTool(server, 6, ['run_tests', {}]);
    await callTool(server, 7, ['open_pr', {}]);
    server.end();

    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.lines.length).toBeGreaterThanOrEqual(8);
    expect(server.lines.filter((line) => parseLine(line) === undefined)).toEqual([]);
  });
});

describe.concurrent('a throw-away start', () => {
  const clientInfo = { name: 'probe', version: '0.0.0' };
  const modern = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  };

  it.each<[string, (server: LineServerProcess) => Promise<unknown>]>([
    ['closes its input at once', async () => {}],
    ['discovers', (server) => server.request(1, 'server/discover', { _meta: modern })],
    [
      'initializes and lists',
      async (server) => {
        await initialize(server);
        await server.request(1, 'tools/list');
        await server.request(2, 'resources/list');
        await server.request(3, 'prompts/list');
      },
    ],
  ])('by a client that %s leaves nothing behind [server:start:no-effects, server:stdio:ends]', async (_name, probe) => {
    await using repository = await incidentRepository();
    await using server = startLineServer(repository.place);
    await probe(server);
    server.end();

    expect(await server.exited).toEqual({ code: 0, signal: null });
    // An operator is warned where test runs cannot be kept apart as the policy asks.
    expect(server.stderr().replace(/^.*Isolation is .*\n/m, '')).toBe('');
    expect(existsSync(repository.stateFolder)).toBe(false);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('over HTTP leaves nothing behind [server:start:no-effects, server:http:health]', async () => {
    await using repository = await incidentRepository();
    await using http = await startHttpServer(repository.place);
    expect((await fetch(new URL('/healthz', http.url))).status).toBe(200);
    http.kill('SIGTERM');

    expect(await http.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(repository.stateFolder)).toBe(false);
  });
});
