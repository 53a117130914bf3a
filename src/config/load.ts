import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import type { NotifySettings } from '#config/notify.ts';
import { resolveNotify } from '#config/notify.ts';
import { ConfigFile } from '#config/schema.ts';
import type { Environment } from '#config/secret.ts';
import { interpolate, resolveSecret, secretReference, SparedSecret, spareSecret } from '#config/secret.ts';
import type { Telemetry, TelemetryFile } from '#config/telemetry.ts';
import { resolveTelemetry } from '#config/telemetry.ts';
import { issueWords } from '#domain/issue-words.ts';
import { nearest } from '#domain/nearest.ts';
import type { Place } from '#policy/problems.ts';
import { misconfigured, problemsOf, toLine } from '#policy/problems.ts';
import { readYaml } from '#policy/read-yaml.ts';
import { isRelated, readRoughly } from '#policy/rough.ts';
import type { Provider } from '#providers/define-provider.ts';
import { providers } from '#providers/index.ts';

/** A checked configuration: every source has its provider and its resolved settings. */
export interface Config {
  readonly file: ConfigFile;
  /** The file that was read; undefined when there is none. */
  readonly path: string | undefined;
  /** Folder that relative paths in the configuration start from. */
  readonly folder: string;
  /** The policy file that is named; undefined where the shipped one holds. */
  readonly policy: PolicyText | undefined;
  readonly sources: readonly ConfiguredSource[];
  readonly codeHost: ConfiguredSource;
  readonly httpToken: string | undefined;
  /** Which traces and metrics are sent where. */
  readonly telemetry: Telemetry;
  /** Who is told of hand-overs. */
  readonly notify: NotifySettings;
  /** Every secret value that was resolved: what the exit masks. */
  readonly secrets: readonly string[];
}

/** A policy file as it was read. */
export interface PolicyText {
  readonly file: string;
  readonly text: string;
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
  /** False where nothing that takes a secret is used: what needs one that is not there is left out. */
  readonly needsSecrets?: boolean;
  /** Names of the tools that there are; any is taken where nobody says. */
  readonly tools?: readonly string[];
}

/** Reads the configuration; throws `misconfigured` with every problem at once. Without a file the defaults hold. */
export function loadConfig({ workingDirectory, path: given, ...request }: LoadRequest): Config {
  const { environment, needsSecrets = true, tools } = request;
  const known = { environment, needsSecrets, tools };
  const file = path.resolve(workingDirectory, given ?? CONFIG_FILE);
  if (!existsSync(file)) {
    if (given !== undefined) throw misconfigured(file, ['the file does not exist']);
    return check({}, { origin: CONFIG_FILE, path: undefined, folder: workingDirectory, ...known });
  }
  const { value, problems } = readYaml(read(file), '1.2');
  if (problems.length > 0) throw misconfigured(file, problems);
  return check(value ?? {}, { origin: file, path: file, folder: path.dirname(file), ...known });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw misconfigured(file, ['the file cannot be read'], cause);
  }
}

function policyText(named: string | undefined, folder: string): PolicyText | undefined {
  if (named === undefined) return undefined;
  const file = path.resolve(folder, named);
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new Error(`${file} cannot be read; name a readable file`, { cause });
  }
}

interface Origin {
  readonly origin: string;
  readonly path: string | undefined;
  readonly folder: string;
  readonly environment: Environment;
  readonly needsSecrets: boolean;
  readonly tools: readonly string[] | undefined;
}

function check(raw: unknown, { origin, path: read, folder, environment, needsSecrets, tools }: Origin): Config {
  const problems: string[] = [];
  const secrets: string[] = [];
  const resolve = (text: string) => {
    secrets.push(text);
    return text;
  };
  const value = interpolate(raw, environment, problems);
  // What is wrong in shape is left out, and the rest is checked all the same.
  const { data: file, leftOut, problems: ofShape } = readRoughly(value, { schema: ConfigFile });
  const unsure = [...leftOut, ...ofShape.flatMap(({ meant }) => (meant ? [meant] : []))];
  problems.push(...ofShape.map(toLine));
  const find = needsSecrets ? resolveSecret : spareSecret;
  const secretOf = (reference: z.output<typeof secretReference>) => resolve(find(reference, environment, folder));
  const shared = { problems, folder, secretOf };
  const policy = attempt(problems, () => policyText(file.policy, folder), 'policy: ');
  const sources = Object.entries(file.sources).map(([name, source]) =>
    configureSource({ name, where: `sources.${name}`, source, ...shared }),
  );
  const hostOf = (source: { readonly provider: string }) =>
    configureSource({ name: 'code_host', where: 'code_host', source, ...shared });
  // Without its secret the host of none.
  const codeHost = hostOf(file.code_host) ?? (needsSecrets ? undefined : hostOf({ provider: 'local' }));
  const httpToken = attempt(problems, () => file.http.token && secretOf(file.http.token), 'http.token: ');
  const telemetryOf = (said: TelemetryFile) =>
    attempt(
      problems,
      () => resolveTelemetry(said, { folder, environment, secretOf, keepSecret: resolve }),
      'telemetry.',
    );
  const spared = needsSecrets ? undefined : ({ traces: 'none', metrics: 'none' } as const);
  const telemetry = telemetryOf(file.telemetry) ?? (spared && telemetryOf(spared));
  const notify = resolveNotify(file.notify, (key, reference, refuse) => {
    const checked = () => {
      const secret = secretOf(reference).trim();
      refuse(secret);
      return secret;
    };
    return attempt(problems, checked, `notify.${key}: `);
  });
  if (codeHost && !codeHost.provider.capabilities.host) problems.push(noHost(codeHost.provider));
  checkServices(file, unsure, problems);
  problems.push(...unknownTools(file.tools.enabled, tools));
  if (!codeHost || !telemetry || problems.length > 0) throw misconfigured(origin, problems);
  return {
    file,
    path: read,
    folder,
    policy,
    sources: sources.filter((source) => source !== undefined),
    codeHost,
    httpToken,
    telemetry,
    notify,
    secrets,
  };
}

