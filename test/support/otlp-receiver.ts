import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import type { Message } from './protobuf.ts';
import { decode } from './protobuf.ts';

/** A span as a collector got it; ids are hex digits, times nanoseconds. */
export interface ReceivedSpan {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly schemaUrl: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: object }[];
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly failed: boolean;
}

/** A collector on loopback. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Bodies of exports of metrics. */
  readonly metrics: readonly Message[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** Exports that were begun. */
  requests(): number;
}

/** How a collector behaves: `slow` takes requests and never answers. */
export type Behaviour = 'takes' | 'refuses' | 'slow';

type Take = (path: string, headers: Readonly<Record<string, unknown>>, body: Buffer) => void;

/** Starts a collector that decodes what it gets. */
export async function otlpReceiver(protocol: 'http' | 'grpc', behaviour: Behaviour = 'takes'): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics: Message[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  let requests = 0;
  const take: Take = (path, given, body) => {
    requests += 1;
    headers.push(given);
    if (behaviour !== 'takes') return;
    if (path.endsWith('/v1/traces') || path.endsWith('TraceService/Export')) spans.push(...toSpans(decode(body)));
    else metrics.push(decode(body));
  };
  const sessions = new Set<ServerHttp2Session>();
  const server = protocol === 'http' ? overHttp(take, behaviour) : overGrpc(take, behaviour, sessions);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    headers,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function overHttp(take: Take, behaviour: Behaviour): Server {
  return createHttpServer((req, res) => {
    void buffer(req).then((body) => {
      const plain = req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      take(req.url ?? '', req.headers, plain);
      if (behaviour === 'slow') return;
      res.writeHead(behaviour === 'takes' ? 200 : 403, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
}

/** gRPC is HTTP/2 with messages of five bytes and a body, and its status in the trailers. */
function overGrpc(take: Take, behaviour: Behaviour, sessions: Set<ServerHttp2Session>): Server {
  const server = createHttp2Server();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    void buffer(stream).then((body) => {
      const message = body.subarray(5, 5 + body.readUInt32BE(1));
      take(String(headers[':path']), headers, body.readUInt8(0) === 1 ? gunzipSync(message) : message);
      if (behaviour === 'slow' || stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': behaviour === 'takes' ? '0' : '7' }));
      stream.end(behaviour === 'takes' ? Buffer.alloc(5) : undefined);
    });
  });
  return server;
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT'];

function toSpans(request: Message): ReceivedSpan[] {
  return request.all(1).flatMap((resourceSpans) => {
    const resource = toAttributes(resourceSpans.one(1)?.all(1) ?? []);
    return resourceSpans.all(2).flatMap((scopeSpans) =>
      scopeSpans.all(2).map((span) => ({
        resource,
        scope: scopeSpans.one(1)?.text(1) ?? '',
        schemaUrl: scopeSpans.text(3),
        traceId: span.hex(1),
        spanId: span.hex(2),
        traceState: span.text(3),
        parentSpanId: span.hex(4),
        name: span.text(5),
        kind: KINDS[span.integer(6)] ?? '',
        start: span.fixed64(7),
        end: span.fixed64(8),
        attributes: toAttributes(span.all(9)),
        links: span.all(13).map((link) => ({
          traceId: link.hex(1),
          spanId: link.hex(2),
          attributes: toAttributes(link.all(4)),
        })),
        events: span.all(11).map((event) => ({ name: event.text(2), attributes: toAttributes(event.all(3)) })),
        failed: span.one(15)?.integer(3) === 2,
      })),
    );
  });
}

/** Histograms in an export of metrics. */
export function toHistograms(request: Message) {
  const scopes = request.all(1).flatMap((resourceMetrics) => resourceMetrics.all(2));
  return scopes
    .flatMap((scope) => scope.all(2))
    .map((metric) => ({
      name: metric.text(1),
      unit: metric.text(3),
      points: (metric.one(9)?.all(1) ?? []).map((point) => ({
        attributes: toAttributes(point.all(9)),
        count: point.fixed64(4),
        bounds: point.bytes(7) / 8,
      })),
    }));
}

/** Key-value pairs as an object. */
function toAttributes(pairs: readonly Message[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => [pair.text(1), toValue(pair.one(2))]));
}

function toValue(value: Message | undefined): unknown {
  if (value?.has(1)) return value.text(1);
  if (value?.has(2)) return value.integer(2) === 1;
  if (value?.has(3)) return value.integer(3);
  if (value?.has(4)) return value.double(4);
  if (value?.has(5)) return value.one(5)?.all(1).map(toValue);
  return undefined;
}
