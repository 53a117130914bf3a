import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';

/** Folder of the keys, below the state folder. */
const KEY_FOLDER = 'keys';

/** Permissions of group and others (see chmod(1)). */
const ANY_OF_OTHERS = 0o077;

/** Where the private key lies, its public half, and the newest head that was signed. */
export function headKeyFiles(folder: string) {
  const keys = join(folder, KEY_FOLDER);
  return {
    keys,
    secret: join(keys, 'heads.pem'),
    public: join(keys, 'heads.pub'),
    anchor: join(keys, 'heads.anchor'),
  };
}

/** An Ed25519 key that signs heads of chains. */
export interface HeadKey {
  /** Base64. */
  sign(text: string): string;
  isGenuine(text: string, signature: string): boolean;
}

/**
 * Reads the key, or makes one where `mayMake`; undefined where there is none, or where this account may not read it. Throws
 * `misconfigured` when other accounts may: whoever has read it can write a whole new chain.
 */
export function openHeadKey(folder: string, mayMake: boolean): HeadKey | undefined {
  const files = headKeyFiles(folder);
  if (!exists(files.secret)) {
    if (!mayMake) return undefined;
    makeKey(files);
  }
  refuseReadableKey(folder);
  const pem = readIfAllowed(files.secret);
  if (pem === undefined) return undefined;
  const secret = createPrivateKey(pem);
  const isGenuine = verifierOf(createPublicKey(secret));
  return { sign: (text) => sign(null, Buffer.from(text), secret).toString('base64'), isGenuine };
}

/** Throws `misconfigured` when the key exists and accounts other than its owner may read or write it. */
export function refuseReadableKey(folder: string): void {
  const { secret } = headKeyFiles(folder);
  const found = statSync(secret, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & ANY_OF_OTHERS) === 0) return;
  const mode = (found.mode & 0o777).toString(8);
  throw new FixgateError(
    'misconfigured',
    `The key that signs the records can be read or written by other accounts (mode ${mode}): ${secret}. Whoever has read it can write records that nobody can tell from true ones.`,
    {
      fix: `Run \`chmod 600 ${secret}\`, and start again; if an agent may have read it, begin with a new state folder and keep the old one as it is.`,
    },
  );
}

/** The public half, as it lies beside the key; undefined where there is none. */
export function readPublicHalf(folder: string): string | undefined {
  return readIfAllowed(headKeyFiles(folder).public);
}

/** Checks signatures with a public key; throws `misconfigured` for a text that is none. */
export function headVerifier(pem: string): Pick<HeadKey, 'isGenuine'> & { readonly fingerprint: string } {
  try {
    const key = createPublicKey(pem);
    const der = key.export({ type: 'spki', format: 'der' });
    const fingerprint = `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`;
    return { fingerprint, isGenuine: verifierOf(key) };
  } catch (cause) {
    throw new FixgateError('misconfigured', 'The public key of the records cannot be read.', {
      fix: 'Name the file that holds the public key, a copy of keys/heads.pub, with `--public-key`.',
      cause,
    });
  }
}

function verifierOf(key: KeyObject): HeadKey['isGenuine'] {
  return (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
}

/** Of several processes that make one, the first wins: a link replaces nothing. */
function makeKey(files: ReturnType<typeof headKeyFiles>): void {
  mkdirSync(files.keys, { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const temporary = `${files.secret}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(temporary, files.secret);
    writeFileSync(files.public, publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function readIfAllowed(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
