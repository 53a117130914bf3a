import { readFile } from 'node:fs/promises';

import { FixgateError } from '#domain/errors.ts';

import { filePath, secret } from '../define-provider.ts';

/** Settings of vendors behind a private authority or that ask clients for a certificate; all in PEM. */
export const tlsSettings = {
  /** Authorities to trust instead of the public ones. */
  ca: filePath.optional(),
  cert: filePath.optional(),
  key: secret.optional(),
};

/** Where certificates are; read when the first request is sent. */
export interface TlsSettings {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  /** The private key itself, not its file. */
  readonly key?: string | undefined;
}

/** Certificates and key, as node:tls takes them. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** True when a certificate of the client comes with its key, or neither is there; for the schema of a vendor. */
export function isWholePair({ cert, key }: TlsSettings): boolean {
  return (cert === undefined) === (key === undefined);
}

/** Reads the certificates; throws `misconfigured` for a file that cannot be read. */
export async function readTls(title: string, { ca, cert, key }: TlsSettings): Promise<TlsMaterial> {
  return {
    ...(ca !== undefined && { ca: await readPem(title, ca) }),
    ...(cert !== undefined && { cert: await readPem(title, cert) }),
    ...(key !== undefined && { key }),
  };
}

async function readPem(title: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(title, `${path} cannot be read (${cause.code ?? 'unknown reason'})`, cause);
  });
  if (!text.includes('-----BEGIN ')) throw unreadable(title, `${path} holds no PEM`);
  return text;
}

function unreadable(title: string, why: string, cause?: unknown): FixgateError {
  return new FixgateError('misconfigured', `A certificate for ${title} is missing: ${why}.`, {
    fix: `Have the operator point ca and cert of ${title} at readable PEM files.`,
    cause,
  });
}
