import type { Config } from '#config/load.ts';
import { digestOf } from '#engine/services/deploys/kept-reads.ts';

/**
 * Digest of everything in a configuration that decides what its sources answer, the values of secrets among it; undefined where one of
 * them is not there, so that nothing can be held against it.
 */
export function sourceSettings({ file, sources }: Pick<Config, 'file' | 'sources'>): string | undefined {
  if (sources.length < Object.keys(file.sources).length) return undefined;
  const read = Object.entries(file.services).map(([service, { logs, metrics, deploys }]) => [
    service,
    { logs, metrics, deploys },
  ]);
  return digestOf([sources.map(({ name, provider, settings }) => [name, provider.id, settings]), read]);
}

/** Digest of what says where pull requests are opened; secrets stand there by their names alone, which stay when they change. */
export function codeHostSettings({ file }: Pick<Config, 'file'>): string {
  return digestOf(file.code_host);
}
