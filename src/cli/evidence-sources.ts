import { existsSync } from 'node:fs';
import path from 'node:path';

import { missingConfig } from '#cli/missing-config.ts';
import type { Config, ConfiguredSource } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { didYouMean } from '#engine/arguments.ts';
import type { Chosen, EvidenceSources, SourceChoice } from '#engine/sources.ts';
import { createCircuit, guardedSource } from '#providers/circuit.ts';
import type { RepositoryDeps } from '#providers/define-provider.ts';
import { files } from '#providers/files.ts';
import { providers } from '#providers/index.ts';
import { localGit } from '#providers/local-git.ts';
import { observedSource } from '#providers/observed-source.ts';
import { openmetrics } from '#providers/openmetrics.ts';
import type { DeploySource } from '#providers/sources.ts';

interface EvidenceSourcesDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly repositoryFolder: (location: string) => Promise<string>;
}

type Role = 'logs' | 'metrics' | 'deploys';

/** Makes sources from the configuration; without any, those that a checkout holds itself. */
export function createEvidenceSources({ config, clock, repositoryFolder }: EvidenceSourcesDeps): EvidenceSources {
  // What a source learns from its vendor, such as what is left of a rate limit, outlasts a call.
  const made = new Map<string, unknown>();

  function sourceOf(role: Role, { name, provider, settings }: ConfiguredSource, { repository }: Incident): unknown {
    const make = provider.capabilities[role] as (settings: unknown, deps: RepositoryDeps) => object;
    const key = JSON.stringify([role, name, role === 'deploys' ? repository : settings]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const who = { name, provider: provider.id, role };
    const observed = observedSource(make(settings, { clock, repository, repositoryFolder }), who);
    const source = guardedSource(observed, { provider: provider.id, role }, createCircuit(name, clock));
    made.set(key, source);
    return source;
  }

  function choose<T>(role: Role, incident: Incident, choice: SourceChoice): Chosen<T> {
    const service = config.file.services[choice.service ?? incident.service ?? ''];
    refuseUnknownEnvironment(choice.env, service?.environments ?? []);
    const able = [
      ...config.sources.filter(({ provider }) => role in provider.capabilities),
      ...embedded(role, incident),
    ];
    const prefixed = splitPrefix(choice.query, able);
    const wanted = choice.source ?? prefixed.source ?? service?.[role]?.source;
    const found = wanted === undefined ? able[0] : findSource(wanted, able);
    if (!found) throw noSource(role, { wanted, able, config });
    const source = sourceOf(role, found, incident) as T;
    const query = role !== 'deploys' && service?.[role]?.source === found.name ? service[role]?.query : undefined;
    const { text } = prefixed;
    const queries = role === 'metrics' ? namedQueries(found.name) : {};
    return {
      name: found.name,
      source,
      ...(query !== undefined && { query }),
      ...(text !== undefined && { text }),
      ...(Object.keys(queries).length > 0 && { queries }),
    };
  }

  /** All that record deploys, unless the caller names one; git first, since only it has all the code. */
  function chooseDeploys(incident: Incident, choice: SourceChoice): readonly Chosen<DeploySource>[] {
    if (choice.source !== undefined) return [choose('deploys', incident, choice)];
    const service = config.file.services[choice.service ?? incident.service ?? ''];
    refuseUnknownEnvironment(choice.env, service?.environments ?? []);
    const configured = config.sources.filter(
      ({ name, provider }) =>
        'deploys' in provider.capabilities && (provider === localGit || (service?.deploys?.source ?? name) === name),
    );
    const git = configured.some(({ provider }) => provider === localGit) ? [] : embedded('deploys', incident);
    return [...git, ...configured].map((source) => ({
      name: source.name,
      source: sourceOf('deploys', source, incident) as DeploySource,
    }));
  }

  /** What every service that reads a source is configured with. */
  function namedQueries(source: string): Record<string, Readonly<Record<string, string>>> {
    const own = Object.entries(config.file.services).flatMap(([service, { metrics }]) => {
      if (metrics?.source !== source || Object.keys(metrics.queries).length === 0) return [];
      return [[service, metrics.queries] as const];
    });
    return Object.fromEntries(own);
  }
  return {
    logs: (incident, choice) => choose('logs', incident, choice),
    metrics: (incident, choice) => choose('metrics', incident, choice),
    deploys: chooseDeploys,
  };
}

/** A source by its own name, by that of its vendor (`cloudwatch`, `cloudwatch:`), or by both (`cloudwatch:prod`). */
function findSource(wanted: string, able: readonly ConfiguredSource[]): ConfiguredSource | undefined {
  const own = able.find(({ name }) => name === wanted);
  if (own) return own;
  const [vendor = '', name = ''] = wanted.split(':', 2);
  return able.find(
    (source) => (source.name === vendor || isVendor(source, vendor)) && (name === '' || source.name === name),
  );
}

function isVendor({ provider }: ConfiguredSource, vendor: string): boolean {
  return provider.id === vendor || provider.id.startsWith(`${vendor}-`);
}

/** Tells the name of a source from the words after it, as in `cloudwatch: timeout`; other words before a colon are text. */
function splitPrefix(
  query: string | undefined,
  able: readonly ConfiguredSource[],
): { readonly source?: string; readonly text?: string } {
  const match = /^\s*([a-z0-9][\w.-]{0,63}):(?=\s|$)\s*(.*)$/is.exec(query ?? '');
  const source = match?.[1];
  if (source === undefined) return query === undefined ? {} : { text: query };
  if (findSource(source, able)) return { source, text: match?.[2] ?? '' };
  if (VENDORS.has(source.toLowerCase())) throw noVendor(source, able);
  return { text: query ?? '' };
}

/** Nobody searches for these words with a colon; whoever writes one means a source. */
const VENDORS = new Set(
  providers
    .flatMap(({ id }) => [id, id.split('-')[0] ?? id])
    .filter((name) => !['files', 'git', 'local'].includes(name)),
);

function noVendor(vendor: string, able: readonly ConfiguredSource[]): FixgateError {
  const names = able.map(({ name }) => name).join(', ');
  return new FixgateError('not_found', `No source of ${vendor} is configured here.`, {
    fix: `Use one of these sources: ${names === '' ? 'none is configured' : names}; or put the query in quotes to search for these words.`,
  });
}

/** What works without configuration: deploys from the repository's own tags, logs and metrics from its usual folders. */
function embedded(role: Role, { repository }: Incident): ConfiguredSource[] {
  if (role === 'deploys') return [{ name: 'git', provider: localGit, settings: localGit.settings.parse({}) }];
  const paths = usualFolders(role, repository.location);
  if (paths.length === 0) return [];
  const provider = role === 'logs' ? files : openmetrics;
  // Nobody named these folders: what is committed in them must not lead anywhere else.
  return [{ name: role, provider, settings: provider.settings.parse({ paths, follow_links: false }) }];
}

/** Folders of a checkout that are read where nothing is configured, as far as they are there. */
export function usualFolders(role: 'logs' | 'metrics', location: string): string[] {
  const folders = role === 'logs' ? ['logs', 'log'] : ['metrics'];
  return folders.map((folder) => path.join(location, folder)).filter((folder) => existsSync(folder));
}

function noSource(
  role: Role,
  {
    wanted,
    able,
    config,
  }: { readonly wanted: string | undefined; readonly able: readonly ConfiguredSource[]; readonly config: Config },
): FixgateError {
  const missing = missingConfig(config);
  const names = able.map(({ name }) => name).join(', ');
  if (wanted !== undefined && able.length > 0) {
    return new FixgateError('not_found', `No source of ${role} is named ${JSON.stringify(wanted.slice(0, 64))}.`, {
      fix: `Use one of these sources, or leave source out: ${names}.`,
    });
  }
  const beside = {
    logs: ', put log files into a logs/ folder of the repository',
    metrics: ', put OpenMetrics files into a metrics/ folder of the repository',
    deploys: '',
  }[role];
  return new FixgateError('misconfigured', `${missing.said}No source of ${role} is configured.`, {
    fix: `${missing.fix}Ask the operator to add one under sources: in fixgate.yaml${beside}, or go on without ${role}.`,
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
