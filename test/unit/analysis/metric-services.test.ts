import { expect, it } from 'vitest';

import type { ServiceReading } from '#analysis/metric-services.ts';
import { rankServices } from '#analysis/metric-services.ts';
import { chooseTelling, signalOf } from '#analysis/telling-metrics.ts';
import type { ServiceSignal } from '#domain/evidence.ts';

const STEP = 60_000;
const context = { window: { since: 0, until: 30 * STEP }, baseline: { since: -60 * STEP, until: 0 }, stepMs: STEP };
const wave = (n: number) => Math.sin(n * 12.9898) * 0.4;

/** A reading of one metric: what each service's value is at each step from the onset on. */
function reading(signal: ServiceSignal, services: Readonly<Record<string, (n: number) => number>>): ServiceReading {
  const points = (value: (n: number) => number, from: number, count: number) =>
    Array.from({ length: count }, (_, n) => [(from + n) * STEP, value(from + n)] as const);
  return {
    asked: { query: signal, metric: `${signal}_metric`, signal, serviceLabel: 'app' },
    compared: Object.entries(services).map(([app, value]) => ({
      series: { name: '', labels: { app }, points: points(value, 0, 30) },
      base: points(value, -60, 60),
    })),
  };
}
const calm = (n: number) => 10 + wave(n);
const from = (at: number, by: number) => (n: number) => 10 + wave(n) + (n >= at ? by : 0);
const names = (readings: readonly ServiceReading[]) => rankServices(readings, context).map(({ service }) => service);

it('puts the service first that moved farthest [metrics:services:ranked]', () => {
  expect(names([reading('latency', { a: calm, b: from(2, 90), c: from(2, 5) })])).toStrictEqual(['b', 'c', 'a']);
});

it('prefers the earlier of two that moved alike [metrics:services:ranked]', () => {
  expect(names([reading('errors', { late: from(12, 40), early: from(1, 40), calm })])[0]).toBe('early');
});

it('prefers errors and latency to load of the same size [metrics:services:ranked]', () => {
  const readings = [
    reading('traffic', { busy: from(2, 40), failing: calm }),
    reading('errors', { busy: calm, failing: from(2, 40) }),
  ];
  expect(names(readings)).toStrictEqual(['failing', 'busy']);
});

it.each(['latency', 'errors'] as const)(
  'puts a service that waits for others behind the one that they wait for, by %s [metrics:services:cause]',
  (signal) => {
    const named = (metric: string, services: Parameters<typeof reading>[1]) => {
      const own = reading(signal, services);
      return { ...own, asked: { ...own.asked, metric } };
    };
    const readings = [
      named('http_client_duration', { waiting: from(2, 90), slow: calm }),
      named('http_server_duration', { waiting: calm, slow: from(2, 40) }),
    ];
    expect(names(readings)).toStrictEqual(['slow', 'waiting']);
  },
);

it('does not take what is far in deviations but next to nothing in size for a great movement [metrics:services:cause]', () => {
  const steady = (at: number, by: number) => (n: number) => 1_000 + wave(n) * 0.5 + (n >= at ? by : 0);
  const readings = [
    reading('saturation', { steady: steady(2, 20), moved: (n) => 1_000 + wave(n) * 40 + (n >= 2 ? 500 : 0) }),
  ];
  expect(names(readings)).toStrictEqual(['moved', 'steady']);
});

it('feels a success rate that falls by little [metrics:services:cause]', () => {
  const own = reading('errors', {
    failing: (n) => 99.9 + wave(n) * 0.1 - (n >= 2 ? 3 : 0),
    calm: (n) => 99.9 + wave(n) * 0.1,
  });
  const success = { ...own, asked: { ...own.asked, metric: 'success_rate' } };
  const busy = reading('saturation', { failing: calm, calm: (n) => 10 + wave(n) * 2 + (n >= 2 ? 5 : 0) });
  expect(names([success, busy])[0]).toBe('failing');
});

it('does not blame a service that got better', () => {
  expect(names([reading('latency', { better: from(2, -9), worse: from(2, 6) })])[0]).toBe('worse');
});

it('counts a service whose series ended as moved', () => {
  const { asked, compared } = reading('saturation', { gone: calm, there: calm });
  const ended = compared.map((one) =>
    one.series.labels['app'] === 'gone' ? { ...one, series: { ...one.series, points: [] } } : one,
  );
  const [first] = rankServices([{ asked, compared: ended }], context);
  expect(first).toMatchObject({ service: 'gone', findings: [{ summary: { silentSince: -STEP } }] });
});

it('does not count a service whose series seldom has a value as moved when it has none [metrics:services:usual]', () => {
  const { asked, compared } = reading('latency', { seldom: calm, slow: from(2, 6) });
  const sparse = compared.map(({ series, base }) =>
    series.labels['app'] === 'seldom'
      ? { series: { ...series, points: [] }, base: base.filter((_, index) => index % 4 === 0) }
      : { series, base },
  );
  expect(rankServices([{ asked, compared: sparse }], context).map(({ service }) => service)).toStrictEqual([
    'slow',
    'seldom',
  ]);
});

