import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { countTokens } from '#engine/tokens.ts';
import { prometheus } from '#providers/prometheus.ts';
import type { MetricSource } from '#providers/sources.ts';

import type { Engine } from '../support/engine-fixture.ts';
import { createEngine, refusalOf } from '../support/engine-fixture.ts';
import { incidentExposition, ONSET } from '../support/metric-incident.ts';
import { missing } from '../support/needs.ts';
import type { RealPrometheus } from '../support/real-prometheus.ts';
import { hasPrometheus, realPrometheus } from '../support/real-prometheus.ts';
import { hasVictoriaMetrics, realVictoriaMetrics } from '../support/real-victoria-metrics.ts';

const skip = missing('prometheus with promtool', hasPrometheus);
const live = new AbortController().signal;

function connect(url: string): MetricSource {
  const source = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url }), { clock: systemClock });
  if (source === undefined) throw new Error('prometheus has no metrics');
  return source;
}

type Row = Readonly<Record<string, unknown>>;
const rowsOf = ({ structured }: { structured?: Readonly<Record<string, unknown>> }) =>
  (structured?.['rows'] ?? []) as Row[];

describe.skipIf(skip)(`an incident in a real Prometheus (${skip ?? 'backfilled by promtool'})`, () => {
  let server: RealPrometheus;
  let engine: Engine;
  beforeAll(async () => {
    server = await realPrometheus({ exposition: incidentExposition() });
    engine = createEngine({
      metrics: {
        name: 'prom',
        source: connect(server.url),
        queries: {
          payment: { error_rate: 'sum(rate(http_requests_total{app="{service}",env="{env}",code="500"}[1m]))' },
        },
      },
      incident: { startedAt: ONSET },
    });
  }, 60_000);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('is found without a query: the faulty service first, with its metric, its moment and the reason [metrics:services:ranked] [metrics:services:discovered]', async () => {
    const bare = createEngine({
      metrics: { name: 'prom', source: connect(server.url) },
      incident: { startedAt: ONSET },
    });
    await using _ = bare;
    const answer = await bare.call('query_metrics', { env: 'production' });
    const [first, second] = rowsOf(answer);
    expect(first).toMatchObject({ rank: 1, service: 'payment', signal: 'errors' });
    expect(Math.abs(Date.parse(String(first?.['change_at'])) - ONSET)).toBeLessThanOrEqual(30_000);
    expect(['checkout', 'frontend']).toContain(second?.['service']);
    expect(countTokens(answer.text)).toBeLessThanOrEqual(1_500);
    expect(first?.['why']).toMatch(/^errors rose \d+x; first to change; \d of 5 metrics moved$/);
  });

  it('is not found in the environment that has none', async () => {
    const bare = createEngine({
      metrics: { name: 'prom', source: connect(server.url) },
      incident: { startedAt: ONSET },
    });
    await using _ = bare;
    const rows = rowsOf(await bare.call('query_metrics', { env: 'staging' }));
    expect(rows.length).toBeGreaterThan(3);
    expect(Math.max(...rows.map((row) => Number(row['score'])))).toBeLessThan(4);
  });

  it('is found by native query, metric in words and configured name alike [metrics:query:composed] [metrics:query:named]', async () => {
    const native = { query: 'sum by (app) (rate(http_requests_total{env="production",code="500"}[1m]))' };
    const words = { metric: 'http_requests_total', filters: 'env=production,code=500', group_by: 'app' };
    for (const args of [native, words]) {
      const [first] = rowsOf(await engine.call('query_metrics', args));
      expect(first).toMatchObject({ labels: { app: 'payment' } });
      expect(Math.abs(Date.parse(String(first?.['change_at'])) - ONSET)).toBeLessThanOrEqual(120_000);
    }
    const [named] = rowsOf(
      await engine.call('query_metrics', { query: 'error_rate', service: 'payment', env: 'production' }),
    );
    expect(Number(named?.['z'])).toBeGreaterThan(20);
  });

  it('leaves the exact query, window, source and digest behind [metrics:evidence:request]', async () => {
    const query = 'sum(rate(http_requests_total{code="500",env="production"}[2m]))';
    await engine.call('query_metrics', { query });
    const kept = engine.store
      .evidence('PD-1')
      .map(({ text, sha256 }) => ({ sha256, ...(text.startsWith('{') && (JSON.parse(text) as object)) }));
    expect(kept.find((one) => JSON.stringify(one).includes(JSON.stringify(query).slice(1, -1)))).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      request: {
        source: 'prom',
        request: {
          of: 'metrics',
          query: { query, window: { since: ONSET, until: engine.clock.now() }, stepMs: 30_000 },
          baseline: { since: ONSET - 4 * 3_600_000, until: ONSET },
        },
      },
    });
  });

  it('is drawn on request [metrics:chart:svg]', async () => {
    const answer = await engine.call('query_metrics', {
      metric: 'container_memory_working_set_bytes',
      group_by: ['pod'],
      chart: 'svg',
    });
    expect(answer.picture).toMatchObject({
      mimeType: 'image/svg+xml',
      text: expect.stringMatching(/^<svg /) as string,
    });
    expect(answer.structured?.['chart']).toMatch(/^incident:/);
  });

  it.each([
    ['http_requests_total', 'invalid_input', 'rate(http_requests_total[5m])'],
    ['sum(rat(http_requests_total[5m]))', 'invalid_input', 'Did you mean rate?'],
    ['sum(rate(http_requests_total[5m])', 'invalid_input', 'Close every bracket'],
  ])(
    '%s is answered with what to write instead [metrics:query:position] [metrics:query:raw-counter]',
    async (query, code, fix) => {
      const refusal = refusalOf(await engine.call('query_metrics', { query }));
      expect(refusal).toMatchObject({ code });
      expect(refusal.fix).toContain(fix);
    },
  );

  it('names similar metrics for one that does not exist', async () => {
    const { structured } = await engine.call('query_metrics', { query: 'rate(http_request_total[5m])' });
    expect(structured).toMatchObject({ status: 'empty' });
    expect(JSON.stringify(structured?.['notes'])).toContain('http_requests_total');
  });
});

