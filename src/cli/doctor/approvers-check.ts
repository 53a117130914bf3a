import { readFileSync } from 'node:fs';
import path from 'node:path';

import { readApproverLines } from '#approvals/approver-file.ts';
import type { Runtime } from '#cli/runtime.ts';
import { countOf } from '#domain/count-of.ts';
import { FixgateError } from '#domain/errors.ts';

/** Lines that one message names. */
const MAX_NAMED = 5;

/** Whether the approvers file names keys that can sign. */
export function approversCheck({ config, proof }: Runtime): string | { readonly skipped: string } {
  const { approvers } = config.file;
  if (approvers === undefined)
    return {
      skipped: proof.mode === 'advisory' ? 'the policy says advisory' : 'none are configured: nobody can approve',
    };
  const file = path.resolve(config.folder, approvers);
  const { keys, bad } = readApproverLines(read(file));
  const named = bad.slice(0, MAX_NAMED).join(', ');
  if (bad.length > 0)
    throw unusable(`${file} has a line that is no allowed signer: line ${named}. Its keys may not count.`);
  if (keys === 0) throw unusable(`${file} names nobody, so nobody can approve.`);
  return `${file}, ${countOf(keys, 'key')}`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw unusable(`The approvers file ${file} cannot be read, so nobody can approve.`);
  }
}

function unusable(why: string): FixgateError {
  return new FixgateError('misconfigured', why, {
    fix: 'Write a line such as `ada@example.com ssh-ed25519 AAAA…` for each human, as ssh-keygen(1) describes under ALLOWED SIGNERS.',
  });
}
