import { readFileSync } from 'node:fs';

import { z } from 'zod';

/** How a secret is written in a configuration: by reference, never as itself. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }), z.strictObject({ file: z.string().min(1) })],
  { error: 'must be { env: NAME } or { file: PATH }: secrets are never written in the configuration' },
);
export type SecretReference = z.output<typeof secretReference>;

/** The only door to the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves a reference; throws an Error that names what is missing, never a value. */
export function resolveSecret(reference: SecretReference, environment: Environment): string {
  if ('env' in reference) {
    const value = environment[reference.env];
    if (value === undefined || value === '') throw new Error(`the environment variable ${reference.env} is not set`);
    return value;
  }
  try {
    return readFileSync(reference.file, 'utf8').trim();
  } catch {
    throw new Error(`the file ${reference.file} cannot be read`);
  }
}

/** Replaces `${NAME}` in every string of a parsed document; throws an Error that names what is missing. */
export function interpolate(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
      const found = environment[name];
      if (found === undefined) throw new Error(`the environment variable ${name} is not set`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => interpolate(item, environment));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, environment)]));
  }
  return value;
}
