import { readFileSync } from 'node:fs';

import { readSignature } from '#approvals/signature-blob.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** The `namespaces="…"` options of the approvers file by which the key of a signature does not count here. */
export function limitedNamespaces(approvers: string, signature: string): readonly string[] {
  const key = readSignature(signature)?.keyBlob.toString('base64') ?? '';
  const lines = readFileSync(approvers, 'utf8').split('\n');
  const found = lines.filter((line) => key !== '' && line.includes(key));
  return found
    .flatMap((line) => /\bnamespaces="[^"]*"/.exec(line)?.[0] ?? [])
    .filter((each) => !each.includes(APPROVAL_NAMESPACE));
}
