import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
  /** The same, export by export. */
  readonly exports: readonly (readonly ReceivedSpan[])[];
  /** Bodies of exports of metrics. */
  readonly metrics: readonly Message[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  /** Exports that were begun. */
  requests(): number;
}

/** How a collector behaves: `slow` does nothing and never answers, `late` takes everything and never says so. */
export type Behaviour = 'takes' | 'refuses' | 'slow' | 'late';

type Take = (path: string, headers: Readonly<Record<string, unknown>>, body: Buffer) => void;

/** Starts a collector that decodes what it gets. */
export async function otlpReceiver(protocol: 'http' | 'grpc', behaviour: Behaviour = 'takes'): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const exports: ReceivedSpan[][] = [];
  const metrics: Message[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  let requests = 0;
  const take: Take = (path, given, body) => {
    requests += 1;
    headers.push(given);
    if (behaviour !== 'takes' && behaviour !== 'late') return;
    if (path.endsWith('/v1/traces') || path.endsWith('TraceService/Export')) {
      const taken = toSpans(decode(body));
      exports.push(taken);
      spans.push(...taken);
    } else metrics.push(decode(body));
  };
  const sessions = new Set<ServerHttp2Session>();
  const server = protocol === 'http' ? overHttp(take, behaviour) : overGrpc(take, behaviour, sessions);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    exports,
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
      if (behaviour === 'slow' || behaviour === 'late') return;
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
      if (behaviour === 'slow' || behaviour === 'late' || stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': behaviour === 'takes' ? '0' : '7' }));
      stream.end(behaviour === 'takes' ? Buffer.alloc(5) : undefined);
    });
  });
  return server;
}

/** How many spans the processes of a state folder say that they gave up. */
export function lostSpans(stateFolder: string): number {
  using database = new DatabaseSync(path.join(stateFolder, 'state.db'), { readOnly: true });
  const sql =
    "SELECT sum(json_extract(body, '$.data.spans')) AS lost FROM events WHERE json_extract(body, '$.type') = 'telemetry.dropped'";
  const { lost } = database.prepare(sql).get() as { readonly lost: number | null };
  return lost ?? 0;
}

/** Spans that the root's own process, or another, may tell again when it was taken for lost; see docs/telemetry.md. */
const TOLD_AGAIN = /^(?:incident$|hook |fixgate |pull request outcome$)/;

/**
 * The spans by identity. OTLP delivers at least once: who gets no answer in time cannot know that a span arrived. A span may
 * therefore come twice, as the same span, in two ways: with the whole export that it was part of, which its process sent again; or
 * made from the records by another process, where the first one says on record that it gave spans up (`lost`). Anything else
 * that comes twice was made twice, and is thrown.
 */
export function distinctSpans({ exports }: Pick<OtlpReceiver, 'exports'>, lost: number): readonly ReceivedSpan[] {
  const first = new Map<string, { readonly span: ReceivedSpan; readonly at: number }>();
  for (const [at, taken] of exports.entries())
    for (const span of taken) {
      const id = `${span.traceId} ${span.spanId}`;
      const before = first.get(id);
      if (!before) first.set(id, { span, at });
      else if (before.at === at || !isRepeat(span, before, { exports, at, lost }))
        throw new Error(`${span.name} (${id}) was made twice`);
    }
  return [...first.values()].map(({ span }) => span);
}

function isRepeat(
  span: ReceivedSpan,
  before: { readonly span: ReceivedSpan; readonly at: number },
  { exports, at, lost }: { readonly exports: OtlpReceiver['exports']; readonly at: number; readonly lost: number },
): boolean {
  const idsOf = (index: number) => new Set(exports[index]?.map(({ spanId }) => spanId));
  const isSame = textOf(span) === textOf(before.span);
  if (isSame && span.resource['process.pid'] === before.span.resource['process.pid'])
    return idsOf(before.at).isSubsetOf(idsOf(at));
  return lost > 0 && TOLD_AGAIN.test(span.name) && span.start === before.span.start;
}

/** Everything but the process that told it. */
function textOf(span: ReceivedSpan): string {
  const text = (value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return JSON.stringify({ ...span, resource: {} }, (_key, value: unknown) => text(value));
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
