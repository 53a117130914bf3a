import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { createInFlight } from '#engine/in-flight.ts';
import { startHttp, type HttpOptions, type HttpServer } from '#transport/http.ts';

import { connectArchitect } from '../support/architect-client.ts';
import { bundled } from '../support/bundled.ts';
import { createEchoFactory } from '../support/echo-server.ts';
import { clientKinds, connectClient, textOf, type McpTestClient, type StdioTarget } from '../support/mcp-clients.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

/** What a busy computer may take to do what takes no time. */
const within = 20_000;

const echoServer = new URL('../support/echo-server.ts', import.meta.url).pathname;
const started: AsyncDisposable[] = [];

afterEach(async () => {
  for (const resource of started.splice(0).toReversed()) await resource[Symbol.asyncDispose]();
});

function kept<T extends AsyncDisposable>(resource: T): T {
  started.push(resource);
  return resource;
}

interface EchoServer extends HttpServer {
  readonly events: readonly string[];
}

async function startEcho(options: Partial<HttpOptions> = {}): Promise<EchoServer> {
  const events: string[] = [];
  const inFlight = createInFlight();
  const server = await startHttp({
    factory: createEchoFactory({ inFlight, record: (event) => void events.push(event) }),
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    inFlight,
    clock: systemClock,
    onError: () => {},
    isLongRunning: (tool) => tool === 'slow',
    ...options,
  });
  return kept({ ...server, events });
}

/** What a client hears of a call; the answer comes after it: clients drop progress that is read together with the answer. */
async function progressOf(client: McpTestClient, steps: number): Promise<readonly number[]> {
  await using folder = await temporaryFolder();
  const until = path.join(folder.path, 'heard');
  const seen: number[] = [];
  const onProgress = (progress: number) => {
    seen.push(progress);
    if (seen.length === steps) writeFileSync(until, '');
  };
  await client.callTool('count', { steps, until }, { onProgress });
  return seen;
}

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface RawRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | readonly string[];
}

/** Unlike fetch, sends any header and body chunks without a declared length. */
async function raw(url: string, { method = 'POST', headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  const outgoing = request(url, { method, headers: { ...mcpHeaders, ...headers }, agent: false });
  for (const chunk of [body ?? []].flat()) outgoing.write(chunk);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

const mcpHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function legacyCall(name: string, args: unknown = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: args } });
}

function modernCall(name: string, args: unknown = {}): { headers: Record<string, string>; body: string } {
  const params = { name, arguments: args, _meta: modernMeta };
  return {
    headers: { ...mcpHeaders, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }),
  };
}

function initialize(capabilities: object): string {
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'raw', version: '0' } };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
}

const elicit = () => ({ action: 'accept' as const, content: { name: 'Ada' } });

describe.each(clientKinds)('over HTTP, the %s client', (kind) => {
  async function connected(server: EchoServer, options = {}): Promise<McpTestClient> {
    return kept(await connectClient(kind, { url: server.url }, options));
  }

  it('lists and calls tools [server:http:clients]', async () => {
    const client = await connected(await startEcho());
    expect((await client.listTools()).map(({ name }) => name)).toContain('echo');
    expect(textOf(await client.callTool('echo', { text: 'hi' }))).toBe('{"text":"hi"}');
  });

  it('gets progress when it asks for it [server:calls:progress]', async () => {
    const client = await connected(await startEcho());
    expect(await progressOf(client, 3)).toEqual([1, 2, 3]);
  });

  it('is asked for input and answers', async () => {
    const client = await connected(await startEcho(), { elicit });
    expect(textOf(await client.callTool('ask'))).toBe('Hello, Ada');
  });

  it('cancels a call, whose work stops', async () => {
    const server = await startEcho();
    const client = await connected(server, { elicit });
    const cancel = new AbortController();
    const call = client.callTool('slow', { ms: 30_000 }, { signal: cancel.signal });
    await vi.waitFor(() => expect(server.events).toContain('started slow'), within);
    cancel.abort();
    await expect(call).rejects.toBeInstanceOf(Error);
    await vi.waitFor(() => expect(server.events).toContain('cancelled slow'), within);
  });

  it('is told which tools do not exist', async () => {
    const client = await connected(await startEcho());
    await expect(client.callTool('nope')).rejects.toThrow('Tool nope not found');
  });

  it('reaches a server that wants a token, with the token [server:http:token]', async () => {
    const server = await startEcho({ token: 'sesame' });
    await using client = await connectClient(kind, { url: server.url, token: 'sesame' });
    expect(textOf(await client.callTool('whoami'))).toMatch(/"principal":"bearer:[0-9a-f]{12}"/);
    await expect(connectClient(kind, { url: server.url })).rejects.toBeInstanceOf(Error);
  });

  it('keeps nothing open after the server has closed', async () => {
    const server = await startEcho();
    const client = await connected(server, { elicit });
    await client.callTool('echo');
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });
});

