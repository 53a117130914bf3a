import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';
import type { PipelineLine, StoredLine } from './logql-fake.ts';
import { LogQlError, parseLogQl } from './logql-fake.ts';

/** A Loki on loopback, single or multi-tenant: the requests that the log source sends, as its HTTP API describes them. */
export interface FakeLoki extends FaultyServer {
  lines: readonly StoredLine[];
  /** Asks for `X-Scope-OrgID` and keeps tenants apart. */
  multiTenant: boolean;
  /** `max_entries_limit_per_query`. */
  maxEntries: number;
  /** `max_query_length` in nanoseconds. */
  maxLengthNs: bigint;
  /** Bytes that the index says of any selector. */
  indexBytes: number;
  /** Leaves the statistics out of its answers, as some servers with the same API do. */
  silent: boolean;
}

/** Starts one that holds `lines`. */
export async function fakeLoki(lines: readonly StoredLine[] = []): Promise<FakeLoki> {
  const server = await serveWithFaults((request) => answer(fake, request));
  const fake: FakeLoki = Object.assign(server, {
    lines,
    multiTenant: false,
    maxEntries: 5_000,
    maxLengthNs: 721n * 3_600_000_000_000n,
    indexBytes: 100_000,
    silent: false,
  });
  return fake;
}

/** What a request asked for, whether in the query or as a form. */
export function paramsOf({ path, body }: SeenRequest): URLSearchParams {
  return body === '' ? new URL(path, 'http://loki').searchParams : new URLSearchParams(body);
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function answer(fake: FakeLoki, request: SeenRequest): VendorAnswer {
  try {
    return { status: 200, body: JSON.stringify(route(fake, request)) };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof LogQlError)) throw error;
    const status = error instanceof Refusal ? error.status : 400;
    return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${error.message}\n` };
  }
}

function route(fake: FakeLoki, request: SeenRequest): unknown {
  const { pathname } = new URL(request.path, 'http://loki');
  const params = paramsOf(request);
  const held = ownLines(fake, request);
  switch (pathname) {
    case '/loki/api/v1/query_range':
      return queryRange(fake, held, params);
    case '/loki/api/v1/query':
      return query(held, params);
    case '/loki/api/v1/labels': {
      const { matches } = params.has('query') ? parseLogQl(params.get('query') ?? '') : { matches: () => true };
      const found = inRange(held, params).filter(({ labels }) => matches(labels));
      return { status: 'success', data: [...new Set(found.flatMap(({ labels }) => Object.keys(labels)))] };
    }
    case '/loki/api/v1/index/stats': {
      const { matches } = parseLogQl(params.get('query') ?? '');
      const streams = new Set(held.filter(({ labels }) => matches(labels)).map(({ labels }) => JSON.stringify(labels)));
      return { streams: streams.size, chunks: 1, entries: held.length, bytes: fake.indexBytes };
    }
    default:
      throw new Refusal(404, '404 page not found');
  }
}

/** Several tenants are asked at once as `a|b`; their lines then carry `__tenant_id__`. */
function ownLines({ lines, multiTenant }: FakeLoki, { headers }: SeenRequest): readonly StoredLine[] {
  if (!multiTenant) return lines;
  const tenants = String(headers['x-scope-orgid'] ?? '').split('|');
  if (tenants[0] === '') throw new Refusal(401, 'no org id');
  return lines
    .filter(({ tenant = '' }) => tenants.includes(tenant))
    .map((line) =>
      tenants.length === 1 ? line : { ...line, labels: { ...line.labels, __tenant_id__: line.tenant ?? '' } },
    );
}

function inRange(lines: readonly StoredLine[], params: URLSearchParams): readonly StoredLine[] {
  const [start, end] = [BigInt(params.get('start') ?? 0), BigInt(params.get('end') ?? 0)];
  return lines.filter(({ ns }) => ns >= start && ns < end);
}

function queryRange(fake: FakeLoki, held: readonly StoredLine[], params: URLSearchParams): unknown {
  const limit = Number(params.get('limit') ?? 100);
  const backward = (params.get('direction') ?? 'backward') === 'backward';
  const { matches, run } = parseLogQl(params.get('query') ?? '');
  if (limit > fake.maxEntries)
    throw new Refusal(
      400,
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${fake.maxEntries})`,
    );
  if (BigInt(params.get('end') ?? 0) - BigInt(params.get('start') ?? 0) > fake.maxLengthNs)
    throw new Refusal(400, 'the query time range exceeds the limit (query length: 800h0m0s, limit: 30d1h)');
  const read = inRange(held, params).filter(({ labels }) => matches(labels));
  const found = read.map((line) => run(line)).filter((line) => line !== undefined);
  const ordered = found.toSorted((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  const page = (backward ? ordered.toReversed() : ordered).slice(0, limit);
  const stats = { summary: { totalBytesProcessed: read.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0) } };
  const data = { resultType: 'streams', result: toStreams(page), ...(!fake.silent && { stats }) };
  return { status: 'success', data };
}

/** Without encoding flags, lines with other structured metadata or parsed labels are listed as streams of their own. */
function toStreams(page: readonly PipelineLine[]): unknown {
  const labelsOf = ({ labels, metadata, parsed }: PipelineLine) => ({ ...labels, ...metadata, ...parsed });
  const streams = Map.groupBy(page, (line) => JSON.stringify(labelsOf(line)));
  return [...streams.values()].map((lines) => ({
    stream: labelsOf(lines[0] as PipelineLine),
    values: lines.map((line) => [String(line.ns), line.line]),
  }));
}

/** An instant query; the range before `time` excludes its start and includes its end. */
function query(held: readonly StoredLine[], params: URLSearchParams): unknown {
  const text = params.get('query') ?? '';
  const match = /^sum\(count_over_time\((?<logs>.*) \[(?<ms>\d+)ms\]\)\)$/s.exec(text);
  if (match?.groups?.['logs'] === undefined)
    throw new Refusal(
      400,
      'log queries are not supported as an instant query type, please change your query to a range query type',
    );
  const { matches, run } = parseLogQl(match.groups['logs']);
  const end = BigInt(params.get('time') ?? 0);
  const start = end - BigInt(match.groups['ms'] ?? 0) * 1_000_000n;
  const count = held.filter((line) => line.ns > start && line.ns <= end && matches(line.labels) && run(line)).length;
  const result = count === 0 ? [] : [{ metric: {}, value: [Number(end / 1_000_000_000n), String(count)] }];
  return { status: 'success', data: { resultType: 'vector', result } };
}
