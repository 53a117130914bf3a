import { existsSync } from 'node:fs';
import path from 'node:path';

import type { Config, ConfiguredSource } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { didYouMean } from '#engine/arguments.ts';
import type { Chosen, EvidenceSources, SourceChoice } from '#engine/sources.ts';
import type { RepositoryDeps } from '#providers/define-provider.ts';
import { files } from '#providers/files.ts';
import { localGit } from '#providers/local-git.ts';
import { openmetrics } from '#providers/openmetrics.ts';

interface EvidenceSourcesDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly repositoryFolder: (location: string) => Promise<string>;
}

type Role = 'logs' | 'metrics' | 'deploys';

/** Makes sources from the configuration; without any, those that a checkout holds itself. */
export function createEvidenceSources({ config, clock, repositoryFolder }: EvidenceSourcesDeps): EvidenceSources {
  function choose<T>(role: Role, incident: Incident, choice: SourceChoice): Chosen<T> {
    const service = config.file.services[choice.service ?? incident.service ?? ''];
    refuseUnknownEnvironment(choice.env, service?.environments ?? []);
    const wanted = choice.source ?? service?.[role]?.source;
    const able = [
      ...config.sources.filter(({ provider }) => role in provider.capabilities),
      ...embedded(role, incident),
    ];
    const found = wanted === undefined ? able[0] : able.find(({ name }) => name === wanted);
    if (!found) throw noSource(role, wanted, able);
    const make = found.provider.capabilities[role] as (settings: unknown, deps: RepositoryDeps) => T;
    const source = make(found.settings, { clock, repository: incident.repository, repositoryFolder });
    const query = role !== 'deploys' && service?.[role]?.source === found.name ? service[role]?.query : undefined;
    return { name: found.name, source, ...(query !== undefined && { query }) };
  }
  return {
    logs: (incident, choice) => choose('logs', incident, choice),
    metrics: (incident, choice) => choose('metrics', incident, choice),
    deploys: (incident, choice) => choose('deploys', incident, choice),
  };
}

/** What works without configuration: deploys from the repository's own tags, logs and metrics from its usual folders. */
function embedded(role: Role, { repository }: Incident): ConfiguredSource[] {
  if (role === 'deploys') return [{ name: 'git', provider: localGit, settings: localGit.settings.parse({}) }];
  const folders = (role === 'logs' ? ['logs', 'log'] : ['metrics']).map((folder) =>
    path.join(repository.location, folder),
  );
  const paths = folders.filter((folder) => existsSync(folder));
  if (paths.length === 0) return [];
  const provider = role === 'logs' ? files : openmetrics;
  // Nobody named these folders: what is committed in them must not lead anywhere else.
  return [{ name: role, provider, settings: provider.settings.parse({ paths, within: repository.location }) }];
}

function noSource(role: Role, wanted: string | undefined, able: readonly ConfiguredSource[]): FixgateError {
  const names = able.map(({ name }) => name).join(', ');
  if (wanted !== undefined && able.length > 0) {
    return new FixgateError('not_found', `No source of ${role} is named ${JSON.stringify(wanted.slice(0, 64))}.`, {
      fix: `Use one of these sources, or leave source out: ${names}.`,
    });
  }
  const beside = role === 'logs' ? ', put log files into a logs/ folder of the repository' : '';
  return new FixgateError('misconfigured', `No source of ${role} is configured.`, {
    fix: `Ask the operator to add one under sources: in fixgate.yaml${beside}, or go on without ${role}.`,
  });
}

/** A misspelled environment would silently match nothing. */
function refuseUnknownEnvironment(env: string | undefined, known: readonly string[]): void {
  if (env === undefined || known.length === 0 || known.includes(env)) return;
  throw new FixgateError(
    'invalid_input',
    `The service has no environment ${JSON.stringify(env.slice(0, 64))}${didYouMean(env, known)}.`,
    {
      fix: `Use one of its environments: ${known.join(', ')}.`,
    },
  );
}