describe.each(clientKinds)('over stdio, the %s client', (kind) => {
  let target: StdioTarget;
  beforeAll(async () => {
    target = { command: process.execPath, args: [await bundled(echoServer)] };
  });

  async function connected(options = {}): Promise<{ client: McpTestClient; stderr: () => string }> {
    let text = '';
    const onStderr = (chunk: string): void => void (text += chunk);
    const client = kept(await connectClient(kind, target, { onStderr, ...options }));
    return { client, stderr: () => text };
  }

  it('lists tools, calls them, gets progress and answers questions [server:stdio:clients]', async () => {
    const { client } = await connected({ elicit });
    expect((await client.listTools()).map(({ name }) => name)).toContain('echo');
    expect(textOf(await client.callTool('echo', { text: 'hi' }))).toBe('{"text":"hi"}');
    expect(await progressOf(client, 2)).toEqual([1, 2]);
    expect(textOf(await client.callTool('ask'))).toBe('Hello, Ada');
  });

  it('cancels a call, whose work stops', async () => {
    const { client, stderr } = await connected();
    const cancel = new AbortController();
    const call = client.callTool('slow', { ms: 30_000 }, { signal: cancel.signal });
    await vi.waitFor(() => expect(stderr()).toContain('started slow'), within);
    cancel.abort();
    await expect(call).rejects.toBeInstanceOf(Error);
    await vi.waitFor(() => expect(stderr()).toContain('cancelled slow'), within);
  });

  it('ends the server by closing its input, and the call in flight with it', async () => {
    const { client, stderr } = await connected();
    const call = client.callTool('slow', { ms: 30_000 });
    call.catch(() => {});
    await vi.waitFor(() => expect(stderr()).toContain('started slow'), within);
    await client.close();
    await expect(call).rejects.toBeInstanceOf(Error);
    await vi.waitFor(() => expect(stderr()).toContain('cancelled slow\nserved'), within);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'gets its answer before %s ends the server [server:stop:drain]',
    async (signal) => {
      const { client, stderr } = await connected();
      await using folder = await temporaryFolder();
      const until = path.join(folder.path, 'told');
      const call = client.callTool('held', { until });
      await vi.waitFor(() => expect(stderr()).toContain('started held'), within);
      process.kill(client.pid ?? 0, signal);
      await vi.waitFor(() => expect(stderr()).toContain('told to stop'), within);
      await expect(client.callTool('echo')).rejects.toThrow('shutting down');
      writeFileSync(until, '');
      expect(textOf(await call)).toBe('held until told');
      await vi.waitFor(() => expect(stderr()).toContain('finished held\nserved'), within);
    },
  );
});

describe('a server over stdio', () => {
  async function spawnEcho() {
    const child = spawn(process.execPath, [await bundled(echoServer)], { stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    kept({ [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') });
    return { child, stdout: () => stdout, stderr: () => stderr };
  }

  it('ends with status 0 when its input ends, having written nothing but protocol [server:stdio:protocol-only, server:stdio:ends]', async () => {
    const { child, stdout } = await spawnEcho();
    child.stdin.write(`${initialize({})}\n`);
    await vi.waitFor(() => expect(stdout()).toContain('"id":1'), within);
    child.stdin.write(`${legacyCall('nope')}\nthis is no message\n`);
    await vi.waitFor(() => expect(stdout()).toContain('"id":7'), within);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    for (const line of stdout().trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  it('ends with status 0 without ever having been spoken to [server:stdio:ends]', async () => {
    const { child, stdout } = await spawnEcho();
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stdout()).toBe('');
  });

  it('ends with status 0 after the drain, though its input stays open', async () => {
    const { child, stdout, stderr } = await spawnEcho();
    child.stdin.write(`${initialize({})}\n${legacyCall('slow', { ms: 300 })}\n`);
    await vi.waitFor(() => expect(stderr()).toContain('started slow'), within);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stdout()).toContain('slept 300 ms');
  });

  it('ends at once when it is told twice', async () => {
    const { child, stderr } = await spawnEcho();
    child.stdin.write(`${initialize({})}\n${legacyCall('slow', { ms: 30_000 })}\n`);
    await vi.waitFor(() => expect(stderr()).toContain('started slow'), within);
    child.kill('SIGTERM');
    await vi.waitFor(() => expect(stderr()).toContain('told to stop'), within);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });
});

describe('architect', () => {
  it('gets no session and survives a restart of the server [server:http:architect, server:sessions:elicitation]', async () => {
    const first = await startEcho();
    const architect = await connectArchitect(first.url);
    expect(architect.sessionId).toBeUndefined();
    await first.close();
    // Its own side of the closed connection has to notice.
    await sleep(50);
    await startEcho({ port: Number(new URL(first.url).port) });
    expect(await architect.callTool('echo', { text: 'hi' })).toEqual({
      success: true,
      output: '{"text":"hi","ms":null,"steps":null,"until":null}',
    });
  });

  it('reads the result first, for nothing is sent before it [server:calls:progress]', async () => {
    const architect = await connectArchitect((await startEcho()).url);
    expect(await architect.callTool('count', { steps: 3 })).toEqual({ success: true, output: 'counted to 3' });
  });

  it('waits for a call that is longer than its read timeout [server:calls:keep-alive]', async () => {
    const server = await startEcho({ limits: { keepAliveMs: 100 } });
    const architect = await connectArchitect(server.url, { readTimeoutMs: 500 });
    expect(await architect.callTool('slow', { ms: 1_200 })).toEqual({ success: true, output: 'slept 1200 ms' });
  });

  it('sends its token', async () => {
    const server = await startEcho({ token: 'sesame' });
    const architect = await connectArchitect(server.url, { token: 'sesame' });
    expect((await architect.callTool('echo')).success).toBe(true);
    await expect(connectArchitect(server.url)).rejects.toThrow('HTTP 401');
  });
});

describe('the HTTP edge', () => {
  it.each([
    ['a foreign Host', { host: 'evil.example.com' }],
    ['a foreign Host that starts like ours', { host: 'localhost.evil.example.com' }],
    ['a Host with credentials', { host: 'localhost@evil.example.com' }],
    ['a foreign Origin', { origin: 'http://evil.example.com' }],
    ['an opaque Origin', { origin: 'null' }],
  ])('refuses %s with 403 [server:http:foreign]', async (_name, headers) => {
    const server = await startEcho();
    const answer = await raw(server.url, { headers, body: legacyCall('echo') });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_000 } });
    expect(server.events).toEqual([]);
  });

  it.each([
    ['no Origin', {}],
    ['a loopback Origin on any port', { origin: 'http://localhost:6274' }],
    ['another loopback Host', { host: 'LOCALHOST:1' }],
    ['an allowed Host and Origin', { host: 'fixgate.example.com', origin: 'https://fixgate.example.com' }],
  ])('answers requests with %s', async (_name, headers) => {
    const server = await startEcho({ allowedHosts: ['fixgate.example.com'] });
    expect((await raw(server.url, { headers, body: legacyCall('echo') })).status).toBe(200);
  });

  it.each([
    ['no token', {}, 'Bearer realm="fixgate"'],
    ['a wrong token', { authorization: 'Bearer sesam' }, 'Bearer realm="fixgate", error="invalid_token"'],
    ['another scheme', { authorization: 'Basic sesame' }, 'Bearer realm="fixgate"'],
  ])('challenges %s with 401 [server:http:token]', async (_name, headers, challenge) => {
    const server = await startEcho({ token: 'sesame' });
    const answer = await raw(server.url, { headers, body: legacyCall('echo') });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(challenge);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32_000 } });
  });

  it('does not start beyond loopback without a token [server:http:token]', async () => {
    const start = startEcho({ host: '0.0.0.0' });
    await expect(start).rejects.toMatchObject({ code: 'misconfigured', fix: expect.stringContaining('`http.token`') });
  });

  it('names a port that is in use', async () => {
    const { port } = new URL((await startEcho()).url);
    await expect(startEcho({ port: Number(port) })).rejects.toMatchObject({
      code: 'misconfigured',
      message: `127.0.0.1:${port} is used by another program.`,
    });
  });

  const limits = { bodyBytes: 1_000 };
  const large = legacyCall('echo', { text: 'x'.repeat(2_000) });

  it.each([
    ['a body with a declared length over the limit', { body: large, headers: { 'content-length': large.length } }, 413],
    ['a body that grows over the limit', { body: [large.slice(0, 500), large.slice(500)] }, 413],
    ['nesting over the limit', { body: legacyCall('echo', JSON.parse(`${'['.repeat(31)}${']'.repeat(31)}`)) }, 400],
    ['what is not JSON', { body: '{"jsonrpc"' }, 400],
    ['an empty body', {}, 400],
    ['another content type', { body: legacyCall('echo'), headers: { 'content-type': 'text/plain' } }, 415],
    ['another method', { method: 'PUT', body: legacyCall('echo') }, 405],
    ['a stream without a session', { method: 'GET' }, 405],
  ])('refuses %s [server:http:limits]', async (_name, sent, status) => {
    const server = await startEcho({ limits });
    const answer = await raw(server.url, sent);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: {} });
    expect(server.events).toEqual([]);
  });

  it('reads a body at the limits [server:http:limits]', async () => {
    const server = await startEcho();
    const deepest = { text: JSON.parse(`${'['.repeat(29)}${']'.repeat(29)}`) as unknown };
    expect((await raw(server.url, { body: legacyCall('echo', deepest) })).status).toBe(200);
    const padding = 1_048_576 - legacyCall('echo', { text: '' }).length;
    const answer = await raw(server.url, { body: legacyCall('echo', { text: 'x'.repeat(padding) }) });
    expect(answer.status).toBe(200);
  });

  it('answers a batch of 2025-03-26 message by message', async () => {
    const server = await startEcho();
    const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo' } }));
    const answer = await raw(server.url, { body: JSON.stringify(batch) });
    expect(answer.body.match(/"id":[12]/g)).toHaveLength(2);
  });

  it('knows no other path', async () => {
    const server = await startEcho();
    const answer = await raw(new URL('/', server.url).href, { body: legacyCall('echo') });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toEqual({ error: 'not_found', message: 'MCP is spoken at /mcp.' });
  });

  it('tells probes that it is alive, whatever they call it and without a token [server:http:health]', async () => {
    const server = await startEcho({ token: 'sesame' });
    const health = { method: 'GET', headers: { host: '10.0.0.7:7337' } };
    const answer = await raw(new URL('/healthz', server.url).href, health);
    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
  });

  it('drops clients that send their headers too slowly', async () => {
    const server = await startEcho({ limits: { headersTimeoutMs: 200 } });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('408 Request Timeout');
    await once(socket, 'close');
  });
});

