import { readFileSync } from 'node:fs';

import { plainSigner } from '#approvals/plain-signature.ts';
import { isWithoutTouch, readSignature } from '#approvals/signature-blob.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** A text, its signature, and the file that says whose keys count (`allowed_signers` of ssh-keygen(1)). */
export interface SignedText {
  readonly text: string;
  readonly signature: string;
  readonly approvers: string;
}

/** The principal whose key signed `text`, a hardware key by touch; undefined when no key of the approvers file did. */
export async function signerOf({ text, signature, approvers }: SignedText): Promise<string | undefined> {
  const listed = readFileSync(approvers, 'utf8');
  const plain = plainSigner({ text, signature, approvers: listed, namespace: APPROVAL_NAMESPACE });
  if (plain) return plain.principal;
  if (!readSignature(signature) || isWithoutTouch(signature)) return undefined;
  const { askKeygen } = await import('#approvals/ssh-keygen.ts');
  return await askKeygen({ text, signature, approvers });
}
