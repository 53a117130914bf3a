import { systemClock } from '#domain/clock.ts';
import { elasticsearch, opensearch } from '#providers/elasticsearch.ts';
import type { LogSource } from '#providers/sources.ts';

import type { Flavour } from './fake-elasticsearch.ts';

/** The provider of one of the dialects with these settings. */
export function clusterLogs(flavour: Flavour, settings: Readonly<Record<string, unknown>>): Required<LogSource> {
  const provider = flavour === 'elasticsearch' ? elasticsearch : opensearch;
  const source = provider.capabilities.logs?.(provider.settings.parse({ index: 'logs-*', ...settings }), {
    clock: systemClock,
  });
  if (source === undefined) throw new Error(`${flavour} has no logs`);
  return source as Required<LogSource>;
}
