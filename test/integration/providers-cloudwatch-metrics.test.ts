import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Clock } from '#domain/clock.ts';
import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { MetricQuery } from '#domain/evidence.ts';
import { cloudwatchMetrics } from '#providers/cloudwatch-metrics.ts';
import type { MetricSource } from '#providers/sources.ts';

import type { FakeCloudWatchMetrics, StoredPoints } from '../support/fake-cloudwatch-metrics.ts';
import { fakeCloudWatchMetrics, refuseMetric } from '../support/fake-cloudwatch-metrics.ts';
import { leaveAfter } from '../support/faulty-server.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset - 5 * MINUTE, until: onset + 5 * MINUTE };
const live = new AbortController().signal;
const minutes = Array.from({ length: 12 }, (_, n) => window.since + (n - 1) * MINUTE);

const errors = (name: string, level: number, more: Partial<StoredPoints> = {}): StoredPoints => ({
  namespace: 'AWS/Lambda',
  metric: 'Errors',
  dimensions: { FunctionName: name },
  points: minutes.map((at) => [at, at < onset ? level : level * 3] as const),
  ...more,
});

/** Runs on, an hour after the incident. */
const started = Date.now();
const clock: Clock = { ...systemClock, now: () => onset + 3_600_000 + (Date.now() - started) };

let server: FakeCloudWatchMetrics;
let folder: string;
beforeEach(async () => {
  server = await fakeCloudWatchMetrics([errors('checkout', 2), errors('cart', 5)]);
  folder = await mkdtemp(join(tmpdir(), 'fixgate-aws-'));
  // Nothing of the machine's own configuration may reach a test.
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_SESSION_TOKEN'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function source(more: Record<string, unknown> = {}): MetricSource {
  const written = { region: 'eu-west-1', endpoint: server.url, requests_per_s: 25, timeout_s: 10, ...more };
  const made = cloudwatchMetrics.capabilities.metrics?.(cloudwatchMetrics.settings.parse(written), { clock });
  if (made === undefined) throw new Error('cloudwatch-metrics has no metrics');
  return made;
}
const query = (text: string, more: Partial<MetricQuery> = {}, from = source(), signal = live) =>
  from.query({ query: text, window, stepMs: MINUTE, ...more }, signal);
const failure = (work: Promise<unknown> | undefined) =>
  (work ?? Promise.resolve()).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof FixgateError ? error : expect.unreachable(String(error))),
  );
const checkout = 'AWS/Lambda:Errors{FunctionName="checkout"} Sum';