describe('a 2026-07-28 request', () => {
  it('is answered with plain JSON [server:protocol:stateless]', async () => {
    const answer = await raw((await startEcho()).url, modernCall('echo', { text: 'hi' }));
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.parse(answer.body)).toMatchObject({ id: 7, result: { resultType: 'complete' } });
  });

  it('to a long-running tool is answered with a stream that is kept alive [server:calls:keep-alive]', async () => {
    const server = await startEcho({ limits: { keepAliveMs: 50 } });
    const response = await fetch(server.url, { method: 'POST', ...modernCall('slow', { ms: 400 }) });
    // The head arrives before the answer.
    expect(server.events).not.toContain('finished slow');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const body = await response.text();
    expect(body.match(/^:/gm)?.length).toBeGreaterThan(2);
    expect(body).toContain('slept 400 ms');
  });

  it('must agree with its headers', async () => {
    const { body, headers } = modernCall('echo');
    const answer = await raw((await startEcho()).url, { body, headers: { ...headers, 'mcp-name': 'slow' } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32_020 } });
  });
});

describe.each([
  ['2026-07-28', modernCall('slow', { ms: 30_000 })],
  ['2026-07-28 without a stream', modernCall('slow', { ms: 30_000 })],
  ['2025 without a session', { headers: mcpHeaders, body: legacyCall('slow', { ms: 30_000 }) }],
] as const)('a client of %s that leaves', (name, call) => {
  it('cancels its call [server:calls:cancel]', async () => {
    const isLongRunning = (): boolean => !name.includes('without a stream');
    const server = await startEcho({ isLongRunning });
    const cancel = new AbortController();
    const response = fetch(server.url, { method: 'POST', ...call, signal: cancel.signal });
    response.catch(() => {});
    await vi.waitFor(() => expect(server.events).toContain('started slow'), within);
    cancel.abort();
    await vi.waitFor(() => expect(server.events).toContain('cancelled slow'), within);
  });
});

