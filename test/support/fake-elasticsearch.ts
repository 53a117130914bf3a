import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';
import type { Mapping, StoredDocument } from './search-dsl.ts';
import { matches, QueryRefusal, toMillis } from './search-dsl.ts';

/** The two dialects. */
export type Flavour = 'elasticsearch' | 'opensearch';

/** A cluster on loopback: the requests that the log source sends, as both vendors' APIs describe them. */
export interface FakeElasticsearch extends FaultyServer {
  documents: readonly StoredDocument[];
  mapping: Mapping;
  /** `search.allow_expensive_queries`. */
  allowExpensive: boolean;
  /** Shards of which one answers with an error. */
  failedShards: number;
  timedOut: boolean;
  /** `Authorization` that is asked for. */
  authorization: string | undefined;
  /** Points in time that were opened and not deleted. */
  readonly points: Set<Point>;
}

interface Point {
  readonly documents: readonly StoredDocument[];
  /** The id of the last answer, and the one it was asked with, since an answer may be lost on its way. */
  ids: readonly string[];
}

const MAX_RESULT_WINDOW = 10_000;
const SHARDS = 5;

/** Starts one that holds `documents`; `message` and `error.message` are analysed. */
export async function fakeElasticsearch(
  flavour: Flavour,
  documents: readonly StoredDocument[] = [],
): Promise<FakeElasticsearch> {
  const server = await serveWithFaults((request) => answer(fake, flavour, request));
  const mapping: Mapping = { message: 'text', 'error.message': 'text', '@timestamp': 'date' };
  const fake: FakeElasticsearch = Object.assign(server, {
    documents,
    mapping,
    allowExpensive: true,
    failedShards: 0,
    timedOut: false,
    authorization: undefined,
    points: new Set<Point>(),
  });
  return fake;
}

class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, reason: string) {
    super(reason);
    this.status = status;
    this.type = type;
  }
}

function answer(fake: FakeElasticsearch, flavour: Flavour, request: SeenRequest): VendorAnswer {
  try {
    return { status: 200, body: JSON.stringify(route(fake, flavour, request)) };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof QueryRefusal)) throw error;
    const status = error instanceof Refusal ? error.status : 400;
    const cause = { type: error.type, reason: error.message };
    const wrapped =
      error instanceof Refusal
        ? cause
        : { type: 'search_phase_execution_exception', reason: 'all shards failed', phase: 'query', grouped: true };
    return { status, body: JSON.stringify({ error: { root_cause: [cause], ...wrapped }, status }) };
  }
}

function route(fake: FakeElasticsearch, flavour: Flavour, request: SeenRequest): unknown {
  const { pathname } = new URL(request.path, 'http://cluster');
  const path = decodeURIComponent(pathname);
  const body = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>);
  if (fake.authorization !== undefined && request.headers.authorization !== fake.authorization)
    throw new Refusal(401, 'security_exception', 'missing authentication credentials for REST request');
  const [openPath, closePath] =
    flavour === 'elasticsearch' ? ['_pit', '/_pit'] : ['_search/point_in_time', '/_search/point_in_time'];
  if (request.method === 'DELETE' && path === closePath) return closePoints(fake, flavour, body);
  const [, index = '', action = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (request.method === 'POST' && action === openPath && path !== closePath) return openPoint(fake, flavour, index);
  if (request.method === 'POST' && path === '/_search') return searchPoint(fake, flavour, body);
  const held = () => inIndex(fake, index);
  if (request.method === 'POST' && action === '_search') return search(fake, { flavour, held: held(), body });
  if (request.method === 'POST' && action === '_count')
    return { count: found(fake, held(), body).length, _shards: shards(fake) };
  throw new Refusal(
    405,
    'illegal_argument_exception',
    `no handler found for uri [${path}] and method [${request.method}]`,
  );
}

/** A list of names and patterns; a name that is not there is an error, a pattern without a match is not. */
function inIndex({ documents }: FakeElasticsearch, index: string): readonly StoredDocument[] {
  const parts = index.split(',');
  const missing = parts.find((part) => !part.includes('*') && documents.every((document) => document.index !== part));
  if (missing !== undefined) throw new Refusal(404, 'index_not_found_exception', `no such index [${missing}]`);
  const patterns = parts.map((part) => new RegExp(`^${part.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`));
  return documents.filter((document) => patterns.some((pattern) => pattern.test(document.index)));
}

function openPoint(fake: FakeElasticsearch, flavour: Flavour, index: string): unknown {
  const held = inIndex(fake, index);
  const id = `point-${crypto.randomUUID()}`;
  fake.points.add({ documents: held, ids: [id] });
  return { [flavour === 'elasticsearch' ? 'id' : 'pit_id']: id, _shards: shards(fake) };
}

function pointOf({ points }: FakeElasticsearch, id: unknown): Point | undefined {
  return [...points].find(({ ids }) => ids.includes(String(id)));
}