describe('one metric', () => {
  it('is read within [start, end), oldest first, although the default is the other way [metrics:cloudwatch:order]', async () => {
    const { series, warnings } = await query(checkout);
    expect(series).toStrictEqual([
      {
        name: 'AWS/Lambda:Errors',
        labels: { FunctionName: 'checkout' },
        points: minutes.slice(1, 11).map((at) => [at, at < onset ? 2 : 6]),
      },
    ]);
    expect(warnings).toBeUndefined();
    expect(server.inputs('GetMetricData')[0]).toMatchObject({
      ScanBy: 'TimestampAscending',
      StartTime: window.since / 1_000,
      EndTime: window.until / 1_000,
    });
  });

  it('is asked from a start that is aligned to the period, and answered within the window [metrics:cloudwatch:aligned]', async () => {
    const odd = { since: window.since + 20_500, until: window.until };
    const { series } = await query(checkout, { window: odd, stepMs: 5 * MINUTE });
    const input = server.inputs('GetMetricData')[0] as { StartTime: number };
    expect((input.StartTime * 1_000) % (5 * MINUTE)).toBe(0);
    expect(input.StartTime * 1_000).toBeLessThanOrEqual(odd.since);
    expect(series[0]?.points.every(([at]) => at >= odd.since && at % (5 * MINUTE) === 0)).toBe(true);
  });

  it('lacks the period that is not over [metrics:cloudwatch:aligned]', async () => {
    const now = Math.ceil(clock.now() / MINUTE) * MINUTE;
    server.stored = [errors('checkout', 1, { points: [3, 2, 1].map((ago) => [now - ago * MINUTE, 1] as const) })];
    const { series } = await query(checkout, { window: { since: now - 10 * MINUTE, until: now } });
    expect(series[0]?.points.map(([at]) => at)).toStrictEqual([now - 3 * MINUTE, now - 2 * MINUTE]);
  });

  it('is joined over pages [metrics:cloudwatch:pages]', async () => {
    server.pagePoints = 6;
    const { series, warnings } = await query('AWS/Lambda:Errors');
    expect(series.map(({ points }) => points.length)).toStrictEqual([10, 10]);
    expect(warnings).toBeUndefined();
    expect(server.inputs('GetMetricData').map(({ NextToken }) => NextToken)).toStrictEqual([undefined, '3', '6', '9']);
  });

  it.each([
    ['Sum', 9],
    ['average', 3],
    ['Minimum', 2],
    ['SampleCount', 3],
    ['p99', 4],
    ['Rate', 9 / 60],
  ])('is read as %s [metrics:cloudwatch:statistics]', async (stat, value) => {
    const points = [2, 3, 4].map((one, n) => [window.since + n * 10_000, one] as const);
    server.stored = [errors('checkout', 1, { points })];
    const { series } = await query(`AWS/Lambda:Errors{FunctionName=checkout} ${stat}`);
    expect(series[0]?.points).toStrictEqual([[window.since, value]]);
  });

  it('is found when only some of its dimensions are named [metrics:cloudwatch:dimensions]', async () => {
    const both = { FunctionName: 'checkout', Resource: 'checkout:live' };
    server.stored = [errors('checkout', 1, { dimensions: both }), errors('cart', 1)];
    const { series } = await query(checkout);
    expect(series.map(({ labels }) => labels)).toStrictEqual([both]);
    expect((await query('AWS/Lambda:Errors{FunctionName="nothing"}')).series).toStrictEqual([]);
  });

  it('is read from another account through this one [metrics:cloudwatch:account]', async () => {
    server.stored = [errors('checkout', 1, { account: '210987654321' }), errors('checkout', 9)];
    const { series } = await query(checkout, {}, source({ account: '210987654321' }));
    expect(series.map(({ points }) => points[0]?.[1])).toStrictEqual([1]);
    expect(server.inputs('ListMetrics')[0]).toMatchObject({
      IncludeLinkedAccounts: true,
      OwningAccount: '210987654321',
    });
    expect(server.inputs('GetMetricData')[0]?.['MetricDataQueries']).toMatchObject([{ AccountId: '210987654321' }]);
  });

  it('reads those of many series that moved most, and counts their dimensions [metrics:cloudwatch:many]', async () => {
    const long = { since: onset - 100 * MINUTE, until: onset + 20 * MINUTE };
    const points = Array.from({ length: 10 }, (_, n) => [long.since + n * 12 * MINUTE, 7] as const);
    const fallen = points.map(([at, value]) => [at, at < onset ? value : 1] as const);
    server.stored = Array.from({ length: 1_200 }, (_, n) =>
      errors(`f${n}`, 1, { points: n === 1_100 ? fallen : points }),
    );
    const { series, total, cardinality, warnings = [] } = await query('AWS/Lambda:Errors', { window: long });
    expect(series).toHaveLength(50);
    expect(series[0]?.labels).toStrictEqual({ FunctionName: 'f1100' });
    expect(total).toBe(1_200);
    expect(cardinality).toStrictEqual({ FunctionName: 1_200 });
    expect(warnings.join(' ')).toMatch(/^1200 series match; 50 were read: those that moved most/);
    const asked = server
      .inputs('GetMetricData')
      .map((input) => input['MetricDataQueries'] as { MetricStat: { Period: number } }[]);
    expect(asked.map((queries) => [queries.length, queries[0]?.MetricStat.Period])).toStrictEqual([
      [500, 720],
      [500, 720],
      [200, 720],
      [50, 60],
    ]);
  });

  it('asks for no more points than one answer holds [metrics:cloudwatch:many]', async () => {
    server.stored = Array.from({ length: 71 }, (_, n) => errors(`f${n}`, n));
    const day = { since: onset - DAY, until: onset };
    expect((await query('AWS/Lambda:Errors', { window: day })).total).toBe(71);
    server.stored = server.stored.slice(1);
    expect(await query('AWS/Lambda:Errors', { window: day })).not.toHaveProperty('total');
  });
});

