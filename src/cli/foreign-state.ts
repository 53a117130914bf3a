import { accessSync, constants, statSync } from 'node:fs';

import { FixgateError } from '#domain/errors.ts';

/**
 * What to say of a state folder that another account keeps to itself; undefined where this account may use it, or where none
 * is yet. Threat: records that cannot be read must not look like no records.
 */
export function foreignState(folder: string): FixgateError | undefined {
  if (!isBarred(folder)) return undefined;
  return new FixgateError(
    'misconfigured',
    `The records in ${folder} belong to another account${ownerOf(folder)}, and this one may not use them. Nothing was done.`,
    {
      fix: 'Run the command under the account of the server; leave FIXGATE_STATE_DIR and FIXGATE_INCIDENT unset where an agent runs under an account of its own.',
    },
  );
}

/** Throws what `foreignState` says. */
export function refuseForeignState(folder: string): void {
  const problem = foreignState(folder);
  if (problem) throw problem;
}

function isBarred(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function ownerOf(folder: string): string {
  try {
    const owner = statSync(folder).uid;
    return owner === process.getuid?.() ? '' : ` (uid ${owner})`;
  } catch {
    return '';
  }
}
