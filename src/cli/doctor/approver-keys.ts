import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

import { listedKeys } from '#approvals/approver-file.ts';
import type { UsableKeys } from '#approvals/usable-keys.ts';
import { findUsableKeys } from '#approvals/usable-keys.ts';
import type { Invocation } from '#cli/invocation.ts';

/** What a human does about a key that the account can use alone. */
export const KEEP_APART =
  'Give the key a passphrase and keep it out of the SSH agent, or add it with `ssh-add -c`; or sign with a hardware key, or under another account.';

/** The keys of an approvers file that whatever runs in this account can sign with. */
export async function approverKeys(
  approvers: string,
  { environment }: Pick<Invocation, 'environment'>,
): Promise<UsableKeys> {
  return await findUsableKeys({
    listed: listedKeys(read(approvers)),
    folder: path.join(homedir(), '.ssh'),
    agent: environment['SSH_AUTH_SOCK'] || undefined,
  });
}

/** A file that cannot be read proves nobody, which other checks tell. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