describe('what is kept', () => {
  it.each([
    ['the last hours', 0.1, 15_000, 60_000],
    ['the last hours, coarsely', 0.1, 90_000, 120_000],
    ['two weeks ago', 14, 60_000, 60_000],
    ['20 days ago', 20, 60_000, 300_000],
    ['70 days ago', 70, 60_000, 3_600_000],
  ])('of %s allows a period [metrics:cloudwatch:retention]', (_, days, asked, period) => {
    const since = clock.now() - days * DAY;
    expect(source().fitStep({ since, until: since + 3_600_000 }, asked)).toBe(period);
  });

  it('a longer window has a longer period, a multiple of what is kept [metrics:cloudwatch:retention]', () => {
    const now = clock.now();
    expect(source().fitStep({ since: now - 3 * DAY, until: now }, 15_000)).toBe(300_000);
    expect(source().fitStep({ since: now - 100 * DAY, until: now }, 15_000)).toBe(6 * 3_600_000);
  });

  it('a baseline that is older is read in the period it is kept in, and says so [metrics:cloudwatch:retention]', async () => {
    const old = { since: window.since - 20 * DAY, until: window.until - 20 * DAY };
    const { warnings = [] } = await query(checkout, { window: old });
    expect(warnings.join(' ')).toMatch(/a point every 300 s/);
    expect(server.inputs('GetMetricData')[0]?.['MetricDataQueries']).toMatchObject([{ MetricStat: { Period: 300 } }]);
  });
});

describe('incomplete answers', () => {
  it('says that the last page was still a part [metrics:cloudwatch:partial]', async () => {
    server.result = { StatusCode: 'PartialData' };
    const { series, warnings = [] } = await query(checkout);
    expect(series).toHaveLength(1);
    expect(warnings.join(' ')).toMatch(/1 of 1 series in part only \(PartialData\)/);
  });

  it('passes messages on, of the answer and of a result [metrics:cloudwatch:messages]', async () => {
    server.said = { Messages: [{ Code: 'MaxMetricsExceeded', Value: 'only 100 metrics were searched.' }] };
    server.result = { Messages: [{ Code: 'ArithmeticError', Value: 'division by zero' }] };
    const { warnings = [] } = await query(checkout);
    expect(warnings.join(' ')).toMatch(/ArithmeticError: division by zero.*MaxMetricsExceeded: only 100 metrics/);
  });

  it('takes a message that forbids everything for a refusal [metrics:cloudwatch:messages]', async () => {
    server.said = {
      MetricDataResults: [],
      Messages: [{ Code: 'Forbidden', Value: 'cross-account access is not set up' }],
    };
    expect(await failure(query(checkout))).toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining('cloudwatch:GetMetricData') as string,
    });
  });

  it('ends when a token leads in circles [metrics:cloudwatch:pages]', async () => {
    server.said = { NextToken: 'same' };
    expect(await failure(query(checkout))).toMatchObject({ code: 'provider_unavailable' });
    expect(server.inputs('GetMetricData').length).toBeLessThan(4);
  });
});

describe('Metrics Insights and metric math', () => {
  it('is one expression in a request, and its groups become labels [metrics:cloudwatch:insights]', async () => {
    const text = 'SELECT SUM("Errors") FROM SCHEMA("AWS/Lambda", "FunctionName") GROUP BY "FunctionName"';
    const { series } = await query(text);
    expect(server.inputs('GetMetricData')[0]?.['MetricDataQueries']).toStrictEqual([
      { Id: 'q0', Expression: text, Period: 60 },
    ]);
    expect(series.map(({ name, labels }) => [name, labels])).toStrictEqual([
      ['Errors', { FunctionName: 'checkout' }],
      ['Errors', { FunctionName: 'cart' }],
    ]);
  });

  it.each([
    [{ agg: 'sum' as const, groupBy: ['FunctionName'] }, ['checkout', 'cart']],
    [
      { groupBy: ['FunctionName'], filters: [{ label: 'FunctionName', operator: '=~' as const, value: 'cart' }] },
      ['cart'],
    ],
    [
      { groupBy: ['FunctionName'], filters: [{ label: 'FunctionName', operator: '!=' as const, value: 'cart' }] },
      ['checkout'],
    ],
    [{ service: 'cart' }, ['cart']],
  ])('answers what is written from %j [metrics:cloudwatch:compose]', async (more, names) => {
    const made = source({ labels: { service: 'FunctionName' } });
    const text = made.compose({ metric: 'AWS/Lambda:Errors', filters: [], groupBy: [], ...more });
    const { series } = await query(text, {}, made);
    expect(series.map(({ labels }) => labels['FunctionName'])).toStrictEqual(names);
    expect(series[0]?.points).toHaveLength(10);
  });

  it('says that older data is missing [metrics:cloudwatch:insights]', async () => {
    const old = { since: window.since - 20 * DAY, until: window.until - 20 * DAY };
    const text = 'SELECT SUM("Errors") FROM SCHEMA("AWS/Lambda", "FunctionName")';
    expect((await query(text, { window: old })).warnings?.join(' ')).toMatch(/two weeks back only/);
  });

  it('searches by metric math [metrics:cloudwatch:math]', async () => {
    const { series } = await query(`SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', 'Average', 60)`);
    expect(series.map(({ labels }) => labels)).toStrictEqual([{ label: 'checkout' }, { label: 'cart' }]);
  });
});

