import path from 'node:path';

import type { Check } from '#cli/doctor/run-checks.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { ConfiguredSource } from '#config/load.ts';
import { FixgateError } from '#domain/errors.ts';
import type { RepositoryDeps } from '#providers/define-provider.ts';
import type { Probed } from '#providers/sources.ts';

const roles = ['logs', 'metrics', 'deploys'] as const;

/** One check for each thing that a configured provider does. */
export function providerChecks({ config, clock }: Runtime, invocation: Invocation): readonly Check[] {
  const location = path.resolve(config.folder, config.file.repository ?? invocation.workingDirectory);
  const repository = { location, baseBranch: '', baseCommit: '' };
  const deps: RepositoryDeps = { clock, repository, repositoryFolder: async (folder) => folder };
  const sources = config.sources.flatMap((source) =>
    roles
      .filter((role) => role in source.provider.capabilities)
      .map((role) => toCheck(source, role, () => makeSource(source, role, deps))),
  );
  const folder = path.join(stateFolderOf(invocation), 'pull-requests');
  const host = toCheck(config.codeHost, 'pull requests', () =>
    config.codeHost.provider.capabilities.host?.(config.codeHost.settings, {
      clock,
      repository,
      push: refusePush,
      folder,
    }),
  );
  return [...sources, host];
}

function toCheck({ name, provider }: ConfiguredSource, role: string, make: () => Probed | undefined): Check {
  return {
    name: `${name} (${provider.id}, ${role})`,
    run: async (signal) => await make()?.probe?.(signal),
  };
}

function makeSource(
  { provider, settings }: ConfiguredSource,
  role: (typeof roles)[number],
  deps: RepositoryDeps,
): Probed | undefined {
  const make = provider.capabilities[role] as ((settings: unknown, deps: RepositoryDeps) => Probed) | undefined;
  return make?.(settings, deps);
}

async function refusePush(): Promise<never> {
  throw new FixgateError('internal', 'A check pushes nothing.', { fix: 'Report this.' });
}
