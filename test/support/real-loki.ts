import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { StoredLine } from './logql-fake.ts';

/** True when Grafana's Loki can be started; a program of statistics has the same name. */
export const hasLoki = spawnSync('loki', ['--version']).output?.join('').startsWith('loki, version') ?? false;

/** A Loki of its own, multi-tenant, on loopback. */
export interface RealLoki extends AsyncDisposable {
  readonly url: string;
  /** Stores lines for one tenant. */
  push(tenant: string, lines: readonly StoredLine[]): Promise<void>;
}

/** Starts one in a folder of its own; it is ready when it takes lines. */
export async function realLoki(): Promise<RealLoki> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fixgate-loki-'));
  const [http, grpc] = await freePorts();
  await writeFile(path.join(folder, 'loki.yaml'), configuration(folder, http, grpc));
  const server = spawn('loki', [`-config.file=${path.join(folder, 'loki.yaml')}`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${http}`;
  const push = (tenant: string, lines: readonly StoredLine[]) => store(`${url}/loki/api/v1/push`, tenant, lines);
  await ready(push, server);
  return {
    url,
    push,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await once(server, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, http: number, grpc: number): string {
  const ring = { kvstore: { store: 'inmemory' }, replication_factor: 1 };
  const unlimited = { ingestion_rate_mb: 500, ingestion_burst_size_mb: 500, per_stream_rate_limit: '500MB' };
  return JSON.stringify({
    auth_enabled: true,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: grpc,
      log_level: 'error',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: folder,
      storage: { filesystem: { chunks_directory: `${folder}/chunks`, rules_directory: `${folder}/rules` } },
      replication_factor: 1,
      ring: { kvstore: ring.kvstore },
    },
    ingester: { lifecycler: { address: '127.0.0.1', ring }, max_chunk_age: '87600h', chunk_idle_period: '1h' },
    // Tests hold lines of the past, which only the ingester has yet.
    querier: { multi_tenant_queries_enabled: true, query_ingesters_within: '0s' },
    query_range: { results_cache: null, cache_results: false },
    limits_config: {
      reject_old_samples: false,
      allow_structured_metadata: true,
      per_stream_rate_limit_burst: '500MB',
      ...unlimited,
    },
    schema_config: {
      configs: [
        {
          from: '2020-10-24',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    analytics: { reporting_enabled: false },
  });
}

async function store(url: string, tenant: string, lines: readonly StoredLine[]): Promise<void> {
  const streams = Map.groupBy(lines, ({ labels }) => JSON.stringify(labels));
  const body = [...streams.values()].map((own) => ({
    stream: own[0]?.labels,
    values: own.map(({ ns, line, metadata }) => [String(ns), line, ...(metadata === undefined ? [] : [metadata])]),
  }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
    body: JSON.stringify({ streams: body }),
  });
  if (!response.ok) throw new Error(`Loki did not take the lines: ${response.status} ${await response.text()}`);
}

async function ready(push: RealLoki['push'], server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300 && server.exitCode === null; attempt++) {
    const line = { ns: BigInt(Date.now()) * 1_000_000n, line: 'ready', labels: { job: 'ready' } };
    const refused = await push('ready', [line]).then(
      () => false,
      () => true,
    );
    if (!refused) return;
    await sleep(100);
  }
  throw new Error('loki did not become ready');
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [http = 0, grpc = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return [http, grpc];
}
