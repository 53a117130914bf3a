import { clusterLogs } from '../support/elasticsearch-sources.ts';
import type { Flavour } from '../support/fake-elasticsearch.ts';
import { fakeElasticsearch } from '../support/fake-elasticsearch.ts';
import type { HeldEvent, MakeLogSource } from './log-source.ts';
import { describeLogSource } from './log-source.ts';

const inCluster =
  (
    flavour: Flavour,
    toSource: (event: HeldEvent) => Readonly<Record<string, unknown>>,
    fields: Readonly<Record<string, string>> = {},
  ): MakeLogSource =>
  async (events) => {
    const documents = events.map((event, n) => ({ index: 'logs-app', id: `doc${n}`, source: toSource(event) }));
    const server = await fakeElasticsearch(flavour, documents);
    const source = clusterLogs(flavour, { url: server.url, fields });
    return { ...source, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };

const ecs = ({ at, level, service, env, message }: HeldEvent) => ({
  '@timestamp': new Date(at).toISOString(),
  log: { level },
  service: { name: service, environment: env },
  message,
});
const plain = ({ at, level, service, env, message }: HeldEvent) => ({
  '@timestamp': at,
  level: level?.toUpperCase(),
  service,
  env,
  message,
});

describeLogSource('an Elasticsearch with ECS documents', inCluster('elasticsearch', ecs));
describeLogSource('an OpenSearch with ECS documents', inCluster('opensearch', ecs));
describeLogSource(
  'an OpenSearch with plain field names',
  inCluster('opensearch', plain, { level: 'level', service: 'service', env: 'env' }),
);
describeLogSource('an Elasticsearch with plain field names that nobody configured', inCluster('elasticsearch', plain));
