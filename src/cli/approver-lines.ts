import { readFileSync } from 'node:fs';

import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** Bytes before the public key in a signature (PROTOCOL.sshsig): the magic and the version. */
const KEY_AT = 10;

/** The `namespaces="…"` options of the approvers file by which the key of a signature does not count here. */
export function limitedNamespaces(approvers: string, signature: string): readonly string[] {
  const blob = Buffer.from(signature.replace(/-----[^\n]*/g, ''), 'base64');
  const length = blob.length > KEY_AT + 4 ? blob.readUInt32BE(KEY_AT) : 0;
  const key = blob.subarray(KEY_AT + 4, KEY_AT + 4 + length).toString('base64');
  const lines = readFileSync(approvers, 'utf8').split('\n');
  const found = lines.filter((line) => key !== '' && line.includes(key));
  return found
    .flatMap((line) => /\bnamespaces="[^"]*"/.exec(line)?.[0] ?? [])
    .filter((each) => !each.includes(APPROVAL_NAMESPACE));
}
