import { randomUUID } from 'node:crypto';

import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { McpHandlerRequestOptions, McpServerFactory } from '@modelcontextprotocol/server';

import type { Clock } from '#domain/clock.ts';

import { principalOf } from './auth.ts';
import { echoedId } from './message.ts';
import { rpcCodes, toResponse } from './refuse.ts';

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly principal: string;
  /** Requests being answered and open event streams. */
  active: number;
  /** When the last of them ended, in milliseconds since the epoch. */
  idleSince: number;
}

interface SessionDeps {
  readonly factory: McpServerFactory;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  readonly limits: { readonly sessions: number; readonly sessionIdleMs: number; readonly keepAliveMs: number };
}

/** The 2025 clients that can be asked for input; questions and answers need a server that outlives one request. */
export interface Sessions {
  readonly size: number;
  /** Answers an `initialize` and opens the session it asks for; 503 above the cap. */
  open(request: Request, options: McpHandlerRequestOptions): Promise<Response>;
  /** Answers a request that names a session; 404 when it is unknown, over, or another principal's. */
  handle(request: Request, options: McpHandlerRequestOptions): Promise<Response>;
  /** Ends sessions that were idle for too long. */
  sweep(): void;
  close(): Promise<void>;
}

/** Keeps sessions in memory: a client whose session is gone gets a 404 and initializes again. */
export function createSessions(deps: SessionDeps): Sessions {
  const { clock, onError, limits } = deps;
  const sessions = new Map<string, Session>();
  let opening = 0;

  const sweep = (): void => {
    const oldest = clock.now() - limits.sessionIdleMs;
    for (const [id, session] of sessions) {
      if (session.active > 0 || session.idleSince >= oldest) continue;
      sessions.delete(id);
      session.transport.close().catch(onError);
    }
  };

  return {
    get size() {
      return sessions.size;
    },
    sweep,
    async open(request, options) {
      sweep();
      if (sessions.size + opening >= limits.sessions) return full(limits.sessions, options);
      opening += 1;
      try {
        const session = await connect(deps, sessions, { request, options });
        const response = await answer(session, clock, { request, options });
        if (session.transport.sessionId === undefined) await session.transport.close();
        return response;
      } finally {
        opening -= 1;
      }
    },
    async handle(request, options) {
      sweep();
      const session = sessions.get(request.headers.get('mcp-session-id') ?? '');
      if (!session || session.principal !== principalOf(options.authInfo)) return unknown(options);
      return answer(session, clock, { request, options });
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
      sessions.clear();
    },
  };
}

interface Exchange {
  readonly request: Request;
  readonly options: McpHandlerRequestOptions;
}

/** Connects a server to a transport that registers itself once the client's `initialize` has been accepted. */
async function connect(
  { factory, clock, limits }: SessionDeps,
  sessions: Map<string, Session>,
  { request, options: { authInfo } }: Exchange,
): Promise<Session> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, session),
    onsessionclosed: (id) => void sessions.delete(id),
    keepAliveMs: limits.keepAliveMs,
  });
  const session: Session = { transport, principal: principalOf(authInfo), active: 0, idleSince: clock.now() };
  const server = await factory({ era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) });
  await server.connect(transport);
  return session;
}

async function answer(session: Session, clock: Clock, { request, options }: Exchange): Promise<Response> {
  session.active += 1;
  const done = (): void => {
    session.active -= 1;
    session.idleSince = clock.now();
  };
  try {
    return followed(await session.transport.handleRequest(request, options), request.signal, done);
  } catch (error) {
    done();
    throw error;
  }
}

/** Calls `done` when the answer has been read or its reader left; its stream is then free at once, not at the next keep-alive. */
function followed(response: Response, signal: AbortSignal, done: () => void): Response {
  if (response.body === null) {
    done();
    return response;
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // The reader going away is no error of this server.
  void response.body
    .pipeTo(writable, { signal })
    .catch(() => {})
    .finally(done);
  return new Response(readable, response);
}

function full(cap: number, { parsedBody }: McpHandlerRequestOptions): Response {
  return toResponse({
    status: 503,
    code: rpcCodes.transport,
    message: `All ${cap} sessions of this server are in use.`,
    fix: 'Try again later, or initialize without the elicitation capability, which needs no session.',
    headers: { 'retry-after': '60' },
    id: echoedId(parsedBody),
  });
}

function unknown({ parsedBody }: McpHandlerRequestOptions): Response {
  return toResponse({
    status: 404,
    code: rpcCodes.unknownSession,
    message: 'This session is over or never existed.',
    fix: 'Initialize again without a session id.',
    id: echoedId(parsedBody),
  });
}
