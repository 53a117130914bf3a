import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { MetricQuery } from '#domain/evidence.ts';
import { datadog } from '#providers/datadog.ts';
import type { MetricSource } from '#providers/sources.ts';

import type { StoredMetric } from '../support/fake-datadog-metrics.ts';
import type { FakeDatadog } from '../support/fake-datadog.ts';
import { fakeDatadog } from '../support/fake-datadog.ts';

const MINUTE = 60_000;
const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset - 5 * MINUTE, until: onset + 5 * MINUTE };
const live = new AbortController().signal;

const minutes = Array.from({ length: 11 }, (_, n) => window.since + n * MINUTE);
const cpu = (host: string, level: number, more: Partial<StoredMetric> = {}): StoredMetric => ({
  name: 'system.cpu.user',
  tags: [`host:${host}`, 'env:prod'],
  points: minutes.map((at) => [at, at < onset ? level : level * 3] as const),
  type: 'gauge',
  description: 'Share of time in user space.',
  ...more,
});

let server: FakeDatadog;
beforeAll(async () => {
  // From source, the client's first load reads thousands of files.
  await import('#providers/datadog/metric-api.ts');
}, 60_000);
beforeEach(async () => {
  server = await fakeDatadog();
  server.metrics.stored = [cpu('a', 10), cpu('b', 20)];
});
afterEach(() => server[Symbol.asyncDispose]());

function source(more: Record<string, unknown> = {}): MetricSource {
  const written = { site: 'datadoghq.eu', ...server.keys, url: server.url, timeout_s: 5, ...more };
  const made = datadog.capabilities.metrics?.(datadog.settings.parse(written), { clock: systemClock });
  if (made === undefined) throw new Error('datadog has no metrics');
  return made;
}
const query = (text: string, more: Partial<MetricQuery> = {}, signal = live) =>
  source().query({ query: text, window, stepMs: MINUTE, ...more }, signal);
const failure = (work: Promise<unknown> | undefined) =>
  (work ?? Promise.resolve()).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof FixgateError ? error : expect.unreachable(String(error))),
  );
const paths = () => server.seen.map(({ path }) => path.split('?')[0]);

interface Timeseries {
  data: { attributes: { from: number; to: number; interval: number; formulas: { limit: unknown }[] } };
}
const attributes = (index = 0) => (JSON.parse(server.seen[index]?.body ?? '{}') as Timeseries).data.attributes;

