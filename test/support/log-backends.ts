import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '#domain/clock.ts';
import type { LogLevel } from '#domain/evidence.ts';
import { cloudwatchLogs } from '#providers/cloudwatch-logs.ts';
import { datadog } from '#providers/datadog.ts';
import { files } from '#providers/files.ts';
import type { LogSource } from '#providers/sources.ts';

import { clusterLogs } from './elasticsearch-sources.ts';
import { fakeCloudWatch } from './fake-cloudwatch.ts';
import { fakeDatadog } from './fake-datadog.ts';
import type { Flavour } from './fake-elasticsearch.ts';
import { fakeElasticsearch } from './fake-elasticsearch.ts';
import { fakeLoki } from './fake-loki.ts';
import type { FaultyServer } from './faulty-server.ts';
import { lokiLogs, ns } from './loki-sources.ts';

/** One event, as every back end can hold it. */
export interface BackendEvent {
  readonly at: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
}

/** A log source that speaks to a server on loopback, whose wire can be broken. */
export interface LogBackend extends AsyncDisposable {
  readonly source: LogSource;
  readonly server: FaultyServer;
}

/** Makes one that holds these events; `timeoutS` is the deadline of its calls. */
export type MakeBackend = (events: readonly BackendEvent[], timeoutS?: number) => Promise<LogBackend>;

const required = (source: LogSource | undefined): LogSource => {
  if (source === undefined) throw new Error('the provider has no logs');
  return source;
};
const closing = (server: FaultyServer) => () => server[Symbol.asyncDispose]();

const inDatadog: MakeBackend = async (events, timeout_s = 10) => {
  const server = await fakeDatadog(
    events.map(({ at, level: status, service, message }, n) => ({ id: `A${n}`, at, message, status, service })),
  );
  const settings = datadog.settings.parse({ site: 'datadoghq.eu', ...server.keys, url: server.url, timeout_s });
  const source = required(datadog.capabilities.logs?.(settings, { clock: systemClock }));
  return { source, server, [Symbol.asyncDispose]: closing(server) };
};

/** Credentials come from the environment: whoever uses it sets `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. */
const inCloudWatch: MakeBackend = async (events, timeout_s = 10) => {
  const server = await fakeCloudWatch(
    events.map(({ at, level, service, message }) => ({
      at,
      message: JSON.stringify({ level, service, msg: message }),
    })),
  );
  const written = { region: server.region, groups: ['/app/checkout'], endpoint: server.url, timeout_s };
  const settings = cloudwatchLogs.settings.parse({ ...written, requests_per_s: 25 });
  const source = required(cloudwatchLogs.capabilities.logs?.(settings, { clock: systemClock }));
  return { source, server, [Symbol.asyncDispose]: closing(server) };
};

const inLoki: MakeBackend = async (events, timeout_s = 10) => {
  const server = await fakeLoki(
    events.map(({ at, level, service, message }) => ({
      ns: ns(at),
      labels: { service_name: service },
      metadata: { level },
      line: message,
    })),
  );
  return { source: lokiLogs({ url: server.url, timeout_s }), server, [Symbol.asyncDispose]: closing(server) };
};

const inCluster =
  (flavour: Flavour): MakeBackend =>
  async (events, timeout_s = 10) => {
    const documents = events.map(({ at, level, service, message }, n) => ({
      index: 'logs-app',
      id: `doc${n}`,
      source: { '@timestamp': new Date(at).toISOString(), log: { level }, service: { name: service }, message },
    }));
    const server = await fakeElasticsearch(flavour, documents);
    const source = clusterLogs(flavour, { url: server.url, timeout_s });
    return { source, server, [Symbol.asyncDispose]: closing(server) };
  };

/** Back ends over the network, by name. */
export const vendorBackends: readonly (readonly [name: string, make: MakeBackend])[] = [
  ['Datadog', inDatadog],
  ['CloudWatch', inCloudWatch],
  ['Loki', inLoki],
  ['Elasticsearch', inCluster('elasticsearch')],
  ['OpenSearch', inCluster('opensearch')],
];

/** The same events in a file of JSON lines. */
export async function inFile(events: readonly BackendEvent[]): Promise<{ source: LogSource } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-logs-'));
  const lines = events.map(({ at, message: msg, ...event }) =>
    JSON.stringify({ time: new Date(at).toISOString(), ...event, msg }),
  );
  await writeFile(join(folder, 'app.log'), `${lines.join('\n')}\n`);
  const settings = files.settings.parse({ paths: [folder] });
  const source = required(files.capabilities.logs?.(settings, { clock: systemClock }));
  return { source, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
