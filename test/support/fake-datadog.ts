import { parseSearch } from './datadog-search.ts';
import type { FakeMetrics } from './fake-datadog-metrics.ts';
import { answerMetrics } from './fake-datadog-metrics.ts';
import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';

/** A log event as the fake Datadog stores it. */
export interface StoredLog {
  readonly id: string;
  readonly at: number;
  readonly message?: string;
  readonly status?: string;
  readonly service?: string;
  readonly tags?: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A Datadog organisation on loopback: the requests that the sources send, as the API describes them. */
export interface FakeDatadog extends FaultyServer {
  readonly keys: { readonly api_key: string; readonly app_key: string };
  /** Events by storage tier; a tier that is not there answers 400, as one that was not bought. */
  readonly tiers: Map<string, readonly StoredLog[]>;
  /** Sent as `X-RateLimit-*` with every answer. */
  rate: { limit: number; remaining: number; reset: number } | undefined;
  readonly metrics: FakeMetrics;
  /** `meta` of the next answers, beside the cursor. */
  meta: Record<string, unknown>;
}

interface SearchBody {
  readonly filter: { query: string; from: string; to: string; storage_tier: string; indexes?: string[] };
  readonly sort: string;
  readonly page?: { limit?: number; cursor?: string };
  readonly compute?: unknown[];
}

/** Starts one that holds `logs` in its indexes. */
export async function fakeDatadog(logs: readonly StoredLog[] = []): Promise<FakeDatadog> {
  const keys = { api_key: 'api-key-of-tests', app_key: 'app-key-of-tests' };
  const tiers = new Map([['indexes', logs]]);
  const server = await serveWithFaults((request) => answer(fake, request));
  const fake: FakeDatadog = Object.assign(server, {
    keys,
    tiers,
    metrics: { stored: [], interval: undefined, page: 10_000 },
    rate: undefined,
    meta: {},
  });
  return fake;
}

function answer({ keys, tiers, metrics, rate, meta }: FakeDatadog, request: SeenRequest): VendorAnswer {
  const { path, headers, body } = request;
  const limits: Record<string, string> =
    rate === undefined
      ? {}
      : {
          'x-ratelimit-limit': String(rate.limit),
          'x-ratelimit-period': '3600',
          'x-ratelimit-remaining': String(rate.remaining),
          'x-ratelimit-reset': String(rate.reset),
          'x-ratelimit-name': 'logs_public_search_api',
        };
  const say = (status: number, value: unknown) => ({ status, headers: limits, body: JSON.stringify(value) });
  if (headers['dd-api-key'] !== keys.api_key) return say(401, { errors: ['Unauthorized'] });
  if (headers['dd-application-key'] !== keys.app_key) return say(403, { errors: ['Forbidden'] });
  const measured = answerMetrics(metrics, request);
  if (measured !== undefined) return say(...measured);
  const asked = JSON.parse(body) as SearchBody;
  const held = tiers.get(asked.filter.storage_tier);
  if (held === undefined)
    return say(400, { errors: [{ status: '400', title: 'Bad Request', detail: 'unknown tier' }] });
  const found = matching(held, asked);
  if (path.endsWith('/logs/analytics/aggregate')) {
    const buckets = found.length === 0 ? [] : [{ by: {}, computes: { c0: found.length } }];
    return say(200, { meta: { elapsed: 3, request_id: 'r', status: 'done', ...meta }, data: { buckets } });
  }
  const { limit = 10, cursor } = asked.page ?? {};
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64url').toString());
  const page = found.slice(from, from + limit);
  // As recorded: what follows a full last page is an empty answer without meta.
  if (cursor !== undefined && page.length === 0) return say(200, { data: [] });
  const after =
    page.length === limit ? { page: { after: Buffer.from(String(from + limit)).toString('base64url') } } : {};
  return say(200, { meta: { elapsed: 3, request_id: 'r', status: 'done', ...after, ...meta }, data: page.map(toWire) });
}

function matching(held: readonly StoredLog[], { filter, sort }: SearchBody): StoredLog[] {
  const matches = parseSearch(filter.query);
  const order = sort === 'timestamp' ? 1 : -1;
  return held
    .filter(({ at }) => at >= Number(filter.from) && at <= Number(filter.to))
    .filter(({ message = '', tags = [], attributes = {}, ...rest }) => matches({ message, tags, attributes, ...rest }))
    .toSorted((a, b) => order * (a.at - b.at));
}

function toWire({ id, at, ...rest }: StoredLog): unknown {
  return {
    id,
    type: 'log',
    attributes: { timestamp: new Date(at).toISOString(), host: 'i-0', tags: [], attributes: {}, ...rest },
  };
}
