/** What an armoured signature holds (PROTOCOL.sshsig of OpenSSH). */
export interface SignatureBlob {
  readonly keyBlob: Buffer;
  readonly namespace: string;
  readonly hash: string;
  readonly algorithm: string;
  readonly value: Buffer;
  /** What follows the value: flags and a counter where a hardware key signed (PROTOCOL.u2f), else nothing. */
  readonly rest: Buffer;
}

const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/\n]{1,20000}={0,2})\n-----END SSH SIGNATURE-----\n?$/;
const MAGIC = Buffer.from('SSHSIG');
const VERSION = 1;
/** Somebody touched the hardware key for this signature. */
const USER_PRESENCE = 0x01;

/** The parts of an armoured signature; undefined when it is anything else. */
export function readSignature(armoured: string): SignatureBlob | undefined {
  const body = ARMOUR.exec(armoured)?.[1];
  const blob = body === undefined ? undefined : Buffer.from(body.replaceAll('\n', ''), 'base64');
  if (!blob?.subarray(0, 6).equals(MAGIC) || blob.length < 10 || blob.readUInt32BE(6) !== VERSION) return undefined;
  const outer = readStrings(blob.subarray(10), 5);
  const [keyBlob, namespace, reserved, hash, signed] = outer?.strings ?? [];
  if (!keyBlob || !namespace || reserved?.length !== 0 || !hash || !signed || outer?.rest.length !== 0)
    return undefined;
  const inner = readStrings(signed, 2);
  const [algorithm, value] = inner?.strings ?? [];
  if (!inner || !algorithm || !value) return undefined;
  return {
    keyBlob,
    namespace: namespace.toString('utf8'),
    hash: hash.toString('latin1'),
    algorithm: algorithm.toString('latin1'),
    value,
    rest: inner.rest,
  };
}

/**
 * True for a signature by a hardware key that nobody touched. Threat: whether a touch is asked for stands in the private key's
 * file, which an agent under the same account can edit; sshd(8) refuses such signatures and ssh-keygen(1) does not.
 */
export function isWithoutTouch(armoured: string): boolean {
  const { algorithm = '', rest } = readSignature(armoured) ?? {};
  return /(?:^|-)sk-/.test(algorithm) && ((rest?.[0] ?? 0) & USER_PRESENCE) === 0;
}

/** The first `count` length-prefixed strings of a blob, and what follows them. */
export function readStrings(
  blob: Buffer,
  count: number,
): { readonly strings: readonly Buffer[]; readonly rest: Buffer } | undefined {
  const strings: Buffer[] = [];
  let at = 0;
  while (strings.length < count) {
    const end = at + 4 <= blob.length ? at + 4 + blob.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (end > blob.length) return undefined;
    strings.push(blob.subarray(at + 4, end));
    at = end;
  }
  return { strings, rest: blob.subarray(at) };
}
