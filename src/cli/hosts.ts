import path from 'node:path';

import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { CodeHost } from '#providers/sources.ts';
import { pushBranch } from '#workspace/push-branch.ts';
import type { Repositories } from '#workspace/repository.ts';

interface HostsDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly stateFolder: string;
}

/** Finds the code host of an incident's repository. */
export function createHosts({ config, clock, repositories, stateFolder }: HostsDeps): {
  of(incident: Incident): CodeHost;
} {
  const { provider, settings } = config.codeHost;
  return {
    of({ repository }) {
      const host = provider.capabilities.host?.(settings, {
        clock,
        repository,
        push: async (permit, commit) => void (await pushBranch(repositories, permit, { commit })),
        folder: path.join(stateFolder, 'pull-requests'),
      });
      if (host) return host;
      throw new FixgateError('misconfigured', `code_host.provider: ${provider.id} cannot open pull requests.`, {
        fix: 'Use local or github under code_host: in fixgate.yaml.',
      });
    },
  };
}
