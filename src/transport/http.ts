import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server as NodeServer, ServerResponse } from 'node:http';

import { toNodeHandler } from '@modelcontextprotocol/node';
import type { NodeIncomingMessageLike, NodeServerResponseLike } from '@modelcontextprotocol/node';
import type { McpHandlerRequestOptions, McpServerFactory, ServerEventBus } from '@modelcontextprotocol/server';

import type { Clock } from '#domain/clock.ts';
import type { InFlight } from '#engine/in-flight.ts';
import type { Caller } from '#telemetry/caller.ts';
import { withCaller } from '#telemetry/caller.ts';
import type { Metrics } from '#telemetry/metrics.ts';

import { createBearerGate } from './auth.ts';
import { readJsonBody } from './body.ts';
import { createEndpoint } from './endpoint.ts';
import { ABANDONED_MS, defaultHttpLimits, type HttpLimits } from './limits.ts';
import { listen } from './listen.ts';
import { echoedId, hasRequest, singleMessage } from './message.ts';
import { createOriginGuard, toUrlHost } from './origin.ts';
import { refuse, rpcCodes, sendJson, type HttpRefusal } from './refuse.ts';

/** One HTTP server and what it serves. */
export interface HttpOptions {
  readonly factory: McpServerFactory;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Where MCP is spoken; `/mcp` unless told otherwise. */
  readonly path?: string;
  /** Bearer token; required when the host is not loopback, enforced whenever present. */
  readonly token?: string | undefined;
  /** Further names this server answers to, beside loopback and the bound host. */
  readonly allowedHosts: readonly string[];
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  /** Tools answered over an event stream with keep-alives. */
  readonly isLongRunning: (tool: string) => boolean;
  readonly limits?: Partial<HttpLimits>;
  /** Served at `/metrics`, to callers that may call tools. */
  readonly metrics?: Pick<Metrics, 'exposition'>;
  readonly bus?: ServerEventBus;
}

/** A listening server. */
export interface HttpServer extends AsyncDisposable {
  /** The MCP endpoint. */
  readonly url: string;
  /** Takes no new calls, lets those in flight finish within `drainMs`, then ends every connection. */
  close(): Promise<void>;
}

const PROTOCOL_METHODS = new Set(['POST', 'GET', 'DELETE']);
const SWEEP_MS = 60_000;
const FLUSH_MS = 2_000;

/** Serves MCP over streamable HTTP; throws `misconfigured` when the address cannot be used as asked. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const limits: HttpLimits = { ...defaultHttpLimits, ...options.limits };
  const endpoint = createEndpoint({ ...options, limits });
  const exchanges = new Set<ServerResponse>();
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    },
    createListener(options, limits, { fetch: endpoint.fetch, exchanges }),
  );
  server.maxConnections = limits.connections;

  const port = await listen(server, options);
  const sweeping = setInterval(endpoint.sweep, SWEEP_MS).unref();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(sweeping);
    options.inFlight.drain();
    // The last answers are still being written when their calls have left.
    if (await options.inFlight.idle(limits.drainMs)) await settled(exchanges, FLUSH_MS);
    const ended = endServer(server);
    await endpoint.close();
    server.closeAllConnections();
    await ended;
    // What the drain did not wait for has been cancelled.
    await options.inFlight.idle(ABANDONED_MS);
  };
  const closeOnce = (): Promise<void> => (closed ??= close());
  return {
    url: `http://${toUrlHost(options.host)}:${port}${options.path ?? '/mcp'}`,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

interface Serving {
  readonly fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>;
  /** Requests whose answers a shutdown waits for. */
  readonly exchanges: Set<ServerResponse>;
}

type Listener = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

function createListener(options: HttpOptions, limits: HttpLimits, serving: Serving): RequestListener {
  const { inFlight, onError, path = '/mcp' } = options;
  const serveMcp = createMcpListener(options, limits, serving);

  const serve: Listener = async (req, res) => {
    const target = req.url?.split('?', 1)[0];
    if (target === '/healthz') answerHealth(req, res, inFlight.draining);
    else if (target === path) await serveMcp(req, res);
    else if (target === '/metrics' && options.metrics) await answerMetrics(req, res, options, options.metrics);
    else sendJson(res, 404, { error: 'not_found', message: `MCP is spoken at ${path}.` });
  };

  return (req, res) => {
    serve(req, res).catch((error: unknown) => {
      res.destroy();
      // A client that leaves in the middle of its own request is not an error of this server.
      if (req.complete) onError(error instanceof Error ? error : new Error(String(error)));
    });
  };
}

