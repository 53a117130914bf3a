import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { ConfigFile } from '#config/schema.ts';
import type { Environment } from '#config/secret.ts';
import { interpolate, resolveSecret, secretReference } from '#config/secret.ts';
import { nearest } from '#policy/nearest.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import { parseYaml } from '#policy/yaml.ts';
import type { Provider } from '#providers/define-provider.ts';
import { providers } from '#providers/index.ts';

/** A checked configuration: every source has its provider and its resolved settings. */
export interface Config {
  readonly file: ConfigFile;
  /** Folder that relative paths in the configuration start from. */
  readonly folder: string;
  readonly sources: readonly ConfiguredSource[];
  readonly codeHost: ConfiguredSource;
  readonly httpToken: string | undefined;
  /** Every secret value that was resolved: what the exit masks. */
  readonly secrets: readonly string[];
}

/** One entry of `sources`, or the code host. */
export interface ConfiguredSource {
  readonly name: string;
  readonly provider: Provider;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** File that is read in the working directory when no other is named. */
export const CONFIG_FILE = 'fixgate.yaml';

interface LoadRequest {
  readonly workingDirectory: string;
  /** `--config`; must exist when given. */
  readonly path: string | undefined;
  readonly environment: Environment;
}

/** Reads the configuration; throws `misconfigured` with every problem at once. Without a file the defaults hold. */
export function loadConfig({ workingDirectory, path: given, environment }: LoadRequest): Config {
  const file = path.resolve(workingDirectory, given ?? CONFIG_FILE);
  if (!existsSync(file)) {
    if (given !== undefined) throw misconfigured(file, ['the file does not exist']);
    return check({}, { origin: CONFIG_FILE, folder: workingDirectory, environment });
  }
  const { value, problems } = parseYaml(readFileSync(file, 'utf8'), '1.2');
  if (problems.length > 0) throw misconfigured(file, problems);
  return check(value ?? {}, { origin: file, folder: path.dirname(file), environment });
}

interface Origin {
  readonly origin: string;
  readonly folder: string;
  readonly environment: Environment;
}

function check(raw: unknown, { origin, folder, environment }: Origin): Config {
  const problems: string[] = [];
  const secrets: string[] = [];
  const resolve = (text: string) => {
    secrets.push(text);
    return text;
  };
  const value = attempt(problems, () => interpolate(raw, environment)) ?? {};
  const parsed = ConfigFile.safeParse(value);
  if (!parsed.success) throw misconfigured(origin, [...problems, ...describeIssues(parsed.error, ConfigFile)]);
  const entry = (name: string, where: string, source: { readonly provider: string }) =>
    configureSource({
      name,
      where,
      source,
      problems,
      secretOf: (reference) => resolve(resolveSecret(reference, environment)),
    });
  const sources = Object.entries(parsed.data.sources).map(([name, source]) => entry(name, `sources.${name}`, source));
  const codeHost = entry('code_host', 'code_host', parsed.data.code_host);
  const { token } = parsed.data.http;
  const httpToken = token && attempt(problems, () => resolve(resolveSecret(token, environment)), 'http.token: ');
  checkServices(parsed.data, problems);
  if (problems.length > 0) throw misconfigured(origin, problems);
  return {
    file: parsed.data,
    folder,
    sources: sources.filter((source) => source !== undefined),
    codeHost: required(codeHost),
    httpToken,
    secrets,
  };
}

interface SourceRequest {
  readonly name: string;
  readonly where: string;
  readonly source: { readonly provider: string };
  readonly problems: string[];
  readonly secretOf: (reference: z.output<typeof secretReference>) => string;
}

function configureSource({ name, where, source, problems, secretOf }: SourceRequest): ConfiguredSource | undefined {
  const { provider: id, ...raw } = source;
  const provider = providers.find((candidate) => candidate.id === id);
  if (!provider) {
    const ids = providers.map((candidate) => candidate.id);
    const close = nearest(id, ids);
    problems.push(
      `${where}.provider: ${id} is unknown; ${close ? `did you mean "${close}"?` : `known: ${ids.join(', ')}`}`,
    );
    return undefined;
  }
  const settings = attempt(problems, () => resolveSecrets(raw, provider, secretOf), `${where}: `);
  if (!settings) return undefined;
  const parsed = provider.settings.safeParse(settings);
  if (!parsed.success) {
    problems.push(...describeIssues(parsed.error, provider.settings).map((problem) => `${where}.${problem}`));
    return undefined;
  }
  return { name, provider, settings: parsed.data };
}

/** Settings that hold secrets must be references; the provider sees the value. */
function resolveSecrets(
  raw: Readonly<Record<string, unknown>>,
  provider: Provider,
  secretOf: SourceRequest['secretOf'],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => {
      const schema = provider.settings.shape[key];
      if (!schema || !isSecret(schema as z.ZodType)) return [key, value];
      const reference = secretReference.safeParse(value);
      if (!reference.success)
        throw new Error(
          `${key} must be { env: NAME } or { file: PATH }: secrets are never written in the configuration`,
        );
      return [key, secretOf(reference.data)];
    }),
  );
}

function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.['secret'] === true) return true;
  return schema instanceof z.ZodOptional && isSecret(schema.unwrap() as z.ZodType);
}

/** Every source that a service names must exist and be able to do what it is named for. */
function checkServices({ services, sources }: ConfigFile, problems: string[]): void {
  for (const [service, { logs, metrics, deploys }] of Object.entries(services)) {
    for (const [role, choice] of Object.entries({ logs, metrics, deploys })) {
      if (!choice) continue;
      const provider = providers.find((candidate) => candidate.id === sources[choice.source]?.provider);
      const where = `services.${service}.${role}.source`;
      if (!provider) problems.push(`${where}: ${choice.source} is not an entry of sources`);
      else if (!(role in provider.capabilities))
        problems.push(`${where}: ${choice.source} is a ${provider.id} source, which has no ${role}`);
    }
  }
}

function attempt<T>(problems: string[], action: () => T, prefix = ''): T | undefined {
  try {
    return action();
  } catch (error) {
    problems.push(`${prefix}${error instanceof Error ? error.message : 'unreadable'}`);
    return undefined;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('checked before');
  return value;
}
