import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Committed } from '#cli/hook/committed.ts';
import type { HookOptions } from '#cli/hook/options.ts';
import type { Invocation } from '#cli/invocation.ts';
import { FixgateError } from '#domain/errors.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { readPlainPolicy, tightenPlainly } from '#policy/plain-policy.ts';
import { readPlainYaml } from '#policy/plain-yaml.ts';
import type { Policy } from '#policy/schema.ts';
import type { ParsedYaml } from '#policy/yaml.ts';

const CONFIG_FILE = 'fixgate.yaml';
const SHIPPED = 'policies/default.yaml';

/** Where the operator's files are; the agent must not write them. */
export interface OperatorFiles {
  readonly config: string;
  /** Undefined: the shipped one. */
  readonly policy: string | undefined;
  readonly approvers: string | undefined;
  /** What pipelines write; an agent that may write it ends a freeze. */
  readonly freeze: string | undefined;
}

/**
 * Finds the operator's files as the server does, from the project's folder and not from where the agent has moved to. Nothing
 * else is taken from the configuration, whose sources and secrets are nothing to a hook.
 */
export async function findOperatorFiles(
  options: Pick<HookOptions, 'policy' | 'config'>,
  project: string,
  { environment }: Pick<Invocation, 'environment'>,
): Promise<OperatorFiles> {
  const config = path.resolve(project, options.config ?? CONFIG_FILE);
  if (options.config !== undefined && !existsSync(config)) throw unreadable(config);
  const named = existsSync(config) ? await namedFiles(read(config), config, environment) : {};
  const resolved = (file: string | undefined) => file && path.resolve(path.dirname(config), file);
  return {
    config,
    policy: options.policy === undefined ? resolved(named.policy) : path.resolve(project, options.policy),
    approvers: resolved(named.approvers),
    freeze: resolved(named.freeze_file),
  };
}

/** Every key that a configuration may have; with any other the full reader says what was meant. */
export const CONFIG_KEYS: ReadonlySet<string> = new Set(
  'version policy approvers freeze_file agents repository incidents services sources suites code_host tools http report dependencies evidence log notify telemetry'.split(
    ' ',
  ),
);

/** The files that a configuration names, as they are written there. */
export interface NamedFiles {
  readonly policy?: string | undefined;
  readonly approvers?: string | undefined;
  readonly freeze_file?: string | undefined;
}

/** The plain case is read without the schema library, whose loading takes longer than all the rest of a hook. */
async function namedFiles(text: string, origin: string, environment: Invocation['environment']): Promise<NamedFiles> {
  const { value, problems } = await parse(text, '1.2');
  if (problems.length === 0 && typeof value === 'object' && value !== null) {
    const { policy, approvers, freeze_file } = value as Readonly<Record<string, unknown>>;
    const isKnown = Object.keys(value).every((key) => CONFIG_KEYS.has(key));
    if (isKnown && [policy, approvers, freeze_file].every(isPlainName))
      return { policy, approvers, freeze_file } as NamedFiles;
  }
  const { readNamedFiles } = await import('#cli/hook/whole-config.ts');
  return readNamedFiles(text, origin, environment);
}

function isPlainName(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && !value.includes('${'));
}

/** The policy of a call, and the operator's files that it was made of. */
export interface HookPolicy {
  readonly policy: HostPolicy;
  readonly origins: readonly string[];
  /** The operator's file as it is written; undefined where others have a part in it. */
  readonly text?: string;
}

/** The operator's policy, with what a repository adds to it: longer lists and lower caps, never the reverse. */
export async function loadPolicy(
  files: OperatorFiles,
  invocation: Pick<Invocation, 'packageFolder'>,
  committed: readonly Committed[],
): Promise<HookPolicy> {
  const file = files.policy ?? path.join(invocation.packageFolder, SHIPPED);
  const text = read(file);
  const operator = readPlainPolicy(await parse(text, '1.2'));
  let plain = operator;
  for (const own of committed) plain &&= tightenPlainly(plain, await parse(own.text, '1.1'));
  if (plain) return { policy: plain, origins: [file], text };
  const policy = await loadWholePolicyOf(files, invocation, committed);
  const prices = (policy.pricesFiles ?? []).map((each) => path.resolve(path.dirname(each.origin), each.file));
  return { policy, origins: [...policy.origins, ...prices], ...(operator && { text }) };
}

/** The same with everything that a policy says, and the digest that the server knows it by. */
export async function loadWholePolicyOf(
  { policy: named }: OperatorFiles,
  { packageFolder }: Pick<Invocation, 'packageFolder'>,
  committed: readonly Committed[],
): Promise<Policy> {
  const { loadWholePolicy } = await import('#cli/hook/whole-policy.ts');
  const shipped = path.join(packageFolder, SHIPPED);
  const file = named ?? shipped;
  return loadWholePolicy({ file, text: read(file), read, shipped: () => read(shipped) }, committed);
}

/** The library is loaded only for what is not plain. */
async function parse(text: string, version: '1.1' | '1.2'): Promise<ParsedYaml> {
  const plain = readPlainYaml(text);
  if (plain) return plain;
  const { parseYaml } = await import('#policy/yaml.ts');
  return parseYaml(text, version);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause?: unknown): FixgateError {
  return new FixgateError('misconfigured', `${file} cannot be read.`, {
    fix: 'Ask the operator to correct the command of the hook or the configuration.',
    cause,
  });
}