describe('one metric', () => {
  it('is asked of version 2 in milliseconds, with a step and a limit of series [metrics:datadog:simple]', async () => {
    const { series, warnings } = await query('avg:system.cpu.user{env:prod} by {host}');
    expect(paths()).toStrictEqual(['/api/v2/query/timeseries']);
    expect(attributes()).toMatchObject({
      from: window.since,
      to: window.until,
      interval: MINUTE,
      formulas: [{ formula: 'a', limit: { count: 501, order: 'desc' } }],
    });
    expect(warnings).toBeUndefined();
    expect(series.map(({ name, labels }) => [name, labels['host']])).toStrictEqual([
      ['system.cpu.user', 'b'],
      ['system.cpu.user', 'a'],
    ]);
  });

  it('has one point per step, the start of the window included and its end excluded [metrics:datadog:simple]', async () => {
    const { series } = await query('avg:system.cpu.user{host:a} by {host}');
    expect(series[0]?.points).toStrictEqual(minutes.slice(0, 10).map((at) => [at, at < onset ? 10 : 30]));
  });

  it('keeps the gaps of sparse and irregular times [metrics:datadog:sparse]', async () => {
    server.metrics.stored = [
      cpu('a', 1, {
        points: [
          [window.since + MINUTE, 1],
          [window.since + 7 * MINUTE, 2],
        ],
      }),
      cpu('b', 1, { points: [[window.since + 2 * MINUTE, 5]] }),
    ];
    const { series } = await query('avg:system.cpu.user{*} by {host}');
    expect(Object.fromEntries(series.map(({ labels, points }) => [labels['host'], points]))).toStrictEqual({
      a: [
        [window.since + MINUTE, 1],
        [window.since + 7 * MINUTE, 2],
      ],
      b: [[window.since + 2 * MINUTE, 5]],
    });
  });

  it.each([
    ['avg:system.cpu.user{*}', 2],
    ['min:system.cpu.user{*}', 1],
    ['max:system.cpu.user{*}', 3],
    ['sum:system.cpu.user{*}', 2],
    ['sum:system.cpu.user{*}.as_count()', 6],
  ])('reduces %s to the step when it comes finer than was asked [metrics:datadog:interval]', async (text, value) => {
    server.metrics.interval = 20_000;
    const at = window.since;
    server.metrics.stored = [
      cpu('a', 1, {
        points: [
          [at, 1],
          [at + 20_000, 2],
          [at + 40_000, 3],
        ],
      }),
    ];
    expect((await query(text)).series[0]?.points).toStrictEqual([[at, value]]);
  });

  it('warns when it comes coarser than was asked, not when it is sparse [metrics:datadog:interval]', async () => {
    const hour = { since: onset - 60 * MINUTE, until: onset };
    const every = Array.from({ length: 60 }, (_, n) => [hour.since + n * MINUTE, 1] as const);
    server.metrics.stored = [cpu('a', 1, { points: every })];
    server.metrics.interval = 5 * MINUTE;
    const simple = await query('avg:system.cpu.user{*}', { window: hour });
    expect(simple.series[0]?.points).toHaveLength(12);
    expect(simple.warnings?.join(' ')).toMatch(/every 300 s instead of 60 s/);
    const divided = await query('avg:system.cpu.user{*} / avg:system.cpu.user{*}', { window: hour });
    expect(divided.warnings?.join(' ')).toMatch(/every 300 s/);
    server.metrics.interval = undefined;
    server.metrics.stored = [cpu('a', 1, { points: [0, 7, 21, 24, 40, 58].flatMap((n) => every.slice(n, n + 1)) })];
    expect(await query('avg:system.cpu.user{*}', { window: hour })).not.toHaveProperty('warnings');
  });

  it('leaves nulls out, in both versions, and groups that have nothing else [metrics:datadog:nulls]', async () => {
    const at = window.since;
    const points = [[at, 1] as const, [at + MINUTE, null] as const, [at + 2 * MINUTE, 0] as const];
    server.metrics.stored = [cpu('a', 1, { points }), cpu('b', 1, { points: [[at, null]] })];
    const simple = await query('avg:system.cpu.user{*} by {host}');
    expect(simple.series.map((one) => one.points)).toStrictEqual([[points[0], points[2]]]);
    const divided = await query('avg:system.cpu.user{*} by {host} / max:system.cpu.user{*} by {host}');
    expect(divided.series.map((one) => one.points.map(([time]) => time))).toStrictEqual([[at]]);
  });

  it.each(['sum:system.cpu.user{*}.as_count()', 'sum:system.cpu.user{*}.as_count() / min:system.cpu.user{*}'])(
    'leaves the interval of %s out that is not over [metrics:datadog:interval]',
    async (text) => {
      const now = Math.ceil(Date.now() / MINUTE) * MINUTE;
      server.metrics.stored = [cpu('a', 1, { points: [3, 2, 1].map((ago) => [now - ago * MINUTE, 1] as const) })];
      const { series } = await query(text, { window: { since: now - 10 * MINUTE, until: now } });
      expect(series[0]?.points.map(([at]) => at)).toStrictEqual([now - 3 * MINUTE, now - 2 * MINUTE]);
    },
  );

  it.each([
    ['version 2', 'avg:system.cpu.user{*}'],
    ['version 1', 'avg:system.cpu.user{*} / avg:system.cpu.user{*}'],
  ])('has the unit of %s, and none where it is null [metrics:datadog:units]', async (_, text) => {
    expect((await query(text)).series[0]).not.toHaveProperty('unit');
    server.metrics.stored = [cpu('a', 1, { unit: 'byte' })];
    expect((await query(text)).series[0]?.unit).toBe('bytes');
  });
});

