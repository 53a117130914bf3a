import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { plainEntries } from '#approvals/approver-file.ts';
import { signerOf } from '#approvals/signer-of.ts';
import type { Config } from '#config/load.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import type { Policy } from '#policy/schema.ts';

/** How humans prove themselves here: by keys of the operator's approvers file, unless the policy waives proof. */
export function approvalProof(config: Config, operatorPolicy: Policy): ApprovalProof {
  const { approvers } = config.file;
  return proofBy(
    operatorPolicy.approvals,
    approvers === undefined ? undefined : path.resolve(config.folder, approvers),
  );
}

/** The same for whoever has read the two settings alone. */
export function proofBy(mode: Policy['approvals'], approvers: string | undefined): ApprovalProof {
  if (mode === 'advisory') return { mode: 'advisory' };
  if (approvers === undefined) return { mode: 'none' };
  const why = troubleWith(approvers);
  if (why !== undefined) return { mode: 'none', why };
  return {
    mode: 'signed',
    signerOf: (text, signature) => signerOf({ text, signature, approvers }),
    keys: () => digestOf(approvers),
  };
}

/** What keeps a file of approvers from being one, in words. */
function troubleWith(approvers: string): string | undefined {
  if (!existsSync(approvers)) return `the approvers file ${approvers} is not there`;
  return statSync(approvers).isDirectory() ? `the approvers file ${approvers} is a folder` : undefined;
}

/** A file that cannot be read proves nobody either. */
function digestOf(approvers: string): string {
  try {
    const entries = plainEntries(readFileSync(approvers, 'utf8'));
    return `sha256:${createHash('sha256').update(entries.join('\n')).digest('hex')}`;
  } catch {
    return 'unreadable';
  }
}
