import { readFileSync } from 'node:fs';
import path from 'node:path';

import { readApproverLines } from '#approvals/approver-file.ts';
import { approverKeys, KEEP_APART } from '#cli/doctor/approver-keys.ts';
import { approverLimits } from '#cli/doctor/approver-limits.ts';
import type { Warning } from '#cli/doctor/run-checks.ts';
import type { Invocation } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { countOf } from '#domain/count-of.ts';
import { FixgateError } from '#domain/errors.ts';

/** Lines that one message names. */
const MAX_NAMED = 5;

/** Whether the approvers file names keys that can sign, and no key that signs for whatever runs here. */
export async function approversCheck(
  { config, proof, clock }: Runtime,
  invocation: Pick<Invocation, 'environment'>,
): Promise<string | Warning | { readonly skipped: string }> {
  const { approvers } = config.file;
  if (approvers === undefined)
    return {
      skipped: proof.mode === 'advisory' ? 'the policy says advisory' : 'none are configured: nobody can approve',
    };
  const file = path.resolve(config.folder, approvers);
  if (proof.mode === 'none' && proof.why !== undefined) throw unusable(`Nobody can approve: ${proof.why}.`);
  const text = read(file);
  const { keys, bad } = readApproverLines(text);
  const named = bad.slice(0, MAX_NAMED).join(', ');
  if (bad.length > 0)
    throw unusable(`${file} has a line that is no allowed signer: line ${named}. Its keys may not count.`);
  if (keys === 0) throw unusable(`${file} names nobody, so nobody can approve.`);
  const { usable, unseen } = await approverKeys(file, invocation);
  const found = [`${file}, ${countOf(keys, 'key')}`, ...unseen].join('; ');
  const limits = approverLimits(text, clock.now());
  if (usable.length + limits.length === 0) return found;
  const open = usable.length > 0 ? [`whatever runs in this account signs as an approver: ${usable.join('; ')}`] : [];
  return {
    warning: [found, ...limits.slice(0, MAX_NAMED), ...open].join('; '),
    fix: [...(limits.length > 0 ? [MEND_LINE] : []), ...(open.length > 0 ? [KEEP_APART] : [])].join(' '),
  };
}

const MEND_LINE =
  'Where that is not meant, list the key without the option, or for the namespace fixgate-approval, or take the line away.';

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
