import { z } from 'zod';

import { secret } from '../define-provider.ts';
import { isWholePair } from './tls.ts';

/** How one gets into Prometheus, Loki and their relatives: a tenant, and a token or a password. */
export const accessSettings = {
  /** Sent as `X-Scope-OrgID`. */
  tenant: z
    .string()
    .regex(/^[\w!.*'()-]{1,150}(?:\|[\w!.*'()-]{1,150})*$/, 'must be a tenant, or several joined by |')
    .optional(),
  /** Sent as a bearer token. */
  token: secret.optional(),
  user: z.string().min(1).optional(),
  password: secret.optional(),
};

interface Access {
  readonly tenant?: string | undefined;
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Refuses halves and doubles of these and of a client's certificate. */
export function refineAccess<Schema extends z.ZodType<Access>>(schema: Schema): Schema {
  return schema
    .refine(({ token, password }) => token === undefined || password === undefined, {
      error: 'must be a token, or user and password, not both',
      path: ['token'],
    })
    .refine(({ user, password }) => (user === undefined) === (password === undefined), {
      error: 'must come with user and user with it',
      path: ['password'],
    })
    .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });
}

/** The headers that these settings stand for. */
export function accessHeaders({ tenant, token, user, password }: Access): Record<string, string> {
  const basic = user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  return {
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
    ...(authorization !== undefined && { authorization }),
  };
}
