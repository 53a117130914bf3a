// The common case of a signature, an Ed25519 key on a plain line of the approvers file, is checked here: starting ssh-keygen
// takes longer than a host waits for its hook. Anything else is left to ssh-keygen, and nothing is believed that it would not.

import { createHash, createPublicKey, verify } from 'node:crypto';

import type { SignatureBlob } from '#approvals/signature-blob.ts';
import { readSignature, readStrings } from '#approvals/signature-blob.ts';

/** A signature over `text`, and the lines of the approvers file that count. */
export interface PlainlySigned {
  readonly text: string;
  readonly signature: string;
  readonly approvers: readonly string[];
  readonly namespace: string;
}

/** Who signed, or that nobody of the file did; undefined where ssh-keygen has to look. */
export function plainSigner({
  text,
  signature,
  approvers,
  namespace,
}: PlainlySigned): { readonly principal: string | undefined } | undefined {
  const signed = plainly(readSignature(signature));
  const lines = parseApprovers(approvers);
  if (!signed || !lines) return undefined;
  const key = `${ED25519} ${signed.keyBlob.toString('base64')}`;
  const [first, ...others] = lines.filter((line) => line.key === key);
  if (others.length > 0) return undefined;
  const fits = first !== undefined && signed.namespace === namespace && isGenuine(signed, text);
  return { principal: fits ? first.principal : undefined };
}

interface PlainlySignedBy {
  readonly keyBlob: Buffer;
  readonly key: Buffer;
  readonly namespace: string;
  readonly hash: 'sha256' | 'sha512';
  readonly value: Buffer;
}

const MAGIC = Buffer.from('SSHSIG');
const ED25519 = 'ssh-ed25519';

function plainly(signed: SignatureBlob | undefined): PlainlySignedBy | undefined {
  if (signed?.algorithm !== ED25519 || signed.value.length !== 64 || signed.rest.length > 0) return undefined;
  const { keyBlob, namespace, hash, value } = signed;
  const parts = readStrings(keyBlob, 2);
  const [kind, key] = parts?.strings ?? [];
  if (kind?.toString('latin1') !== ED25519 || key?.length !== 32 || parts?.rest.length !== 0) return undefined;
  return hash === 'sha256' || hash === 'sha512' ? { keyBlob, key, namespace, hash, value } : undefined;
}

const LINE =
  /^([A-Za-z0-9._@+-]+)[ \t]+((?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)[ \t]+[A-Za-z0-9+/]+=*)(?:[ \t].*)?$/;

/** Undefined where a line has options, patterns or several principals: their meaning is ssh-keygen's. */
function parseApprovers(
  lines: readonly string[],
): readonly { readonly principal: string; readonly key: string }[] | undefined {
  const found: { principal: string; key: string }[] = [];
  for (const line of lines.map((each) => each.replaceAll(/^[ \t]+|[ \t\r]+$/g, ''))) {
    if (line === '' || line.startsWith('#')) continue;
    const [, principal, key] = LINE.exec(line) ?? [];
    if (principal === undefined || key === undefined) return undefined;
    found.push({ principal, key: key.replace(/[ \t]+/, ' ') });
  }
  return found;
}

function isGenuine({ key, namespace, hash, value }: PlainlySignedBy, text: string): boolean {
  const digest = createHash(hash).update(text).digest();
  const parts = [Buffer.from(namespace), Buffer.alloc(0), Buffer.from(hash), digest].map(withLength);
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') },
    format: 'jwk',
  });
  return verify(null, Buffer.concat([MAGIC, ...parts]), publicKey, value);
}

function withLength(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}
