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
    signerOf: (text, signature, among) => signerOf({ text, signature, approvers: entriesOf(approvers, among) }),
    approvers: () => entriesOf(approvers).map(digestOf),
  };
}

/** What keeps a file of approvers from being one, in words. */
function troubleWith(approvers: string): string | undefined {
  if (!existsSync(approvers)) return `the approvers file ${approvers} is not there`;
  return statSync(approvers).isDirectory() ? `the approvers file ${approvers} is a folder` : undefined;
}

/** The entries that count; a file that cannot be read proves nobody. */
function entriesOf(approvers: string, among?: readonly string[]): readonly string[] {
  const entries = read(approvers);
  return among ? entries.filter((entry) => among.includes(digestOf(entry))) : entries;
}

function read(approvers: string): readonly string[] {
  try {
    return plainEntries(readFileSync(approvers, 'utf8'));
  } catch {
    return [];
  }
}

/** Tells entries apart, without naming anybody: 128 bits of SHA-256. */
function digestOf(entry: string): string {
  return createHash('sha256').update(entry).digest('hex').slice(0, 32);
}