/** What happens on this server is told only to callers that may call its tools. */
async function answerMetrics(
  req: IncomingMessage,
  res: ServerResponse,
  { host, token, allowedHosts }: HttpOptions,
  metrics: Pick<Metrics, 'exposition'>,
): Promise<void> {
  const foreign = createOriginGuard(host, allowedHosts)(req);
  if (foreign) return refuse(res, foreign);
  const caller = createBearerGate(host, token)(req.headers.authorization);
  if ('refusal' in caller) return refuse(res, caller.refusal);
  const { contentType, body } = await metrics.exposition();
  res.writeHead(200, { 'content-type': contentType }).end(body);
}

/** Checks in the order of their cost: nothing of a body is read for a caller that may not send one. */
function createMcpListener(options: HttpOptions, limits: HttpLimits, { fetch, exchanges }: Serving): Listener {
  const { inFlight, onError } = options;
  const guard = createOriginGuard(options.host, options.allowedHosts);
  const gate = createBearerGate(options.host, options.token);
  const handle = toNodeHandler({ fetch }, { onerror: onError, maxRequestBodySize: limits.bodyBytes });

  return async (req, res) => {
    const foreign = guard(req);
    if (foreign) return refuse(res, foreign);
    const caller = gate(req.headers.authorization);
    if ('refusal' in caller) return refuse(res, caller.refusal);
    if (!PROTOCOL_METHODS.has(req.method ?? '')) return refuse(res, wrongMethod(req.method));

    const read = req.method === 'POST' ? await readJsonBody(req, limits) : { value: undefined };
    if ('refusal' in read) return refuse(res, read.refusal);
    if (hasRequest(read.value)) {
      if (inFlight.draining) return refuse(res, shuttingDown(read.value));
      if (singleMessage(read.value)?.method !== 'subscriptions/listen') track(res, exchanges);
    }
    // Node types absent fields as `| undefined`, which the adapter's declaration does not know.
    const incoming = Object.assign(req, caller.authInfo && { auth: caller.authInfo }) as NodeIncomingMessageLike;
    await withCaller(callerOf(req), () => handle(incoming, flushing(res), read.value));
  };
}

/** The peer of the connection: behind a proxy, the proxy. */
function callerOf({ socket, httpVersion }: IncomingMessage): Caller {
  return { address: socket.remoteAddress, port: socket.remotePort, httpVersion };
}

function track(res: ServerResponse, exchanges: Set<ServerResponse>): void {
  exchanges.add(res);
  res.once('close', () => exchanges.delete(res));
}

/** Sends the head of an event stream at once; Node would keep it back until the first event, which may be minutes away. */
function flushing(res: ServerResponse): NodeServerResponseLike {
  return {
    writeHead(status, headers) {
      res.writeHead(status, headers);
      if (headers?.['content-type']?.startsWith('text/event-stream')) res.flushHeaders();
    },
    write: (chunk) => res.write(chunk),
    end: (chunk) => res.end(chunk),
    on: (event, listener) => res.on(event, listener),
    get destroyed() {
      return res.destroyed;
    },
  };
}

/** Liveness for probes, which know neither token nor name; discloses nothing else. */
function answerHealth(req: IncomingMessage, res: ServerResponse, draining: boolean): void {
  if (req.method !== 'GET' && req.method !== 'HEAD') return sendJson(res, 405, { error: 'method_not_allowed' });
  return draining ? sendJson(res, 503, { status: 'draining' }) : sendJson(res, 200, { status: 'ok' });
}

function wrongMethod(method = ''): HttpRefusal {
  return {
    status: 405,
    code: rpcCodes.transport,
    message: `${method} has no meaning in streamable HTTP.`,
    fix: 'Send JSON-RPC messages with POST.',
    headers: { allow: 'POST, GET, DELETE' },
  };
}

function shuttingDown(body: unknown): HttpRefusal {
  return {
    status: 503,
    code: rpcCodes.transport,
    message: 'This server is shutting down and takes no new calls.',
    fix: 'Call again in a few seconds.',
    headers: { 'retry-after': '5', connection: 'close' },
    id: echoedId(body),
  };
}

async function settled(exchanges: ReadonlySet<ServerResponse>, timeoutMs: number): Promise<void> {
  if (exchanges.size === 0) return;
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  const finished = [...exchanges].map((res) => new Promise<void>((done) => void res.once('close', done)));
  await Promise.race([Promise.all(finished), timeout]);
  clearTimeout(timer);
}

function endServer(server: NodeServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