describe.skipIf(skip)(`a live exporter (${skip ?? 'scraped every second'})`, () => {
  it('is told with type, unit and help, and its end is a signal [metrics:signals:gaps] [metrics:query:search]', async () => {
    const exporter = createServer((_, response) =>
      response.end(
        '# HELP jobs_waiting_seconds How long jobs wait.\n# TYPE jobs_waiting_seconds gauge\njobs_waiting_seconds{queue="mail"} 3\n',
      ),
    ).listen(0, '127.0.0.1');
    await once(exporter, 'listening');
    await using server = await realPrometheus({ target: `127.0.0.1:${(exporter.address() as AddressInfo).port}` });
    const source = connect(server.url);
    await expect
      .poll(() => source.search('jobs waiting', 5, live), { timeout: 20_000, interval: 300 })
      .toStrictEqual([{ name: 'jobs_waiting_seconds', type: 'gauge', help: 'How long jobs wait.', unit: 'seconds' }]);
    await expect
      .poll(
        async () => {
          const now = Date.now();
          const { series } = await source.query(
            { query: 'jobs_waiting_seconds', window: { since: now - 20_000, until: now }, stepMs: 1_000 },
            live,
          );
          return series[0]?.points.length ?? 0;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(3);
    exporter.close();
    exporter.closeAllConnections();
    await expect
      .poll(
        async () => {
          const now = Date.now();
          const { series } = await source.query(
            { query: 'jobs_waiting_seconds', window: { since: now - 3_000, until: now }, stepMs: 1_000 },
            live,
          );
          return series.length;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBe(0);
  });
});

describe.skipIf(skip)(`20,000 series (${skip ?? 'in a real Prometheus'})`, () => {
  it('are answered by those that moved, within the token budget, in less than 200 MB and with a table of labels [metrics:crowd:bounded]', async () => {
    const since = ONSET - 3_600_000;
    const times = Array.from({ length: 24 }, (_, n) => since + n * 240_000);
    const line = (pod: number, at: number) =>
      `pod_queue{pod="p${pod}",zone="z${pod % 3}"} ${10 + ((pod * 7 + at / 240_000) % 5) + (pod < 5 && at >= ONSET ? 90 : 0)} ${at / 1_000}\n`;
    const exposition = `# TYPE pod_queue gauge\n${Array.from({ length: 20_000 }, (_, pod) => times.map((at) => line(pod, at)).join('')).join('')}# EOF\n`;
    await using server = await realPrometheus({ exposition });
    const script = path.resolve(import.meta.dirname, '../support/metric-crowd-process.ts');
    const args = [script, server.url, 'pod_queue', String(ONSET), String(ONSET + 1_800_000)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 90_000, maxBuffer: 2 ** 26 });
    const { one, services, megabytes } = JSON.parse(stdout) as {
      readonly one: Readonly<Record<string, unknown>> & { readonly rows: readonly { labels: { pod: string } }[] };
      readonly services: object;
      readonly megabytes: number;
    };
    expect(one).toMatchObject({ matched: 20_000, returned: 5, cardinality: { pod: 20_000, zone: 3 } });
    expect(one.rows.map(({ labels }) => labels.pod).toSorted()).toStrictEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(countTokens(JSON.stringify(one))).toBeLessThanOrEqual(1_500);
    expect(countTokens(JSON.stringify(services))).toBeLessThanOrEqual(1_500);
    expect(megabytes).toBeLessThan(200);
  }, 180_000);
});

const noVictoria = missing('victoria-metrics', hasVictoriaMetrics);

describe.skipIf(noVictoria)(`the same incident in a real VictoriaMetrics (${noVictoria ?? 'imported'})`, () => {
  it('is found without a query: the faulty service first, with its moment [metrics:sources:prometheus] [metrics:services:ranked]', async () => {
    await using server = await realVictoriaMetrics(incidentExposition());
    await using engine = createEngine({
      metrics: { name: 'vm', source: connect(server.url) },
      incident: { startedAt: ONSET },
    });
    const answer = await engine.call('query_metrics', { env: 'production' });
    const [first] = rowsOf(answer);
    expect(first).toMatchObject({ rank: 1, service: 'payment', signal: 'errors' });
    expect(Math.abs(Date.parse(String(first?.['change_at'])) - ONSET)).toBeLessThanOrEqual(30_000);
    expect(countTokens(answer.text)).toBeLessThanOrEqual(1_500);
  });

  it('of many series answers with those that moved, and says how many there are', async () => {
    const at = (n: number) => (ONSET - 1_800_000 + n * 30_000) / 1_000;
    const lines = Array.from({ length: 700 }, (_, one) =>
      Array.from(
        { length: 80 },
        (__, n) => `queue_length{queue="q${one}"} ${one === 321 && n >= 60 ? 900 : 100 + ((one + n) % 3)} ${at(n)}`,
      ),
    );
    await using server = await realVictoriaMetrics(
      ['# TYPE queue_length gauge', ...lines.flat(), '# EOF', ''].join('\n'),
    );
    const query = {
      query: 'queue_length',
      window: { since: ONSET - 1_800_000, until: ONSET + 600_000 },
      stepMs: 30_000,
    };
    const { series, total } = await connect(server.url).query(query, live);
    expect(total).toBe(700);
    expect(series.length).toBeLessThanOrEqual(50);
    expect(series.map(({ labels }) => labels['queue'])).toContain('q321');
  });
});
