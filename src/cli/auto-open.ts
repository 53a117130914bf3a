import path from 'node:path';

import type { RuntimeOptions } from '#cli/runtime.ts';
import type { Config } from '#config/load.ts';
import type { Policy } from '#policy/schema.ts';

/** Agents may open incidents where the configuration lets them: by default over stdio only. */
export function autoOpen({
  config: { file, folder },
  options: { transport },
  policy,
  locate,
}: {
  readonly config: Config;
  readonly options: RuntimeOptions;
  readonly policy: Policy;
  readonly locate: () => Promise<{ readonly location: string }>;
}) {
  const { open_by_agents: mode } = file.incidents;
  if (mode === 'never' || (mode === 'stdio' && transport !== 'stdio')) return undefined;
  return {
    maxPerDay: policy.incidents_opened_by_agents.max_per_day,
    async repositoryOf(service: string | undefined): Promise<string | undefined> {
      const named = file.services[service ?? '']?.repository ?? file.repository;
      if (named !== undefined) return /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(named) ? named : path.resolve(folder, named);
      return locate().then(
        (source) => source.location,
        () => undefined,
      );
    },
  };
}