describe('expressions', () => {
  it('are asked of version 1 in seconds [metrics:datadog:expression]', async () => {
    const { series } = await query('max:system.cpu.user{*} by {env} / min:system.cpu.user{*} by {env}');
    const asked = new URL(server.seen[0]?.path ?? '', 'http://fake');
    expect(asked.pathname).toBe('/api/v1/query');
    expect(asked.searchParams.get('from')).toBe(String(window.since / 1_000));
    expect(asked.searchParams.get('to')).toBe(String(window.until / 1_000));
    expect(series[0]?.labels).toStrictEqual({ env: 'prod' });
    expect(series[0]?.points).toStrictEqual(minutes.slice(0, 10).map((at) => [at, 2]));
  });

  it('asks whole seconds around a window and drops what lies outside of it [metrics:datadog:expression]', async () => {
    const odd = { since: window.since + 500, until: window.until - 500 };
    const { series } = await query('avg:system.cpu.user{*} / avg:system.cpu.user{*}', { window: odd });
    const asked = new URL(server.seen[0]?.path ?? '', 'http://fake').searchParams;
    expect([Number(asked.get('from')), Number(asked.get('to'))]).toStrictEqual([
      window.since / 1_000,
      window.until / 1_000,
    ]);
    expect(series[0]?.points.every(([at]) => at >= odd.since && at < odd.until)).toBe(true);
  });

  it('knows an error that comes with status 200 [metrics:datadog:silent-error]', async () => {
    const error = await failure(query('avg:system.cpu.user{*} / avgg:system.cpu.user{*}'));
    expect(error).toMatchObject({ code: 'invalid_input', fix: expect.stringContaining('Did you mean avg') as string });
    expect(server.seen).toHaveLength(1);
  });
});

describe('too many series', () => {
  it('reads the largest ones and tells how many there are [metrics:datadog:many]', async () => {
    server.metrics.stored = Array.from({ length: 900 }, (_, n) => cpu(`h${n}`, n));
    const { series, total, warnings = [] } = await query('avg:system.cpu.user{*} by {host}');
    expect(series).toHaveLength(500);
    expect(series[0]?.labels['host']).toBe('h899');
    expect(total).toBe(900);
    expect(warnings.join(' ')).toMatch(/^900 series match/);
  });

  it('tells a least number when they cannot be counted [metrics:datadog:many]', async () => {
    server.metrics.stored = Array.from({ length: 900 }, (_, n) => cpu(`h${n}`, n));
    server.fail(undefined, { status: 400, body: '{"errors":["no"]}' });
    const { total, warnings = [] } = await query('avg:system.cpu.user{*} by {host}');
    expect(total).toBe(501);
    expect(warnings.join(' ')).toMatch(/^At least 501 series/);
  });
});

describe('search and survey', () => {
  it('lists names over pages and describes those that fit [metrics:datadog:search]', async () => {
    server.metrics.page = 1;
    server.metrics.stored = [cpu('a', 1), { name: 'kafka.lag', points: [] }, cpu('b', 1)];
    const made = source();
    expect(await made.search('CPU user', 10, live)).toStrictEqual([
      { name: 'system.cpu.user', type: 'gauge', help: 'Share of time in user space.', unit: '' },
    ]);
    expect(await made.search('lag', 10, live)).toMatchObject([{ name: 'kafka.lag', type: '' }]);
    expect(paths().filter((path) => path === '/api/v2/metrics')).toHaveLength(2);
    expect(server.seen[0]?.path).toContain('window%5Bseconds%5D=86400');
    expect(await made.search('no such thing', 10, live)).toStrictEqual([]);
  });

  it("compares services by the tracers' own metrics [metrics:datadog:survey]", async () => {
    const names = ['trace.express.request', 'trace.express.request.hits', 'trace.express.request.errors'];
    server.metrics.stored = [...names, 'trace.redis.command.hits'].map((name) => ({
      name,
      tags: ['service:web', 'env:prod'],
      points: minutes.map((at) => [at, 6] as const),
    }));
    const made = source();
    const questions = (await made.survey?.({ window, env: 'prod', limit: 10 }, live)) ?? [];
    expect(questions.map(({ signal, query: text }) => [signal, text])).toStrictEqual([
      ['errors', 'sum:trace.express.request.errors{env:prod} by {service}.as_rate()'],
      ['latency', 'p95:trace.express.request{env:prod} by {service}'],
      ['traffic', 'sum:trace.express.request.hits{env:prod} by {service}.as_rate()'],
    ]);
    const { series } = await query(questions[2]?.query ?? '');
    expect(series).toMatchObject([{ labels: { service: 'web' } }]);
    expect(series[0]?.points[0]).toStrictEqual([window.since, 0.1]);
  });
});