describe('alarms', () => {
  const alarm = {
    AlarmName: 'checkout errors',
    AlarmDescription: 'Too many errors.',
    StateValue: 'ALARM',
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: 'checkout' }],
    Statistic: 'Sum',
    Period: 60,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
  };

  it('are asked for with all their types, and read by their own metric [metrics:cloudwatch:alarms]', async () => {
    server.alarms = { metric: [alarm], composite: [] };
    const { series } = await query('alarm:checkout errors');
    expect(series).toMatchObject([
      {
        name: 'AWS/Lambda:Errors',
        labels: { alarm: 'checkout errors', FunctionName: 'checkout', threshold: 'GreaterThanThreshold 5' },
      },
    ]);
    expect(series[0]?.points).toHaveLength(10);
    expect(server.inputs('DescribeAlarms')[0]?.['AlarmTypes']).toContain('CompositeAlarm');
  });

  it('are read as coarsely as they look [metrics:cloudwatch:alarms]', async () => {
    server.alarms = { metric: [{ ...alarm, Period: 300 }], composite: [] };
    const { series, warnings = [] } = await query('alarm:"checkout errors"');
    expect(series[0]?.points.length).toBeLessThan(4);
    expect(warnings.join(' ')).toMatch(/every 300 s/);
  });

  it('of metric math show its one result [metrics:cloudwatch:alarms]', async () => {
    const stat = (name: string) => ({
      Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions: [{ Name: 'FunctionName', Value: name }] },
      Period: 60,
      Stat: 'Sum',
    });
    const math = {
      AlarmName: 'ratio',
      Metrics: [
        { Id: 'e1', Expression: 'm1 / m2', Label: 'share', ReturnData: true },
        { Id: 'm1', MetricStat: stat('checkout'), ReturnData: false },
        { Id: 'm2', MetricStat: stat('cart'), ReturnData: false },
      ],
    };
    server.alarms = { metric: [math], composite: [] };
    const { series } = await query('alarm:ratio');
    expect(series).toMatchObject([{ name: 'share', labels: { alarm: 'ratio' } }]);
    expect(series[0]?.points[0]).toStrictEqual([window.since, 0.4]);
  });

  it('that are made of others name them [metrics:cloudwatch:alarms]', async () => {
    const rule = 'ALARM("checkout errors") OR ALARM(other)';
    server.alarms = { metric: [alarm], composite: [{ AlarmName: 'shop', AlarmRule: rule }] };
    const error = await failure(query('alarm:shop'));
    expect(error.fix).toBe('Ask for one of them: alarm:checkout errors, alarm:other.');
  });

  it('that do not exist are suggested, and search lists them [metrics:cloudwatch:alarms]', async () => {
    server.alarms = { metric: [alarm], composite: [] };
    const error = await failure(query('alarm:chekout errors'));
    expect(error).toMatchObject({ code: 'not_found', fix: expect.stringContaining('alarm:checkout errors') as string });
    expect(await source().search('alarm checkout', 10, live)).toStrictEqual([
      { name: 'alarm:checkout errors', type: 'alarm', help: 'ALARM Too many errors.', unit: '' },
    ]);
  });
});

describe('search and survey', () => {
  it('lists names over pages with their dimensions [metrics:cloudwatch:search]', async () => {
    server.pageMetrics = 1;
    server.stored = [
      ...server.stored,
      errors('checkout', 1, { dimensions: {} }),
      errors('a', 1, { metric: 'Duration' }),
    ];
    const made = source();
    expect(await made.search('lambda ERRORS', 10, live)).toStrictEqual([
      { name: 'AWS/Lambda:Errors', type: 'Sum', help: 'Dimensions: FunctionName, none', unit: '' },
    ]);
    expect(await made.search('duration', 10, live)).toMatchObject([{ name: 'AWS/Lambda:Duration', type: 'Average' }]);
    expect(server.inputs('ListMetrics')).toHaveLength(4);
    expect(await made.search('no such thing', 10, live)).toStrictEqual([]);
  });

  it('compares what is kept under one dimension [metrics:cloudwatch:survey]', async () => {
    const signals = {
      namespace: 'ApplicationSignals',
      metric: 'Fault',
      dimensions: { Service: 'web', Environment: 'prod' },
    };
    server.stored = [
      ...server.stored,
      errors('x', 1, { metric: 'Throttles', dimensions: {} }),
      { ...signals, points: minutes.map((at) => [at, 1] as const) },
    ];
    const made = source();
    const questions = (await made.survey?.({ window, env: 'prod', limit: 5 }, live)) ?? [];
    expect(questions.map(({ metric, serviceLabel }) => [metric, serviceLabel])).toStrictEqual([
      ['sum of ApplicationSignals:Fault', 'Service'],
      ['sum of AWS/Lambda:Errors', 'FunctionName'],
    ]);
    expect((await query(questions[0]?.query ?? '')).series).toMatchObject([
      { labels: { Service: 'web', Environment: 'prod' } },
    ]);
    expect((await query(questions[1]?.query ?? '')).series).toHaveLength(2);
    const old = { since: window.since - 20 * DAY, until: window.until };
    expect(await made.survey?.({ window: old, limit: 5 }, live)).toStrictEqual([]);
  });
});