function noHost({ id }: Provider): string {
  const hosts = providers.filter((provider) => provider.capabilities.host).map((provider) => provider.id);
  return `code_host.provider: ${id} cannot open pull requests; known: ${hosts.join(', ')}`;
}

interface SourceRequest {
  readonly name: string;
  readonly where: string;
  readonly source: { readonly provider: string };
  readonly problems: string[];
  readonly folder: string;
  readonly secretOf: (reference: z.output<typeof secretReference>) => string;
}

function configureSource(request: SourceRequest): ConfiguredSource | undefined {
  const { name, where, source, problems, folder } = request;
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
  const settings = resolveSecrets(raw, provider, request);
  const parsed = provider.settings.safeParse(settings, { error: issueWords });
  const missing = Object.keys(raw).filter((key) => settings[key] === undefined);
  if (parsed.error) {
    // Without a secret the rest need not be whole.
    const own = problemsOf(parsed.error, provider.settings).filter(
      ({ at: [key] }) => missing.length === 0 || (key !== undefined && !missing.includes(String(key))),
    );
    problems.push(...own.map((problem) => `${where}.${toLine(problem)}`));
  }
  if (!parsed.success || missing.length > 0) return undefined;
  return { name, provider, settings: resolvePaths(parsed.data, provider, folder) };
}

/** Settings that hold secrets must be references; the provider sees the value, and undefined where one is not there. */
function resolveSecrets(
  raw: Readonly<Record<string, unknown>>,
  provider: Provider,
  { where, problems, secretOf }: SourceRequest,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(raw).map(([key, value]) => {
    const schema = provider.settings.shape[key];
    if (!schema || !isSecret(schema as z.ZodType)) return [key, value] as const;
    const resolve = () => {
      const reference = secretReference.safeParse(value);
      if (reference.success) return secretOf(reference.data);
      throw new Error('must be { env: NAME } or { file: PATH }: secrets are never written in the configuration');
    };
    return [key, attempt(problems, resolve, `${where}.${key}: `)] as const;
  });
  return Object.fromEntries(entries);
}

/** Relative paths in settings start from the configuration's folder, wherever the server was started. */
function resolvePaths(
  settings: Readonly<Record<string, unknown>>,
  provider: Provider,
  folder: string,
): Record<string, unknown> {
  const isPath = (schema: unknown): boolean =>
    schema instanceof z.ZodArray
      ? isPath(schema.element)
      : schema instanceof z.ZodOptional
        ? isPath(schema.unwrap())
        : schema instanceof z.ZodType && schema.meta()?.['path'] === true;
  const resolve = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(resolve) : typeof value === 'string' ? path.resolve(folder, value) : value;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      isPath(provider.settings.shape[key]) ? resolve(value) : value,
    ]),
  );
}

function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.['secret'] === true) return true;
  return schema instanceof z.ZodOptional && isSecret(schema.unwrap() as z.ZodType);
}

/** Every source that a service names must exist and be able to do what it is named for; one that may be among what is left out is not asked. */
function checkServices({ services, sources }: ConfigFile, unsure: readonly Place[], problems: string[]): void {
  for (const [service, { logs, metrics, deploys }] of Object.entries(services)) {
    for (const [role, choice] of Object.entries({ logs, metrics, deploys })) {
      if (!choice || isRelated(['sources', choice.source], unsure)) continue;
      const where = `services.${service}.${role}.source`;
      const source = Object.hasOwn(sources, choice.source) ? sources[choice.source] : undefined;
      if (!source)
        problems.push(
          `${where}: ${choice.source} is not an entry of sources${suggestion(choice.source, Object.keys(sources))}`,
        );
      const provider = providers.find((candidate) => candidate.id === source?.provider);
      if (provider && !(role in provider.capabilities))
        problems.push(`${where}: ${choice.source} is a ${provider.id} source, which has no ${role}`);
    }
  }
}

/** A misspelled name would switch off more than was meant. */
function unknownTools(enabled: readonly string[] = [], tools: readonly string[] = enabled): string[] {
  const unknown = enabled.filter((name) => !tools.includes(name));
  return unknown.map((name) => `tools.enabled: ${name} is no tool${suggestion(name, tools)}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return close === undefined ? '' : `; did you mean "${close}"?`;
}

function attempt<T>(problems: string[], action: () => T, prefix = ''): T | undefined {
  try {
    return action();
  } catch (error) {
    for (const each of error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error]) {
      if (!(each instanceof SparedSecret))
        problems.push(`${prefix}${each instanceof Error ? each.message : 'unreadable'}`);
    }
    return undefined;
  }
}
