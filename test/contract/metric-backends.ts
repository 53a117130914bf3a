import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { openmetrics } from '#providers/openmetrics.ts';
import { prometheus } from '#providers/prometheus.ts';
import type { MetricSource } from '#providers/sources.ts';

import { realPrometheus } from '../support/real-prometheus.ts';
import { realVictoriaMetrics } from '../support/real-victoria-metrics.ts';

type Held = MetricSource & AsyncDisposable;

/** A folder with one recorded file. */
export async function recorded(exposition: string): Promise<Held> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-metrics-'));
  await writeFile(join(folder, 'metrics.om'), exposition);
  const source = openmetrics.capabilities.metrics?.(openmetrics.settings.parse({ paths: [folder] }), {
    clock: systemClock,
  });
  if (source === undefined) throw new Error('openmetrics has no metrics');
  return { ...source, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function connect(url: string): MetricSource {
  const source = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url }), { clock: systemClock });
  if (source === undefined) throw new Error('prometheus has no metrics');
  return source;
}

/** The provider against a local server whose replies have the form of the Prometheus HTTP API; recorded samples stand behind it. */
export async function replies(exposition: string): Promise<Held> {
  const behind = await recorded(exposition);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    void answer(behind, url)
      .catch((error: unknown) => [400, { status: 'error', errorType: 'bad_data', error: textOf(error) }] as const)
      .then(([status, body]) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispose = async () => {
    server.close();
    server.closeAllConnections();
    await behind[Symbol.asyncDispose]();
  };
  return { ...connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), [Symbol.asyncDispose]: dispose };
}

function textOf(error: unknown): string {
  return error instanceof FixgateError ? error.message : String(error);
}

async function answer(behind: MetricSource, url: URL): Promise<readonly [number, unknown]> {
  const { signal } = new AbortController();
  if (url.pathname === '/api/v1/query_range') {
    const number = (name: string) => Number(url.searchParams.get(name)) * 1_000;
    const window = { since: Math.round(number('start')), until: Math.round(number('end')) + 1 };
    const { series } = await behind.query(
      { query: url.searchParams.get('query') ?? '', window, stepMs: number('step') },
      signal,
    );
    const result = series.map(({ name, labels, points }) => ({
      metric: { ...(name && { __name__: name }), ...labels },
      values: points.map(([at, value]) => [at / 1_000, String(value)]),
    }));
    return [200, { status: 'success', data: { resultType: 'matrix', result } }];
  }
  const known = await behind.search('', 1_000, signal);
  if (url.pathname === '/api/v1/label/__name__/values')
    return [200, { status: 'success', data: known.map(({ name }) => name) }];
  const metadata = known.map(({ name, type, help, unit }) => [name.replace(/_total$/, ''), [{ type, help, unit }]]);
  return [200, { status: 'success', data: Object.fromEntries(metadata) }];
}

/** The provider against a real Prometheus, backfilled by promtool. */
export async function real(exposition: string): Promise<Held> {
  const server = await realPrometheus({ exposition });
  return { ...connect(server.url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The same provider against a real VictoriaMetrics, which speaks the API of Prometheus and a language of its own close to PromQL. */
export async function victoria(exposition: string): Promise<Held> {
  const server = await realVictoriaMetrics(exposition);
  return { ...connect(server.url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
