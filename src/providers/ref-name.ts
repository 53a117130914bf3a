import { FixgateError } from '#domain/errors.ts';

/** Characters that revision names may have here; no option, range, reflog or search syntax. */
const REF = /^[A-Za-z0-9_][\w./+-]{0,254}(?:[~^]\d{0,5}){0,3}$/;
const FIX = 'Give a commit id, tag or branch as list_recent_deploys shows them.';

/** Refuses what is no name of a commit, tag or branch: the name comes from an agent. */
export function requireRefName(name: string): void {
  if (REF.test(name) && !name.includes('..')) return;
  throw new FixgateError(
    'invalid_input',
    `${JSON.stringify(name.slice(0, 200))} is no name of a commit, tag or branch.`,
    {
      fix: FIX,
    },
  );
}

/** No commit has this name. */
export function unknownRef(name: string): FixgateError {
  return new FixgateError(
    'not_found',
    `The repository has no commit, tag or branch ${JSON.stringify(name.slice(0, 200))}.`,
    {
      fix: FIX,
    },
  );
}
