import type { ListedKey } from '#approvals/approver-file.ts';
import { plainSigner } from '#approvals/plain-signature.ts';
import { isWithoutTouch, readSignature } from '#approvals/signature-blob.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** A text, its signature, and the keys that count (`allowed_signers` of ssh-keygen(1)). */
export interface SignedText {
  readonly text: string;
  readonly signature: string;
  readonly approvers: readonly ListedKey[];
}

/** The principals whose key signed `text`, a hardware key by touch, in the order of the file: each entry is asked by itself. */
export async function signersOf({ text, signature, approvers }: SignedText): Promise<readonly string[]> {
  const signed = readSignature(signature);
  if (!signed || isWithoutTouch(signature)) return [];
  const found: string[] = [];
  for (const { line, blob, isAuthority } of approvers) {
    if (!isAuthority && !blob.equals(signed.keyBlob)) continue;
    // oxlint-disable-next-line no-await-in-loop -- one entry, as a rule
    const principal = await signerBy({ text, signature, line });
    if (principal !== undefined) found.push(principal);
  }
  return found;
}

async function signerBy({ text, signature, line }: Readonly<Record<'text' | 'signature' | 'line', string>>) {
  const plain = plainSigner({ text, signature, approvers: [line], namespace: APPROVAL_NAMESPACE });
  if (plain) return plain.principal;
  const { askKeygen } = await import('#approvals/ssh-keygen.ts');
  return await askKeygen({ text, signature, approvers: [line] });
}
