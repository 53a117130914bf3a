import { createHash, generateKeyPairSync, sign } from 'node:crypto';

import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** The kinds of keys that live in hardware (PROTOCOL.u2f of OpenSSH). */
export const HARDWARE_KINDS = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const;
const [ED25519] = HARDWARE_KINDS;

/** Bits of the flags that the hardware signs along: somebody touched it; it asked for a PIN or a finger. */
export const TOUCHED = 0x01;
export const VERIFIED = 0x04;

interface Way {
  readonly flags?: number;
  /** What the flags are said to be afterwards. */
  readonly claimed?: number;
  readonly namespace?: string;
  readonly application?: string;
}

/** A security key in software: its public key as a line of approvers has it, and signatures as `ssh-keygen -Y sign` writes them. */
export function hardwareKey(kind: (typeof HARDWARE_KINDS)[number]) {
  const { publicKey, privateKey } =
    kind === ED25519 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const parts = kind === ED25519 ? [Buffer.from(x, 'base64url')] : [Buffer.from('nistp256'), point];
  const keyBlob = strings(Buffer.from(kind), ...parts, Buffer.from('ssh:'));

  function signed(text: string, { flags = TOUCHED, claimed = flags, namespace, application }: Way = {}): string {
    const head = [Buffer.from(namespace ?? APPROVAL_NAMESPACE), Buffer.alloc(0), Buffer.from('sha512')];
    const message = Buffer.concat([Buffer.from('SSHSIG'), strings(...head, digest('sha512', text))]);
    const counter = Buffer.from([0, 0, 0, 7]);
    const over = [digest('sha256', application ?? 'ssh:'), Buffer.from([flags]), counter, digest('sha256', message)];
    const value =
      kind === ED25519
        ? sign(null, Buffer.concat(over), privateKey)
        : pairOf(sign('sha256', Buffer.concat(over), { key: privateKey, dsaEncoding: 'ieee-p1363' }));
    const signature = Buffer.concat([strings(Buffer.from(kind), value), Buffer.from([claimed]), counter]);
    const version = Buffer.from([0, 0, 0, 1]);
    return armour(Buffer.concat([Buffer.from('SSHSIG'), version, strings(keyBlob, ...head, signature)]));
  }
  return { line: `${kind} ${keyBlob.toString('base64')}`, sign: signed };
}

function digest(hash: string, of: string | Buffer): Buffer {
  return createHash(hash).update(of).digest();
}

/** The two numbers of an ECDSA signature, each as SSH writes positive numbers. */
function pairOf(raw: Buffer): Buffer {
  return strings(...[raw.subarray(0, 32), raw.subarray(32)].map(positive));
}

function positive(number: Buffer): Buffer {
  const from = number.findIndex((byte) => byte !== 0);
  const short = number.subarray(from);
  return (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), short]) : short;
}

function strings(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

function armour(blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}
