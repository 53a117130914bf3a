import { existsSync } from 'node:fs';
import path from 'node:path';

import { signerOf } from '#approvals/ssh-keygen.ts';
import type { Config } from '#config/load.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import type { Policy } from '#policy/schema.ts';

/** How humans prove themselves here: by keys of the operator's approvers file, unless the policy waives proof. */
export function approvalProof(config: Config, operatorPolicy: Policy): ApprovalProof {
  if (operatorPolicy.approvals === 'advisory') return { mode: 'advisory' };
  const { approvers } = config.file;
  if (approvers === undefined) return { mode: 'none' };
  const file = path.resolve(config.folder, approvers);
  if (!existsSync(file)) return { mode: 'none' };
  return { mode: 'signed', signerOf: (text, signature) => signerOf({ text, signature, approvers: file }) };
}
