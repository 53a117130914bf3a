import { setImmediate } from 'node:timers/promises';

import { Server } from '@modelcontextprotocol/server';
import type { AuthInfo, McpHandlerRequestOptions } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';

import { createSessions } from '#transport/sessions.ts';

const url = 'http://127.0.0.1/mcp';
const accept = 'application/json, text/event-stream';
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'unit', version: '0' },
  },
};

function createFixture({ cap = 10, idleMs = 1_000 } = {}) {
  const time = { now: 0 };
  const sessions = createSessions({
    factory: () => new Server({ name: 'unit', version: '0' }, { capabilities: {} }),
    clock: { now: () => time.now },
    onError: () => {},
    limits: { sessions: cap, sessionIdleMs: idleMs, keepAliveMs: 0 },
  });
  return { sessions, time };
}

function caller(clientId?: string): McpHandlerRequestOptions {
  const authInfo: AuthInfo | undefined = clientId === undefined ? undefined : { token: '', clientId, scopes: [] };
  return { ...(authInfo && { authInfo }) };
}

function post(body: object, headers: Record<string, string> = {}): [Request, { parsedBody: unknown }] {
  const request = new Request(url, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', ...headers },
  });
  return [request, { parsedBody: body }];
}

/** Reads to the end; the server notices that in a later turn of the event loop. */
async function read(response: Response): Promise<void> {
  await response.text();
  await setImmediate();
}

describe('sessions', () => {
  async function opened({ sessions }: ReturnType<typeof createFixture>, clientId?: string): Promise<string> {
    const [request, body] = post(initialize);
    const response = await sessions.open(request, { ...body, ...caller(clientId) });
    await read(response);
    return response.headers.get('mcp-session-id') ?? '';
  }

  function ping(id: string): [Request, { parsedBody: unknown }] {
    return post({ jsonrpc: '2.0', id: 2, method: 'ping' }, { 'mcp-session-id': id });
  }

  it.each([
    ['its own principal', 'ada', 'ada', 200],
    ['another principal', 'ada', 'eve', 404],
    ['nobody in particular', 'ada', undefined, 404],
    ['nobody, when nobody opened it', undefined, undefined, 200],
  ])('answer %s: %s, %s → %i', async (_name, owner, other, status) => {
    const fixture = createFixture();
    const [request, body] = ping(await opened(fixture, owner));
    expect((await fixture.sessions.handle(request, { ...body, ...caller(other) })).status).toBe(status);
  });

  it('end after their idle time, counted from the last answer', async () => {
    const fixture = createFixture({ idleMs: 1_000 });
    const id = await opened(fixture);
    const { sessions, time } = fixture;
    for (time.now = 900; time.now < 5_000; time.now += 900) {
      const response = await sessions.handle(...ping(id));
      expect(response.status).toBe(200);
      await read(response);
    }
    time.now += 1_001;
    sessions.sweep();
    expect(sessions.size).toBe(0);
  });

  it('are not opened above the cap, however many ask at once', async () => {
    const { sessions } = createFixture({ cap: 3 });
    const responses = await Promise.all(Array.from({ length: 8 }, () => sessions.open(...post(initialize))));
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 503, 503, 503, 503, 503,
    ]);
    expect(sessions.size).toBe(3);
  });

  it('make room for a new one by ending idle ones', async () => {
    const fixture = createFixture({ cap: 1 });
    await opened(fixture);
    fixture.time.now = 2_000;
    expect(await opened(fixture)).not.toBe('');
  });

  it('are not kept for an initialize that is refused', async () => {
    const { sessions } = createFixture();
    const [request, body] = post(initialize, { accept: 'text/html' });
    expect((await sessions.open(request, body)).status).toBe(406);
    expect(sessions.size).toBe(0);
  });

  it('all end on close', async () => {
    const fixture = createFixture();
    await opened(fixture);
    await fixture.sessions.close();
    expect(fixture.sessions.size).toBe(0);
  });
});