describe('errors and limits', () => {
  it.each([
    ['avg:system.cpu.user{*', /Close every brace/],
    ['avgg:system.cpu.user{*}', /Did you mean avg/],
    ['avg:system.cpu.user', /Give the metric a scope/],
    ['derivativ(avg:system.cpu.user{*})', /Did you mean derivative/],
  ])('shows where %s is wrong and what was meant [metrics:datadog:position]', async (text, fix) => {
    const error = await failure(query(text));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toMatch(/At line 1, column \d+: .*⟨here⟩/);
    expect(error.evidence).toMatchObject({ query: text, line: 1 });
    expect(error.fix).toMatch(fix);
  });

  it.each([
    ['texts', { errors: ['bad query (line 1, column 5)'] }],
    ['objects', { errors: [{ status: '400', title: 'Bad Request', detail: 'bad query (line 1, column 5)' }] }],
  ])('reads refusals written as %s [metrics:datadog:position]', async (_, body) => {
    server.fail({ status: 400, body: JSON.stringify(body) });
    expect((await failure(query('avg:system.cpu.user{*}'))).message).toContain('avg: ⟨here⟩ system.cpu.user{*}');
  });

  it('names the permission that is missing [metrics:datadog:probe]', async () => {
    expect(await source().probe?.(live)).toMatch(/datadoghq\.eu/);
    const forbidden = { status: 403, body: '{"errors":["Forbidden"]}' };
    server.fail(forbidden);
    expect((await failure(source().probe?.(live))).fix).toContain('timeseries_query');
    server.fail(undefined, forbidden);
    expect((await failure(source().probe?.(live))).fix).toContain('metrics_read');
    const error = await failure(source({ app_key: 'wrong' }).probe?.(live));
    expect(`${error.message} ${error.fix}`).not.toContain(server.keys.api_key);
  });

  it('waits after 429 as it is told, and keeps part of the limit for people [metrics:datadog:limits]', async () => {
    server.fail({ status: 429, headers: { 'x-ratelimit-reset': '1' }, body: '{"errors":["Too many requests"]}' });
    const before = Date.now();
    expect((await query('avg:system.cpu.user{*}')).series).toHaveLength(1);
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
    server.rate = { limit: 100, remaining: 10, reset: 900 };
    const made = source();
    const asked = { query: 'avg:system.cpu.user{*}', window, stepMs: MINUTE };
    await made.query(asked, live);
    expect(await failure(made.query(asked, live))).toMatchObject({ code: 'provider_unavailable', retry: 'later' });
  });

  it.each([
    ['a reset', 'reset' as const],
    ['an error of the server', { status: 500, body: 'oops' }],
  ])('gets over %s [metrics:datadog:limits]', async (_, fault) => {
    server.fail(fault);
    expect((await query('avg:system.cpu.user{*}')).series).toHaveLength(1);
  });

  it.each([
    ['half an answer', 'half' as const, 'provider_unavailable'],
    ['silence', 'hang' as const, 'timeout'],
    ['an unknown form', { status: 200, body: '{"data":{"type":"other","id":"0"}}' }, 'provider_unavailable'],
  ])('ends with an error after %s [metrics:datadog:limits]', async (_, fault, code) => {
    server.fail(fault);
    const asked = { query: 'avg:system.cpu.user{*}', window, stepMs: MINUTE };
    expect(await failure(source({ timeout_s: 1 }).query(asked, live))).toMatchObject({ code });
  });

  it('ends a request on the wire when its caller is gone [metrics:datadog:cancelled]', async () => {
    server.fail('hang');
    const caller = new AbortController();
    const before = server.seen.length;
    const asked = failure(query('avg:system.cpu.user{*}', {}, caller.signal));
    await expect.poll(() => server.seen.length, { timeout: 10_000 }).toBeGreaterThan(before);
    caller.abort();
    expect(await asked).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned.length).toBe(1);
    expect(await failure(query('avg:system.cpu.user{*}', {}, AbortSignal.abort()))).toMatchObject({
      code: 'cancelled',
    });
  });

  it('has at most 1,500 points of a series [metrics:datadog:step]', () => {
    const of = (hours: number) => ({ since: onset, until: onset + hours * 60 * MINUTE });
    expect(source().fitStep(of(1), 500)).toBe(5_000);
    expect(source().fitStep(of(4), 15_000)).toBe(15_000);
    expect(source().fitStep(of(48), 15_000)).toBe(300_000);
  });

  it('names the query, its page and its place [metrics:datadog:explained]', () => {
    const text = 'avg:system.cpu.user{env:prod} by {host}';
    const { native, uiUrl = '', place } = source().explain?.({ query: text, window, stepMs: MINUTE }) ?? {};
    expect(native).toBe(text);
    expect(place).toBe('Datadog datadoghq.eu');
    const url = new URL(uiUrl);
    expect(`${url.host}${url.pathname}`).toBe('app.datadoghq.eu/metric/explorer');
    expect(url.searchParams.get('exp_metric')).toBe('system.cpu.user');
    expect(url.searchParams.get('from_ts')).toBe(String(window.since));
  });
});