function closePoints(fake: FakeElasticsearch, flavour: Flavour, body: Record<string, unknown>): unknown {
  const ids = flavour === 'elasticsearch' ? [body['id']] : (body['pit_id'] as unknown[]);
  const found = ids.map((id) => pointOf(fake, id)).filter((point) => point !== undefined);
  if (found.length === 0) throw new Refusal(404, 'resource_not_found_exception', 'no such point in time');
  for (const point of found) fake.points.delete(point);
  return { succeeded: true, num_freed: found.length };
}

/** Every search gives a new id: both vendors say that only the newest may be used. */
function searchPoint(fake: FakeElasticsearch, flavour: Flavour, body: Record<string, unknown>): unknown {
  const { id } = body['pit'] as { id: string };
  const point = pointOf(fake, id);
  if (point === undefined)
    throw new Refusal(404, 'search_context_missing_exception', 'No search context found for id [1]');
  const reply = search(fake, { flavour, held: point.documents, body });
  const newer = `point-${crypto.randomUUID()}`;
  point.ids = [id, newer];
  return { pit_id: newer, ...reply };
}

interface Search {
  readonly flavour: Flavour;
  readonly held: readonly StoredDocument[];
  readonly body: Record<string, unknown>;
}

function search(fake: FakeElasticsearch, { flavour, held, body }: Search) {
  const size = (body['size'] as number | undefined) ?? 10;
  if (size > MAX_RESULT_WINDOW)
    throw new Refusal(
      400,
      'illegal_argument_exception',
      `Result window is too large, from + size must be less than or equal to: [10000] but was [${size}]`,
    );
  const [sort = {}] = body['sort'] as Record<string, { order: string; format?: string }>[];
  const [field = '', options] = Object.entries(sort)[0] ?? [];
  if (flavour === 'opensearch' && options?.format !== undefined)
    throw new Refusal(400, 'x_content_parse_exception', '[1:40] [field_sort] unknown field [format]');
  if (fake.mapping[field] !== 'date')
    throw new QueryRefusal('query_shard_exception', `No mapping found for [${field}] in order to sort on`);
  const sorted = found(fake, held, body)
    .map((document, n) => ({ document, at: toMillis(document.source[field]), n }))
    .toSorted((a, b) => b.at - a.at || a.n - b.n);
  const isNanos = sorted.some(({ at }) => !Number.isInteger(at));
  const rows = sorted.map(({ document, at, n }) => ({
    document,
    keys: flavour === 'elasticsearch' ? [toNanoString(at), n] : [isNanos ? Math.round(at * 1e6) : at],
    at,
    n,
  }));
  const after = body['search_after'] as (string | number)[] | undefined;
  const rest = after === undefined ? rows : rows.filter((row) => isAfter(row, after, isNanos));
  const hits = rest.slice(0, size).map(({ document: { index, id, source }, keys }) => ({
    _index: index,
    _id: id,
    _score: null,
    _source: source,
    sort: keys,
  }));
  return { took: 1, timed_out: fake.timedOut, _shards: shards(fake), hits: { max_score: null, hits } };
}

/** Strictly after all given sort values: without a tiebreak, every document of the same time is skipped. */
function isAfter(row: { at: number; n: number }, after: readonly (string | number)[], isNanos: boolean): boolean {
  const [time = '', tie] = after;
  const border = typeof time === 'string' ? toMillis(time) : isNanos ? time / 1e6 : time;
  const same = Math.abs(row.at - border) < 1e-4;
  return same ? tie !== undefined && row.n > Number(tie) : row.at < border;
}

function toNanoString(at: number): string {
  const whole = Math.floor(at);
  const rest = Math.round((at - whole) * 1e6);
  return rest === 0
    ? new Date(whole).toISOString()
    : new Date(whole).toISOString().replace('Z', `${String(rest).padStart(6, '0')}Z`);
}

function found(
  fake: FakeElasticsearch,
  held: readonly StoredDocument[],
  body: Record<string, unknown>,
): readonly StoredDocument[] {
  const { mapping, allowExpensive } = fake;
  const query = body['query'] as Record<string, unknown>;
  // A query is refused whatever the index holds.
  matches({ index: '', id: '', source: {} }, query, { mapping, allowExpensive });
  return held.filter((document) => matches(document, query, { mapping, allowExpensive }));
}

function shards({ failedShards }: FakeElasticsearch): unknown {
  const reason = { type: 'no_shard_available_action_exception', reason: 'shard is recovering' };
  const failures = Array.from({ length: failedShards }, (_, shard) => ({ shard, index: 'logs', reason }));
  return {
    total: SHARDS,
    successful: SHARDS - failedShards,
    skipped: 0,
    failed: failedShards,
    ...(failedShards > 0 && { failures }),
  };
}