describe('errors and limits', () => {
  it.each([
    ['SELECT SUMM("Errors") FROM', /Did you mean SUM\?/],
    ['SEARHC("x")', /Did you mean SEARCH\?/],
  ])('shows where %s is wrong and what was meant [metrics:cloudwatch:position]', async (text, fix) => {
    const error = await failure(query(text));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toMatch(/At character \d+: .* ⟨here⟩ /);
    expect(error.fix).toMatch(fix);
  });

  it.each([
    ['AWS/Lambda:Errors{FunctionName} Sum', /FunctionName/],
    ['AWS/Lambda:Errors Summ', /Did you mean Sum/],
    ['Errors', /Namespace:Metric/],
  ])('teaches how to write %s before anything is sent [metrics:cloudwatch:position]', async (text, fix) => {
    const error = await failure(query(text));
    expect(`${error.message} ${error.fix}`).toMatch(fix);
    expect(server.seen).toStrictEqual([]);
  });

  it.each([
    ['cloudwatch:GetMetricData', [refuseMetric('AccessDenied', 'User u is not authorized')]],
    ['cloudwatch:ListMetrics', [undefined, refuseMetric('AccessDenied', 'User u is not authorized')]],
  ])('names %s when it is missing [metrics:cloudwatch:probe]', async (permission, faults) => {
    expect(await source().probe?.(live)).toMatch(/^CloudWatch in eu-west-1 answers/);
    server.fail(...faults);
    const error = await failure(source().probe?.(live));
    expect(error).toMatchObject({ code: 'provider_rejected', fix: expect.stringContaining(permission) as string });
  });

  it('needs a region, and never guesses one [metrics:cloudwatch:probe]', async () => {
    expect(await failure(query(checkout, {}, source({ region: undefined })))).toMatchObject({ code: 'misconfigured' });
    expect(server.seen).toStrictEqual([]);
  });

  it('gets over throttling, and says so when it lasts [metrics:cloudwatch:limits]', async () => {
    const slow = refuseMetric('ThrottlingException', 'Rate exceeded');
    server.fail(slow, undefined, slow);
    expect((await query(checkout)).series).toHaveLength(1);
    server.fail(...Array.from({ length: 9 }, () => slow));
    expect(await failure(query(checkout))).toMatchObject({ code: 'provider_unavailable', retry: 'later' });
  });

  it.each([
    ['silence', 'hang' as const, 'timeout'],
    ['half an answer', 'half' as const, 'provider_unavailable'],
  ])('ends with an error after %s [metrics:cloudwatch:limits]', async (_, fault, code) => {
    server.fail(...Array.from({ length: 9 }, () => fault));
    expect(await failure(query(checkout, {}, source({ timeout_s: code === 'timeout' ? 1 : 10 })))).toMatchObject({
      code,
    });
  });

  it('ends a request on the wire when its caller is gone [metrics:cloudwatch:cancelled]', async () => {
    server.fail('hang');
    const caller = new AbortController();
    void leaveAfter(server.seen.length + 1, server, caller);
    expect(await failure(query(checkout, {}, source(), caller.signal))).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned.length).toBe(1);
    expect(await failure(query(checkout, {}, source(), AbortSignal.abort()))).toMatchObject({ code: 'cancelled' });
  });

  it('names the query, its page and its place [metrics:cloudwatch:explained]', () => {
    const asked = source({ account: '210987654321' }).explain?.({ query: 'alarm:a b', window, stepMs: MINUTE });
    expect(asked).toStrictEqual({
      native: 'alarm:a b',
      uiUrl: 'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%20b',
      place: 'eu-west-1, account 210987654321',
    });
  });
});
