import { FixgateError } from '#domain/errors.ts';
import type { Permit } from '#policy/verdict.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import type { Clone } from '#workspace/repository.ts';

/** What a commit says beside its tree and parent. */
export interface CommitWords {
  readonly message: string;
  /** Milliseconds since the epoch; author and committer date. */
  readonly at: number;
  /** `Name <mail>`. */
  readonly identity: string;
}

/** Name and mail of the commits that the server makes, as `Name <mail>`. */
export const DEFAULT_IDENTITY = 'Fixgate <fixgate@localhost>';

/** The branch of an incident; the only ref that is ever pushed. */
export function hotfixBranch(incidentId: string): string {
  return `hotfix/${incidentId}`;
}

/** Throws `internal` unless the permit names the incident's own branch, and another one than the base. */
export function assertHotfixBranch({ action, incident }: Permit<'publish'>): void {
  const own = hotfixBranch(incident.id);
  const { baseBranch, baseCommit } = incident.repository;
  const isOwn = action.branch === own && own !== action.baseBranch && own !== baseBranch;
  if (isOwn && action.baseCommit === baseCommit) return;
  throw new FixgateError(
    'internal',
    `The branch ${excerpt(action.branch)} is not the one of incident ${incident.id}.`,
    {
      fix: 'Report this to the operator of the server.',
    },
  );
}

/** Commits the admitted tree on the base commit and points the incident's branch of the clone at it. */
export async function commitTree(
  { git, clone }: { readonly git: Git; readonly clone: Clone },
  permit: Permit<'publish'>,
  words: CommitWords,
): Promise<string> {
  assertHotfixBranch(permit);
  const { tree, baseCommit, branch } = permit.action;
  const commit = await writeCommit({ git, clone }, { tree, parent: baseCommit }, words);
  await git.bytes({ gitDir: clone.gitDir, args: ['update-ref', '--no-deref', `refs/heads/${branch}`, commit] });
  return commit;
}

/** Writes a commit that no ref leads to yet; the same input gives the same one. */
export async function writeCommit(
  { git, clone }: { readonly git: Git; readonly clone: Pick<Clone, 'gitDir'> },
  { tree, parent }: { readonly tree: string; readonly parent: string },
  words: CommitWords,
): Promise<string> {
  return await git.text({
    gitDir: clone.gitDir,
    args: ['commit-tree', tree, '-p', parent, '-F', '-'],
    input: `${words.message.replaceAll('\0', '').trimEnd()}\n`,
    env: toIdentity(words),
  });
}

function toIdentity({ identity, at }: CommitWords): Record<string, string> {
  const [, name = 'Fixgate', mail = 'fixgate@localhost'] = /^(.*?)\s*<([^<>]*)>$/.exec(identity) ?? [];
  const date = `@${Math.floor(at / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: mail,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: mail,
    GIT_COMMITTER_DATE: date,
  };
}
