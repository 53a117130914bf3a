import { readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

/** How a secret is written in a configuration: by reference, never as itself. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }), z.strictObject({ file: z.string().min(1) })],
  { error: 'must be { env: NAME } or { file: PATH }: secrets are never written in the configuration' },
);
export type SecretReference = z.output<typeof secretReference>;

/** The only door to the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves a reference; throws an Error that names what is missing, never a value. Relative files start from `folder`. */
export function resolveSecret(reference: SecretReference, environment: Environment, folder: string): string {
  if ('env' in reference) {
    const value = variable(environment, reference.env);
    if (value === undefined || value.trim() === '') throw new Error(notSet(reference.env));
    return value;
  }
  const value = readSecretFile(path.resolve(folder, reference.file), reference.file);
  // An empty token would switch off what it protects.
  if (value === '') throw new Error(`the file ${reference.file} is empty`);
  return value;
}

/** A secret that is not there, where nothing that takes it is used. */
export class SparedSecret extends Error {}

/** Resolves a reference for whoever can do without it; throws SparedSecret where `resolveSecret` throws. */
export function spareSecret(reference: SecretReference, environment: Environment, folder: string): string {
  try {
    return resolveSecret(reference, environment, folder);
  } catch (cause) {
    throw new SparedSecret('The secret is not there.', { cause });
  }
}

function readSecretFile(file: string, written: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(`the file ${written} cannot be read`);
  }
}

/** Replaces `${NAME}` in every string of a parsed document, keys excepted; names each place that needs a missing variable. */
export function interpolate(value: unknown, environment: Environment, problems: string[], at = ''): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (whole, name: string) => {
      const found = variable(environment, name);
      if (found === undefined) problems.push(`${at}: ${notSet(name)}`);
      return found ?? whole;
    });
  }
  if (Array.isArray(value))
    return value.map((item, index) => interpolate(item, environment, problems, `${at}[${index}]`));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, interpolate(item, environment, problems, at === '' ? key : `${at}.${key}`)]),
  );
}

function variable(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

function notSet(name: string): string {
  return `the environment variable ${name} is not set`;
}
