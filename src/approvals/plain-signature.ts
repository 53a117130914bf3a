// The common case of a signature, an Ed25519 key on a plain line of the approvers file, is checked here: starting ssh-keygen
// takes longer than a host waits for its hook. Anything else is left to ssh-keygen, and nothing is believed that it would not.

import { createHash, createPublicKey, verify } from 'node:crypto';

/** A signature over `text`, and the content of the approvers file. */
export interface PlainlySigned {
  readonly text: string;
  readonly signature: string;
  readonly approvers: string;
  readonly namespace: string;
}

/** Who signed, or that nobody of the file did; undefined where ssh-keygen has to look. */
export function plainSigner({
  text,
  signature,
  approvers,
  namespace,
}: PlainlySigned): { readonly principal: string | undefined } | undefined {
  const signed = parseSignature(signature);
  const lines = parseApprovers(approvers);
  if (!signed || !lines) return undefined;
  const [first, ...others] = lines.filter(({ key }) => key.equals(signed.keyBlob));
  if (others.length > 0) return undefined;
  const fits = first !== undefined && signed.namespace === namespace && isGenuine(signed, text);
  return { principal: fits ? first.principal : undefined };
}

/** The parts of a signature in the SSHSIG format (PROTOCOL.sshsig of OpenSSH). */
interface Signed {
  readonly keyBlob: Buffer;
  readonly key: Buffer;
  readonly namespace: string;
  readonly hash: 'sha256' | 'sha512';
  readonly value: Buffer;
}

const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,2000})\n-----END SSH SIGNATURE-----\n?$/;
const MAGIC = Buffer.from('SSHSIG');
const ED25519 = 'ssh-ed25519';

function parseSignature(armoured: string): Signed | undefined {
  const body = ARMOUR.exec(armoured)?.[1];
  const blob = body === undefined ? undefined : Buffer.from(body.replaceAll('\n', ''), 'base64');
  if (!blob?.subarray(0, 6).equals(MAGIC) || blob.length < 10 || blob.readUInt32BE(6) !== 1) return undefined;
  const [keyBlob, space, reserved, hash, value, ...more] = stringsOf(blob.subarray(10));
  if (!keyBlob || !space || reserved?.length !== 0 || !hash || !value || more.length > 0) return undefined;
  const [kind, key, ...restOfKey] = stringsOf(keyBlob);
  const [way, bytes, ...restOfValue] = stringsOf(value);
  const name = hash.toString('latin1');
  const isPlain = kind?.toString('latin1') === ED25519 && way?.toString('latin1') === ED25519;
  if (!isPlain || key?.length !== 32 || bytes?.length !== 64 || restOfKey.length + restOfValue.length > 0)
    return undefined;
  if (name !== 'sha256' && name !== 'sha512') return undefined;
  return { keyBlob, key, namespace: space.toString('utf8'), hash: name, value: bytes };
}

/** The length-prefixed strings that a blob consists of; empty when it is anything else. */
function stringsOf(blob: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const end = at + 4 <= blob.length ? at + 4 + blob.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > blob.length) return [];
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}

const LINE =
  /^([A-Za-z0-9._@+-]+)[ \t]+(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)[ \t]+([A-Za-z0-9+/]+=*)(?:[ \t].*)?$/;

/** Undefined where a line has options, patterns or several principals: their meaning is ssh-keygen's. */
function parseApprovers(text: string): readonly { readonly principal: string; readonly key: Buffer }[] | undefined {
  const found: { principal: string; key: Buffer }[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, principal, key] = LINE.exec(line) ?? [];
    if (principal === undefined || key === undefined) return undefined;
    found.push({ principal, key: Buffer.from(key, 'base64') });
  }
  return found;
}

function isGenuine({ key, namespace, hash, value }: Signed, text: string): boolean {
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