describe('a session', () => {
  const withElicitation = initialize({ elicitation: {} });

  async function openSession(server: EchoServer): Promise<string> {
    const answer = await raw(server.url, { body: withElicitation });
    return String(answer.headers['mcp-session-id']);
  }

  it.each([
    ['elicitation', { elicitation: {} }, true],
    ['nothing', {}, false],
    ['sampling and roots', { sampling: {}, roots: {} }, false],
  ])(
    'is opened for a client that declares %s: %j → %s [server:sessions:elicitation]',
    async (_name, capabilities, opened) => {
      const answer = await raw((await startEcho()).url, { body: initialize(capabilities) });
      expect(answer.status).toBe(200);
      expect('mcp-session-id' in answer.headers).toBe(opened);
    },
  );

  it('ends with DELETE and is unknown afterwards', async () => {
    const server = await startEcho();
    const headers = { 'mcp-session-id': await openSession(server) };
    expect((await raw(server.url, { headers, body: legacyCall('echo') })).status).toBe(200);
    expect((await raw(server.url, { method: 'DELETE', headers })).status).toBe(200);
    const answer = await raw(server.url, { headers, body: legacyCall('echo') });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ id: 7, error: { code: -32_001 } });
  });

  it('that was never opened is unknown', async () => {
    const headers = { 'mcp-session-id': 'd3b07384-d9a0-4c9b-8f1e-1b2c3d4e5f60' };
    expect((await raw((await startEcho()).url, { headers, body: legacyCall('echo') })).status).toBe(404);
  });

  it('is refused above the cap and to be had again after one ends', async () => {
    const server = await startEcho({ limits: { sessions: 1 } });
    const headers = { 'mcp-session-id': await openSession(server) };
    const refused = await raw(server.url, { body: withElicitation });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '60']);
    await raw(server.url, { method: 'DELETE', headers });
    expect((await raw(server.url, { body: withElicitation })).status).toBe(200);
  });

  it('ends when it is idle for too long, but not while a stream is open', async () => {
    let now = 0;
    const server = await startEcho({ clock: { now: () => now }, limits: { sessionIdleMs: 1_000 } });
    const [idle, watched] = [await openSession(server), await openSession(server)];
    const leave = new AbortController();
    const headers = { accept: 'text/event-stream', 'mcp-session-id': watched };
    await fetch(server.url, { headers, signal: leave.signal });
    now = 5_000;
    const echo = { body: legacyCall('echo') };
    expect((await raw(server.url, { ...echo, headers: { 'mcp-session-id': idle } })).status).toBe(404);
    expect((await raw(server.url, { ...echo, headers: { 'mcp-session-id': watched } })).status).toBe(200);
    leave.abort();
  });

  it('lets its client come back for the stream at once after a lost connection', async () => {
    const server = await startEcho();
    const headers = { accept: 'text/event-stream', 'mcp-session-id': await openSession(server) };
    const leave = new AbortController();
    expect((await fetch(server.url, { headers, signal: leave.signal })).status).toBe(200);
    expect((await fetch(server.url, { headers })).status).toBe(409);
    leave.abort();
    await vi.waitFor(async () => {
      const again = new AbortController();
      const { status } = await fetch(server.url, { headers, signal: again.signal });
      again.abort();
      expect(status).toBe(200);
    }, within);
  });
});

