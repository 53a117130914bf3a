import type { IncomingMessage } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { FixgateError } from '#domain/errors.ts';
import { prometheus } from '#providers/prometheus.ts';
import type { MetricSource } from '#providers/sources.ts';

import type { FaultyServer, SeenRequest, VendorAnswer } from '../support/faulty-server.ts';
import { serveWithFaults } from '../support/faulty-server.ts';
import { hasOpenssl, serveMutualTls } from '../support/mutual-tls.ts';
import { missing } from '../support/needs.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset, until: onset + 600_000 };
const live = new AbortController().signal;
const MINUTE = 60_000;

let server: FaultyServer;
/** What the server answers: by the text of the query, else nothing found. */
let answers: (query: string, request: SeenRequest) => unknown;
beforeEach(async () => {
  answers = () => [];
  server = await serveWithFaults(reply);
});
afterEach(() => server[Symbol.asyncDispose]());

function reply(request: SeenRequest): VendorAnswer {
  const params = paramsOf(request);
  const result = answers(params.get('query') ?? '', request);
  const type = request.path.includes('query_range') ? 'matrix' : 'vector';
  const data = request.path.includes('/query') ? { resultType: type, result } : result;
  return { status: 200, body: JSON.stringify({ status: 'success', data }) };
}

function paramsOf({ path, body }: SeenRequest): URLSearchParams {
  return body === '' ? new URL(path, 'http://p').searchParams : new URLSearchParams(body);
}

function connect(settings: Record<string, unknown> = {}): MetricSource {
  const parsed = prometheus.settings.parse({ url: server.url, ...settings });
  const source = prometheus.capabilities.metrics?.(parsed, { clock: systemClock });
  if (source === undefined) throw new Error('prometheus has no metrics');
  return source;
}

const read = (query = 'up', settings: Record<string, unknown> = {}) =>
  connect(settings).query({ query, window, stepMs: MINUTE }, live);
const isCount = (query: string) => query.startsWith('count(');
const series = (metric: Record<string, string>, values: readonly (readonly [number, string])[]) => ({ metric, values });

describe('times and numbers', () => {
  it('are sent as seconds, both ends included: ours excludes the end [metrics:prometheus:seconds]', async () => {
    await read();
    const range = server.seen.map(paramsOf).find((params) => params.get('query') === 'up');
    expect(Object.fromEntries(range ?? [])).toStrictEqual({
      query: 'up',
      start: String(onset / 1_000),
      end: String((window.until - 1) / 1_000),
      step: '60',
    });
  });

  it('come as seconds with a fraction and as strings, in ascending order [metrics:prometheus:strings]', async () => {
    answers = (query) =>
      isCount(query)
        ? []
        : [
            series({ __name__: 'up', job: 'a' }, [
              [1.5, '0.1'],
              [2.5, '1e3'],
            ]),
          ];
    expect((await read()).series).toStrictEqual([
      {
        name: 'up',
        labels: { job: 'a' },
        points: [
          [1_500, 0.1],
          [2_500, 1_000],
        ],
      },
    ]);
  });

  it('that are NaN or infinite are kept apart, with their times [metrics:signals:gaps]', async () => {
    const odd = [
      [1, 'NaN'],
      [2, '+Inf'],
      [3, '-Inf'],
      [4, '7'],
    ] as const;
    answers = (query) => (isCount(query) ? [] : [series({}, odd)]);
    const [first] = (await read()).series;
    expect(first).toMatchObject({ points: [[4_000, 7]], notNumbers: [1_000, 2_000, 3_000] });
  });

  it('of a native histogram are refused with what to write [metrics:prometheus:strings]', async () => {
    answers = (query) => (isCount(query) ? [] : [{ metric: {}, histograms: [[1, { count: '1', sum: '1' }]] }]);
    await expect(read()).rejects.toMatchObject({
      code: 'invalid_input',
      fix: expect.stringContaining('histogram_quantile'),
    });
  });

  it('have a step that keeps within 11,000 points [metrics:prometheus:points]', () => {
    const source = connect();
    const day = { since: onset - 24 * 60 * MINUTE, until: onset };
    expect(source.fitStep(day, 1_000)).toBe(15_000);
    expect((day.until - day.since) / source.fitStep(day, 1_000)).toBeLessThanOrEqual(11_000);
    expect(source.fitStep(window, 30_000)).toBe(30_000);
  });
});

