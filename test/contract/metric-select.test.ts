import { afterAll, beforeAll, vi } from 'vitest';

import type { Clock } from '#domain/clock.ts';
import { systemClock } from '#domain/clock.ts';
import { cloudwatchMetrics } from '#providers/cloudwatch-metrics.ts';
import { datadog } from '#providers/datadog.ts';
import type { MetricSource } from '#providers/sources.ts';

import { fakeCloudWatchMetrics } from '../support/fake-cloudwatch-metrics.ts';
import { fakeDatadog } from '../support/fake-datadog.ts';
import { recorded, replies } from './metric-backends.ts';
import type { HeldSeries } from './metric-select.ts';
import { describeMetricSelect, selectOnset } from './metric-select.ts';

beforeAll(() => {
  // Nothing of the machine's own configuration may reach a test.
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

function exposition(held: readonly HeldSeries[]): string {
  const lines = held.flatMap(({ labels, points }) =>
    points.map(([at, value]) => `process_memory_bytes{pod="${labels.pod}"} ${value} ${at / 1_000}`),
  );
  return ['# TYPE process_memory_bytes gauge', ...lines, '# EOF', ''].join('\n');
}

function onServer(source: MetricSource | undefined, server: AsyncDisposable): MetricSource & AsyncDisposable {
  if (source === undefined) throw new Error('the provider has no metrics');
  return { ...source, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const words = 'memory PROCESS';
const plain = { metric: 'process_memory_bytes', words, hasOr: true };
describeMetricSelect('an OpenMetrics file', { ...plain, make: (held) => recorded(exposition(held)) });
describeMetricSelect('Prometheus by its API', { ...plain, make: (held) => replies(exposition(held)) });

describeMetricSelect('Datadog', {
  metric: 'process.memory',
  words,
  hasOr: true,
  async make(held) {
    const server = await fakeDatadog();
    server.metrics.stored = held.map(({ labels, points }) => ({
      name: 'process.memory',
      tags: Object.entries(labels).map(([key, value]) => `${key}:${value}`),
      points,
    }));
    const settings = datadog.settings.parse({ site: 'datadoghq.eu', ...server.keys, url: server.url });
    return onServer(datadog.capabilities.metrics?.(settings, { clock: systemClock }), server);
  },
});

/** CloudWatch keeps points of a minute for 15 days: the clock of the test runs an hour after them. */
const started = Date.now();
const clock: Clock = { now: () => selectOnset + 11 * 86_400_000 + (Date.now() - started) };

describeMetricSelect('CloudWatch', {
  metric: 'Shop:process_memory',
  words,
  hasOr: false,
  async make(held) {
    const server = await fakeCloudWatchMetrics(
      held.map(({ labels, points }) => ({ namespace: 'Shop', metric: 'process_memory', dimensions: labels, points })),
    );
    const written = { region: 'eu-west-1', endpoint: server.url, requests_per_s: 25 };
    const settings = cloudwatchMetrics.settings.parse(written);
    return onServer(cloudwatchMetrics.capabilities.metrics?.(settings, { clock }), server);
  },
});
