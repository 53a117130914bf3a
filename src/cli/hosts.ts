import path from 'node:path';

import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { observedSource } from '#providers/observed-source.ts';
import type { CodeHost } from '#providers/sources.ts';
import type { Store } from '#state/store.ts';
import { withSpan } from '#telemetry/tracing.ts';
import { fateOfChange } from '#workspace/change-fate.ts';
import { pushBranch } from '#workspace/push-branch.ts';
import type { Repositories } from '#workspace/repository.ts';

interface HostsDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly stateFolder: string;
  readonly store: Pick<Store, 'pullRequest'>;
}

/** Finds the code host of an incident's repository. */
export function createHosts({ config, clock, repositories, stateFolder, store }: HostsDeps): {
  of(incident: Incident): CodeHost;
} {
  const { provider, settings } = config.codeHost;
  return {
    of({ repository }) {
      const host = provider.capabilities.host?.(settings, {
        clock,
        repository,
        async push(permit, commit) {
          // The clone that knew it may have been deleted since.
          const earlier = store.pullRequest(permit.incident.id)?.commit;
          const attributes = { 'vcs.ref.head.name': permit.action.branch, 'vcs.ref.head.revision': commit };
          await withSpan({ name: 'git push', kind: 'client', attributes }, () =>
            pushBranch(repositories, permit, { commit, ...(earlier !== undefined && { earlier }) }),
          );
        },
        fateOf: (incident, pullRequest, signal) => fateOfChange(repositories, { incident, pullRequest }, signal),
        folder: path.join(stateFolder, 'pull-requests'),
      });
      if (host) return observedSource(host, { provider: provider.id, role: 'host' });
      throw new FixgateError('misconfigured', `code_host.provider: ${provider.id} cannot open pull requests.`, {
        fix: 'Use local or github under code_host: in fixgate.yaml.',
      });
    },
  };
}
