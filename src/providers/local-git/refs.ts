import { FixgateError } from '#domain/errors.ts';

import type { NotedRequests } from '../noted-requests.ts';
import { requireRefName, unknownRef } from '../ref-name.ts';
import { readGit } from './read-git.ts';

const MAX_OID_BYTES = 1_024;

/** Where a branch may be found in a server-owned clone, in a checkout, or in the remotes of a copied checkout. */
export const BRANCH_SPACES = ['refs/remotes/origin/', 'refs/heads/', 'refs/upstream/origin/'] as const;

/** Where names are read. */
export interface RefScope {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Where the commands are remembered. */
  readonly noted?: NotedRequests | undefined;
}

/** The full id of the commit that a name given by an agent stands for; throws `not_found`. */
export async function resolveCommit(name: string, scope: RefScope): Promise<string> {
  requireRefName(name);
  const candidates = /^[0-9a-f]{4,64}$/.test(name)
    ? [name, `refs/tags/${name}`]
    : [
        `refs/tags/${name}`,
        ...BRANCH_SPACES.map((space) => `${space}${name}`),
        ...(name.startsWith('HEAD') ? [name] : []),
      ];
  for (const candidate of candidates) {
    const commit = await findCommit(candidate, scope);
    if (commit !== undefined) return commit;
  }
  throw unknownRef(name);
}

/** The commit of a full ref name or id, if there is one. */
export async function findCommit(name: string, scope: RefScope): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  try {
    const { text } = await readGit({ ...scope, args, maxBytes: MAX_OID_BYTES });
    return /^[0-9a-f]{40,64}$/.exec(text.trim())?.[0];
  } catch (error) {
    // An abbreviated id that fits several objects makes git complain; for the caller it is unknown.
    if (error instanceof FixgateError && error.message.includes('ambiguous')) return undefined;
    throw error;
  }
}
