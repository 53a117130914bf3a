import path from 'node:path';

import { namedRepositories } from '#cli/auto-open.ts';
import type { Check } from '#cli/doctor/run-checks.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { ConfiguredSource } from '#config/load.ts';
import { FixgateError } from '#domain/errors.ts';
import type { RepositoryDeps } from '#providers/define-provider.ts';
import type { Probed } from '#providers/sources.ts';

const roles = ['logs', 'metrics', 'deploys'] as const;
type Role = (typeof roles)[number];
type Probe = (role: Role, signal: AbortSignal) => Promise<string | undefined>;

/** One check for each thing that a configured provider does. */
export function providerChecks({ config, clock }: Runtime, invocation: Invocation): readonly Check[] {
  const location = path.resolve(config.folder, namedRepositories(config.file)[0] ?? invocation.workingDirectory);
  const repository = { location, baseBranch: '', baseCommit: '' };
  const deps: RepositoryDeps = { clock, repository, repositoryFolder: async (folder) => folder };
  const services = Object.values(config.file.services);
  const sources = config.sources.flatMap((source) => {
    const able = roles.filter((role) => role in source.provider.capabilities);
    const probe = async (role: Role, signal: AbortSignal) => await makeSource(source, role, deps)?.probe?.(signal);
    return able.map((role): Check => {
      const isNamed = services.some((service) => service[role]?.source === source.name);
      const others = isNamed ? [] : able.filter((other) => other !== role);
      const name = `${source.name} (${source.provider.id}, ${role})`;
      return { name, run: async (signal) => await tryRole(probe, { role, others }, signal) };
    });
  });
  const folder = path.join(stateFolderOf(invocation), 'pull-requests');
  const host = toCheck(config.codeHost, 'pull requests', () =>
    config.codeHost.provider.capabilities.host?.(config.codeHost.settings, {
      clock,
      repository,
      push: refusePush,
      fateOf: refusePush,
      folder,
    }),
  );
  return [...sources, host];
}

/** Keys for one thing may not read another: that is no failure where no service names the source for it. */
async function tryRole(
  probe: Probe,
  { role, others }: { readonly role: Role; readonly others: readonly Role[] },
  signal: AbortSignal,
): Promise<string | { readonly skipped: string } | undefined> {
  try {
    return await probe(role, signal);
  } catch (error) {
    if (!(error instanceof FixgateError) || error.evidence['missing_permission'] !== true) throw error;
    const works = await Promise.allSettled(others.map((other) => probe(other, signal)));
    // Keys that may read nothing at all are wrong.
    if (works.every(({ status }) => status === 'rejected')) throw error;
    return { skipped: `not read for ${role}, for which no service names it: ${error.message} ${error.fix}` };
  }
}

function toCheck({ name, provider }: ConfiguredSource, role: string, make: () => Probed | undefined): Check {
  return {
    name: `${name} (${provider.id}, ${role})`,
    run: async (signal) => await make()?.probe?.(signal),
  };
}

function makeSource({ provider, settings }: ConfiguredSource, role: Role, deps: RepositoryDeps): Probed | undefined {
  const make = provider.capabilities[role] as ((settings: unknown, deps: RepositoryDeps) => Probed) | undefined;
  return make?.(settings, deps);
}

async function refusePush(): Promise<never> {
  throw new FixgateError('internal', 'A check pushes nothing.', { fix: 'Report this.' });
}
