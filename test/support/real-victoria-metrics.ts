import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, ready } from './real-prometheus.ts';

/** True when a real VictoriaMetrics can be started; Debian calls the single-node program `victoria-metrics`. */
export const hasVictoriaMetrics = spawnSync('victoria-metrics', ['-version']).status === 0;

/** A VictoriaMetrics of its own on loopback. */
export interface RealVictoriaMetrics extends AsyncDisposable {
  readonly url: string;
}

/** Starts one in a folder of its own and sends it text in the OpenMetrics format with timestamps. */
export async function realVictoriaMetrics(exposition: string): Promise<RealVictoriaMetrics> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-victoria-'));
  const port = await freePort();
  const server = spawn(
    'victoria-metrics',
    [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      // Else the cache keeps answers from before the import.
      '-search.disableCache',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/health`, server);
  await send(`${url}/api/v1/import/prometheus`, inMilliseconds(exposition));
  // What was imported is searched only once it is written out.
  await send(`${url}/internal/force_flush`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill();
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function send(url: string, body?: string): Promise<void> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body });
  const said = await response.text();
  if (!response.ok) throw new Error(`victoria-metrics answered ${response.status}: ${said}`);
}

/** It reads the older text format, whose timestamps are milliseconds. */
function inMilliseconds(exposition: string): string {
  return exposition
    .split('\n')
    .map((line) =>
      line.startsWith('#') ? line : line.replace(/ (\d+(?:\.\d+)?)$/, (_, at: string) => ` ${Number(at) * 1_000}`),
    )
    .join('\n');
}