it('takes what appears for a sign where it counts failures, and not where something was merely not used before [metrics:services:usual]', () => {
  const appears = (signal: ServiceSignal, app: string, value: number) => {
    const own = reading(signal, { [app]: () => value });
    return {
      ...own,
      compared: own.compared.map(({ series }) => ({ series: { ...series, points: series.points.slice(9) }, base: [] })),
    };
  };
  const first = names([
    appears('errors', 'failing', 3),
    appears('latency', 'woken', 3),
    reading('latency', { slow: from(2, 3) }),
  ]);
  expect(first).toStrictEqual(['failing', 'slow', 'woken']);
});

it('prefers what changed around the onset to what changed long before it [metrics:services:usual]', () => {
  const long = reading('saturation', { before: (n) => 10 + wave(n) + (n >= -50 ? 40 : 0), now: from(1, 12) });
  expect(names([long])).toStrictEqual(['now', 'before']);
});

it('takes what was on its way out at the onset for no part of it [metrics:services:usual]', () => {
  const over = reading('saturation', { over: (n) => 10 + wave(n) + (n >= -12 && n < 2 ? 40 : 0), now: from(1, 12) });
  expect(names([over])).toStrictEqual(['now', 'over']);
});

it('takes what callers see of a service for what that service does, not for its waiting [metrics:services:cause]', () => {
  const seen = reading('latency', { called: from(2, 40), other: calm });
  const called = {
    ...seen,
    asked: { ...seen.asked, metric: 'client_request_duration', serviceLabel: 'destination_workload' },
  };
  const named = called.compared.map(({ series, base }) => ({
    base,
    series: { ...series, labels: { destination_workload: series.labels['app'] ?? '' } },
  }));
  const own = { ...reading('latency', { called: calm, other: from(2, 12) }) };
  expect(names([{ ...called, compared: named }, own])).toStrictEqual(['called', 'other']);
});

it('does not take a tiny movement of a tiny value for a great one', () => {
  const tiny = (n: number) => (n >= 2 ? 0.002 : 0.0001);
  expect(names([reading('errors', { tiny, large: from(2, 30) })])[0]).toBe('large');
});

it('tells memory before the CPU that filling it keeps busy', () => {
  const both = ['container_cpu_usage', 'container_memory_bytes'].map((metric) => {
    const own = reading('saturation', { one: from(2, 60), other: calm });
    return { ...own, asked: { ...own.asked, metric } };
  });
  const [first] = rankServices(both, context);
  expect(first?.findings.map(({ asked }) => asked.metric)).toStrictEqual([
    'container_memory_bytes',
    'container_cpu_usage',
  ]);
});

it.each([
  ['the CPU before the latency that follows from it', 2, 60, 'container_cpu_usage'],
  ['the latency before a CPU that rose later', 9, 60, 'http_request_duration'],
  ['the latency before a CPU that rose by little', 2, 1.5, 'http_request_duration'],
])('tells %s [metrics:services:cause]', (_, at, by, first) => {
  const named = (metric: string, signal: ServiceSignal, one: (n: number) => number) => {
    const own = reading(signal, { one, other: calm });
    return { ...own, asked: { ...own.asked, metric } };
  };
  const [ranked] = rankServices(
    [named('http_request_duration', 'latency', from(2, 60)), named('container_cpu_usage', 'saturation', from(at, by))],
    context,
  );
  expect(ranked?.findings[0]?.asked.metric).toBe(first);
});

it.each([
  ['http_requests_total', 'traffic'],
  ['http_request_errors_total', 'errors'],
  ['http_request_duration_seconds_bucket', 'latency'],
  ['latency_p99', 'latency'],
  ['container_cpu_usage_seconds_total', 'saturation'],
  ['error_rate', 'errors'],
  ['queue_depth', 'saturation'],
  ['PodServerLatencyP90', 'latency'],
  ['CpuUsageRate', 'saturation'],
])('knows what %s tells [metrics:services:discovered]', (name, signal) => {
  expect(signalOf(name)).toBe(signal);
});

it('chooses what tells most of services and leaves out what monitors the monitoring', () => {
  const all =
    'go_goroutines prometheus_http_requests_total up http_requests_total http_request_duration_seconds_bucket http_request_duration_seconds_sum http_request_duration_seconds_count container_cpu_usage_seconds_total container_spec_memory_limit_bytes container_memory_working_set_bytes process_start_time_seconds'.split(
      ' ',
    );
  const chosen = chooseTelling(
    all.map((name) => ({ name, type: '', help: '', unit: '' })),
    20,
  ).map(({ info }) => info.name);
  expect(chosen[0]).toBe('http_request_duration_seconds_bucket');
  expect(chosen.toSorted()).toStrictEqual(
    'container_cpu_usage_seconds_total container_memory_working_set_bytes http_request_duration_seconds_bucket http_request_duration_seconds_count http_requests_total'.split(
      ' ',
    ),
  );
});

it('asks for different measures before further quantiles of one [metrics:services:discovered]', () => {
  const all =
    'server_latency_p50 server_latency_p90 server_latency_p95 server_latency_p99 client_latency_p90 client_latency_p99 queue_wait_time_ms_p99 queue_delay_p90';
  const chosen = chooseTelling(
    all.split(' ').map((name) => ({ name, type: '', help: '', unit: '' })),
    20,
  ).filter(({ signal }) => signal === 'latency');
  expect(new Set(chosen.map(({ info }) => info.name.split('_')[0]))).toStrictEqual(
    new Set(['server', 'client', 'queue']),
  );
});
