import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import type { ListedKey } from '#approvals/approver-file.ts';
import { listedKeys } from '#approvals/approver-file.ts';
import { signersOf } from '#approvals/signers-of.ts';
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
    signersOf: (text, signature, among) => signersOf({ text, signature, approvers: listed(approvers, among) }),
    approvers: () => [...new Set(listed(approvers).map(digestOf))].toSorted(),
  };
}

/** What keeps a file of approvers from being one, in words. */
function troubleWith(approvers: string): string | undefined {
  if (!existsSync(approvers)) return `the approvers file ${approvers} is not there`;
  return statSync(approvers).isDirectory() ? `the approvers file ${approvers} is a folder` : undefined;
}

/** What the file lists, or of that the entries of these keys; a file that cannot be read lists nobody. */
function listed(approvers: string, among?: readonly string[]): readonly ListedKey[] {
  const keys = listedKeys(read(approvers));
  return among ? keys.filter((key) => among.includes(digestOf(key))) : keys;
}

function read(approvers: string): string {
  try {
    return readFileSync(approvers, 'utf8');
  } catch {
    return '';
  }
}

/** Tells keys apart, without naming anybody: 128 bits of SHA-256. What a key may sign, and whose it is, may be mended. */
function digestOf({ blob }: ListedKey): string {
  return createHash('sha256').update(blob).digest('hex').slice(0, 32);
}