describe('who asks', () => {
  it.each([
    [{ tenant: 'team-a|team-b' }, 'x-scope-orgid', 'team-a|team-b'],
    [{ token: 'a-token-of-mimir' }, 'authorization', 'Bearer a-token-of-mimir'],
    [{ user: 'reader', password: 'secret-enough' }, 'authorization', `Basic ${btoa('reader:secret-enough')}`],
    [{ headers: { 'X-Proxy': 'yes' } }, 'x-proxy', 'yes'],
  ])('%j is sent with every request [metrics:prometheus:auth]', async (settings, header, value) => {
    await read('up', settings);
    expect(server.seen.length).toBeGreaterThan(0);
    expect(server.seen.map(({ headers }) => headers[header])).toStrictEqual(server.seen.map(() => value));
  });

  it.each([
    [{ token: 'a', user: 'b', password: 'c' }, 'not both'],
    [{ user: 'b' }, 'password'],
    [{ cert: '/c.pem' }, 'key'],
  ])('%j is refused at start', (settings, why) => {
    const { success, error } = prometheus.settings.safeParse({ url: 'http://p', ...settings });
    expect(success).toBe(false);
    expect(JSON.stringify(error?.issues)).toContain(why);
  });

  it.skipIf(missing('openssl', hasOpenssl) !== undefined)(
    'a certificate is shown to a Mimir that asks for one, with tenant and token beside it [metrics:prometheus:mutual-tls]',
    async () => {
      const seen: IncomingMessage['headers'][] = [];
      await using secure = await serveMutualTls((request, response) => {
        seen.push(request.headers);
        const data = { resultType: 'matrix', result: [] };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ status: 'success', data }));
      });
      const { url, ca, cert, key } = secure;
      const settings = { url: `${url}/prometheus`, ca, cert, key, tenant: 'team-a', token: 'a-token-of-mimir' };
      expect((await read('up', settings)).series).toStrictEqual([]);
      expect(seen.length).toBeGreaterThan(0);
      for (const headers of seen)
        expect(headers).toMatchObject({ 'x-scope-orgid': 'team-a', authorization: 'Bearer a-token-of-mimir' });
      await expect(read('up', { url, ca })).rejects.toMatchObject({ code: 'provider_rejected' });
      await expect(read('up', { url })).rejects.toMatchObject({
        fix: expect.stringContaining('set ca for Prometheus'),
      });
    },
  );

  it('a tenant that is missing is named', async () => {
    const answer = { status: 401, body: 'no org id\n' };
    server.fail(answer, answer);
    const error = (await read().catch((thrown: unknown) => thrown)) as FixgateError;
    expect(error).toMatchObject({ code: 'provider_rejected', fix: expect.stringContaining('tenant') });
  });
});

describe('too many series [metrics:crowd:bounded]', () => {
  const crowd = (query: string) => {
    if (query.includes('count by (pod)')) return [{ metric: {}, value: [1, '20000'] }];
    if (query.includes('count by')) return [{ metric: {}, value: [1, '3'] }];
    if (isCount(query)) return [series({}, [[1, '20000']])];
    return Array.from({ length: 50 }, (_, n) =>
      series({ pod: `p${n}`, zone: `z${n % 3}` }, [[onset / 1_000, String(n)]]),
    );
  };

  it('are counted before they are read; those that moved are chosen where they are', async () => {
    answers = (query, { path }) =>
      path.includes('query_range') && isCount(query) ? [series({}, [[1, '20000']])] : crowd(query);
    const answer = await read('container_memory_bytes');
    expect(answer).toMatchObject({ total: 20_000, series: { length: 50 }, cardinality: { pod: 20_000, zone: 3 } });
    expect(answer.warnings?.[0]).toContain('topk(10, container_memory_bytes)');
    const texts = server.seen.map((request) => paramsOf(request).get('query') ?? '');
    expect(texts.filter((text) => text === 'container_memory_bytes')).toStrictEqual([]);
    expect(texts.some((text) => text.includes('and topk(50, abs('))).toBe(true);
  });

  it('are read as the largest when they cannot be compared there', async () => {
    answers = crowd;
    const failing = { status: 422, body: '{"status":"error","errorType":"execution","error":"too many samples"}' };
    server.fail(undefined, failing);
    const answer = await read('container_memory_bytes');
    expect(answer.warnings?.[0]).toContain('the largest at the end');
  });
});

it('gives the query, a link to its page and the tenant for humans [metrics:evidence:request]', () => {
  const asked = connect({ tenant: 'a', ui_url: 'https://prom.example/x/' }).explain?.({
    query: 'rate(a[5m])',
    window,
    stepMs: MINUTE,
  });
  expect(asked).toMatchObject({ native: 'rate(a[5m])', place: 'tenant a' });
  const url = new URL(asked?.uiUrl ?? '');
  expect(url.origin + url.pathname).toBe('https://prom.example/x/graph');
  expect(url.searchParams.get('g0.expr')).toBe('rate(a[5m])');
  expect(url.searchParams.get('g0.end_input')).toBe('2025-11-03 14:08:00');
});

it('a probe counts the scraped targets', async () => {
  answers = () => [{ metric: {}, value: [1, '12'] }];
  expect(await connect().probe?.(live)).toBe('reachable; 12 scraped targets');
});
