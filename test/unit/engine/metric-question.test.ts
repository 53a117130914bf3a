import { describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import { refuseGrowing, refuseRawCounter } from '#engine/services/metrics/hints.ts';
import type { QuestionInput } from '#engine/services/metrics/question.ts';
import { toQuestion } from '#engine/services/metrics/question.ts';
import type { MetricWindowInput } from '#engine/services/metrics/windows.ts';
import { toMetricWindows } from '#engine/services/metrics/windows.ts';
import type { MetricSource } from '#providers/sources.ts';

const source: MetricSource = {
  language: 'words',
  query: async () => ({ series: [] }),
  search: async () => [],
  fitStep: (_window, stepMs) => stepMs,
  compose: (select) => JSON.stringify(select),
};
const queries = {
  checkout: { error_rate: 'errors{service="{service}",env="{env}"}', cpu: 'cpu{service="{service}"}' },
  cart: { cpu: 'cpu{service="{service}"}' },
};
const ask = (input: QuestionInput, own: typeof queries | undefined = queries) =>
  toQuestion(input, {
    name: 'm',
    source,
    ...(own && { queries: own }),
    ...(input.query !== undefined && { text: input.query }),
  });

describe('what is asked [metrics:query:named]', () => {
  it('is a configured query by its name, with service and environment put in', () => {
    expect(ask({ query: 'error_rate', service: 'checkout', env: 'prod' })).toStrictEqual({
      of: 'query',
      query: 'errors{service="checkout",env="prod"}',
    });
  });

  it('is one named query of every service when no service is named', () => {
    expect(ask({ query: 'cpu', env: 'prod' })).toMatchObject({
      of: 'services',
      queries: [{ service: 'checkout' }, { service: 'cart' }],
    });
  });

  it('is all queries of all services without anything, and those of one with its name', () => {
    expect(ask({ env: 'prod' })).toMatchObject({ of: 'services', queries: { length: 3 } });
    expect(ask({ env: 'prod', service: 'cart' })).toMatchObject({ of: 'services', queries: { length: 1 } });
    expect(ask({ service: 'other' })).toStrictEqual({ of: 'services', queries: [] });
  });

  it('is the native query as it is otherwise', () => {
    expect(ask({ query: 'sum(up)', service: 'checkout' })).toStrictEqual({ of: 'query', query: 'sum(up)' });
  });

  it.each(['"} or vector(1) #', 'a\nb', String.raw`a\b`, '{env}'])('refuses %j as a name within a query', (env) => {
    expect(() => ask({ query: 'error_rate', service: 'checkout', env })).toThrow(/no name that fits a query/);
  });

  it('asks for the environment that a configured query names', () => {
    expect(() => ask({ query: 'error_rate', service: 'checkout' })).toThrow(/name the environment/);
  });

  it('reads filters, aggregates and groups in the forms that callers write [metrics:query:composed]', () => {
    const read = (filters: string[]) => {
      const question = ask({ metric: 'm', filters, agg: 'P99', group_by: ['pod'] });
      return question.of === 'query' ? (JSON.parse(question.query) as { filters: unknown }).filters : undefined;
    };
    const route = { label: 'route', operator: '=~', value: '/pay,.*' };
    expect(read(['code=~5..', 'route=~"/pay,.*"'])).toStrictEqual([
      { label: 'code', operator: '=~', value: '5..' },
      route,
    ]);
    expect(read(['{code!="200", route=~"/pay,.*"}'])).toStrictEqual([
      { label: 'code', operator: '!=', value: '200' },
      route,
    ]);
    expect(read(['env:prod'])).toStrictEqual([{ label: 'env', operator: '=', value: 'prod' }]);
    expect(() => read(['nonsense'])).toThrow(/not understood/);
    expect(() => ask({ metric: 'm', agg: 'p98' })).toThrow(/did you mean p9/);
    expect(() => ask({ filters: ['a=b'] })).toThrow(/belong to metric/);
    expect(() => ask({ metric: 'm', query: 'x' })).toThrow(/Both query and metric/);
  });
});

describe('raw counters [metrics:query:raw-counter]', () => {
  it.each([
    ['http_requests_total', 'rate(http_requests_total[5m])'],
    ['http_requests_total{code="500"}', 'rate(http_requests_total{code="500"}[5m])'],
    ['sum by (code) (http_requests_total{job="a"})', 'sum by (code) (rate(http_requests_total{job="a"}[5m]))'],
  ])('%s is refused, with its rate', (query, fix) => {
    let thrown: unknown;
    try {
      refuseRawCounter(query);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid_input', fix: `Ask for its rate instead: ${fix}` });
  });

  it.each([
    'rate(http_requests_total[1m])',
    'sum(increase(x_total[5m]))',
    'queue_size',
    'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))',
    'a_total / b_total',
  ])('%s is asked', (query) => {
    expect(() => refuseRawCounter(query)).not.toThrow();
  });
});

it('a name that gauges have as well is a counter when its values only grow [metrics:query:raw-counter]', () => {
  const series = (value: (n: number) => number) => [
    { name: 'x_count', labels: {}, points: Array.from({ length: 20 }, (_, n) => [n, value(n)] as const) },
  ];
  expect(() =>
    refuseGrowing(
      'x_count',
      series((n) => (n < 12 ? n * 5 : n)),
    ),
  ).toThrow(/is a counter/);
  expect(() =>
    refuseGrowing(
      'x_count',
      series((n) => 10 + (n % 3)),
    ),
  ).not.toThrow();
});

describe('windows of metrics [metrics:window:look-back]', () => {
  const HOUR = 3_600_000;
  const now = Date.parse('2025-11-03T18:00:00Z');
  const windows = (input: Partial<MetricWindowInput>, onset?: number) =>
    toMetricWindows({ baseline: 'previous', ...input }, { startedAt: onset ?? now, openedAt: now } as Incident, now);

  it('reach from the onset until now, against the 4 h before', () => {
    const { current, baseline, stepMs } = windows({}, now - HOUR);
    expect(current).toStrictEqual({ since: now - HOUR, until: now });
    expect(baseline).toStrictEqual({ since: now - 5 * HOUR, until: now - HOUR });
    expect(stepMs).toBe(60_000);
  });

  it('are the last 4 h against the 4 h before without an onset', () => {
    const { current, baseline } = windows({});
    expect(current).toStrictEqual({ since: now - 4 * HOUR, until: now });
    expect(baseline).toStrictEqual({ since: now - 8 * HOUR, until: now - 4 * HOUR });
  });

  it('end 4 h after the onset of an old incident, and say so', () => {
    const { current, notes } = windows({}, now - 48 * HOUR);
    expect(current.until).toBe(now - 44 * HOUR);
    expect(notes).toHaveLength(1);
  });

  it('are split at an onset that they span', () => {
    const { current, baseline } = windows({ since: '3h' }, now - HOUR);
    expect([current.since, baseline]).toStrictEqual([now - HOUR, { since: now - 3 * HOUR, until: now - HOUR }]);
  });

  it('hold enough points when the incident has only begun', () => {
    expect(windows({}, now - 30_000).current.since).toBe(now - 300_000);
  });

  it.each([
    ['30m', 30_000],
    ['1h', 60_000],
    ['12h', 300_000],
    ['5m', 15_000],
    ['1w', 3_600_000],
  ])('of %s have a readable step', (since, stepMs) => {
    expect(windows({ since }).stepMs).toBe(stepMs);
  });

  it.each([
    ['day', 24 * HOUR],
    ['week', 168 * HOUR],
  ] as const)('compare with the same time of the last %s', (baseline, by) => {
    expect(windows({ baseline }, now - HOUR).baseline).toStrictEqual({ since: now - HOUR - by, until: now - by });
  });
});