describe('a shutdown', () => {
  it('lets calls in flight finish, takes no new ones and then leaves no socket [server:stop:drain]', async () => {
    const server = await startEcho();
    const health = new URL('/healthz', server.url);
    await using folder = await temporaryFolder();
    const until = path.join(folder.path, 'told');
    const call = raw(server.url, { body: legacyCall('held', { until }) });
    await vi.waitFor(() => expect(server.events).toContain('started held'), within);

    const closed = server.close();
    expect((await fetch(health)).status).toBe(503);
    const refused = await raw(server.url, { body: legacyCall('echo') });
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body)).toMatchObject({
      id: 7,
      error: { message: expect.stringContaining('shutting') },
    });
    writeFileSync(until, '');
    expect((await call).body).toContain('held until told');

    await closed;
    expect(server.events).toEqual(['started held', 'finished held']);
    await expect(fetch(health)).rejects.toThrow('fetch failed');
    await expect(server.close()).resolves.toBeUndefined();
  });

  it('cancels calls that outlast the drain', async () => {
    const server = await startEcho({ limits: { drainMs: 100 } });
    const call = raw(server.url, modernCall('slow', { ms: 30_000 }));
    call.catch(() => {});
    await vi.waitFor(() => expect(server.events).toContain('started slow'), within);
    await server.close();
    expect(server.events).toEqual(['started slow', 'cancelled slow']);
  });
});
