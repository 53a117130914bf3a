import path from 'node:path';

import { missingConfig } from '#cli/missing-config.ts';
import type { RuntimeOptions } from '#cli/runtime.ts';
import type { Config } from '#config/load.ts';
import type { Policy } from '#policy/schema.ts';

/** Agents may open incidents where the configuration lets them: by default over stdio only. */
export function autoOpen({
  config,
  options: { transport },
  policy,
  locate,
}: {
  readonly config: Config;
  readonly options: RuntimeOptions;
  readonly policy: Policy;
  readonly locate: () => Promise<{ readonly location: string }>;
}) {
  const { file } = config;
  const { open_by_agents: mode } = file.incidents;
  if (mode === 'never' || (mode === 'stdio' && transport !== 'stdio')) return undefined;
  return {
    unread: missingConfig(config),
    maxPerDay: policy.incidents_opened_by_agents.max_per_day,
    environmentOf: (service: string | undefined) => soleEnvironment(file, service),
    async repositoryOf(service: string | undefined): Promise<string | undefined> {
      const named = configuredRepository(config, service);
      if (named !== undefined) return named;
      return locate().then(
        (source) => source.location,
        () => undefined,
      );
    },
  };
}

/** The repository that the configuration names for a service. */
export function configuredRepository(
  { file, folder }: Pick<Config, 'file' | 'folder'>,
  service: string | undefined,
): string | undefined {
  const named = file.services[service ?? '']?.repository ?? file.repository;
  return named === undefined ? undefined : toLocation(named, folder);
}

/** A URL as it is, a path from this folder. */
export function toLocation(named: string, folder: string): string {
  return /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(named) ? named : path.resolve(folder, named);
}

/** The environment of a service that has only one. */
export function soleEnvironment({ services }: Config['file'], service: string | undefined): string | undefined {
  const environments = services[service ?? '']?.environments ?? [];
  return environments.length === 1 ? environments[0] : undefined;
}

/** Every repository that a configuration names, the common one first; one of a service may be all that there is. */
export function namedRepositories({ repository, services }: Config['file']): readonly string[] {
  const all = [repository, ...Object.values(services).map((service) => service.repository)];
  return [...new Set(all.filter((each) => each !== undefined))];
}
