import type { ChildProcess } from 'node:child_process';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** True when a real Prometheus can be started and filled. */
export const hasPrometheus = ['prometheus', 'promtool'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
);

/** A Prometheus of its own on loopback. */
export interface RealPrometheus extends AsyncDisposable {
  readonly url: string;
}

/** What is in it before it starts, and what it scrapes. */
export interface PrometheusSetup {
  /** Text in the OpenMetrics format with timestamps, ending in `# EOF`. */
  readonly exposition?: string;
  /** `host:port` of an exporter, scraped every second. */
  readonly target?: string;
  /** A file of rules, evaluated every second. */
  readonly rules?: string;
}

/** Starts one in a folder of its own, backfilled by promtool. */
export async function realPrometheus({ exposition, target, rules }: PrometheusSetup): Promise<RealPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-prometheus-'));
  const data = join(folder, 'data');
  const scrape = { job_name: 'live', scrape_interval: '1s', static_configs: [{ targets: [target] }] };
  await writeFile(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      global: { evaluation_interval: '1s' },
      rule_files: rules === undefined ? [] : [rules],
      scrape_configs: target === undefined ? [] : [scrape],
    }),
  );
  if (exposition !== undefined) {
    await writeFile(join(folder, 'in.om'), exposition);
    const fill = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'in.om'), data];
    await promisify(execFile)('promtool', fill, { maxBuffer: 64 * 1024 * 1024 });
  }
  const port = await freePort();
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/-/ready`, server);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill();
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits until a server answers at an address. */
export async function ready(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`${url} did not become ready`);
}

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
