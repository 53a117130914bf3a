import { plainSigner } from '#approvals/plain-signature.ts';
import { isWithoutTouch, readSignature } from '#approvals/signature-blob.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

/** A text, its signature, and the lines that say whose keys count (`allowed_signers` of ssh-keygen(1)). */
export interface SignedText {
  readonly text: string;
  readonly signature: string;
  readonly approvers: readonly string[];
}

/** The principal whose key signed `text`, a hardware key by touch; undefined when none of these keys did. */
export async function signerOf({ text, signature, approvers }: SignedText): Promise<string | undefined> {
  const plain = plainSigner({ text, signature, approvers, namespace: APPROVAL_NAMESPACE });
  if (plain) return plain.principal;
  if (!readSignature(signature) || isWithoutTouch(signature)) return undefined;
  const { askKeygen } = await import('#approvals/ssh-keygen.ts');
  return await askKeygen({ text, signature, approvers });
}
