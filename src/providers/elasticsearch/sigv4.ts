import { createHash, createHmac } from 'node:crypto';

import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { SignatureV4 } from '@smithy/signature-v4';

import { FixgateError } from '#domain/errors.ts';

import type { WireRequest } from '../http/transport.ts';

/** Whose signature, and for which service. */
export interface AwsSettings {
  readonly region: string;
  readonly service: 'es' | 'aoss';
  readonly profile?: string | undefined;
  readonly role_arn?: string | undefined;
  readonly external_id?: string | undefined;
}

/** Gives the headers that sign a request. */
export type Signer = (request: WireRequest) => Promise<Readonly<Record<string, string>>>;

/** Signs with the credentials of the SDK's own chain, which are fetched with the first request and again before they expire. */
export function createSigner(settings: AwsSettings): Signer {
  const { region, service } = settings;
  const signer = new SignatureV4({ region, service, credentials: credentialsOf(settings), sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const request = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      ...(body !== undefined && { body }),
    };
    const signed = await signer.sign(request).catch((cause: unknown) => {
      throw noCredentials(cause);
    });
    return signed.headers;
  };
}

function credentialsOf({ region, profile, role_arn: roleArn, external_id: externalId }: AwsSettings) {
  const own = fromNodeProviderChain({ clientConfig: { region }, ...(profile !== undefined && { profile }) });
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'fixgate',
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig: { region },
  });
}

type Sha256Constructor = ConstructorParameters<typeof SignatureV4>[0]['sha256'];

/** SHA-256, keyed or not, in the form in which the signer makes it. */
const Sha256 = function (secret?: string | Uint8Array) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return {
    update: (data: string | Uint8Array) => void hash.update(data),
    digest: async () => new Uint8Array(hash.digest()),
  };
} as unknown as Sha256Constructor;

function noCredentials(cause: unknown): FixgateError {
  const why = cause instanceof Error ? cause.message.slice(0, 300) : 'unknown reason';
  return new FixgateError('provider_rejected', `The AWS credentials cannot be had: ${why}.`, {
    fix: 'Have the operator give the server AWS credentials by environment, profile or role, and check aws.profile and aws.role_arn.',
    cause,
  });
}
