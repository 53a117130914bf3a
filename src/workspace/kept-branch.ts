import type { Incident } from '#domain/incident.ts';
import type { CommitWords } from '#workspace/commit.ts';
import { hotfixBranch, writeCommit } from '#workspace/commit.ts';
import type { Git } from '#workspace/git.ts';
import type { TreeAt } from '#workspace/patched-trees.ts';

/** Where a human finds an incident's tree: a branch of the server's own clone, which is never pushed from here. */
export interface KeptBranch {
  /** The clone, absolute. */
  readonly clone: string;
  readonly branch: string;
  readonly ref: string;
  /** One commit on the base commit, with exactly the tree. */
  readonly commit: string;
}

/** Points the incident's branch of the clone at one commit of the tree on the base commit, unless it has that already. */
export async function keepBranch(
  { git, clone, tree }: TreeAt & { readonly git: Git },
  { id, repository: { baseCommit } }: Incident,
  words: CommitWords,
): Promise<KeptBranch> {
  const { gitDir } = clone;
  const branch = hotfixBranch(id);
  const ref = `refs/heads/${branch}`;
  const args = ['log', '--max-count=1', '--no-show-signature', '--format=%H %T %P', '--end-of-options', ref, '--'];
  const found = await git.run({ gitDir, args });
  const [standing = '', ...at] = found.stdout.toString().trim().split(' ');
  // A published commit of this tree is the one to continue from.
  if (found.exitCode === 0 && at.join(' ') === `${tree} ${baseCommit}`)
    return { clone: gitDir, branch, ref, commit: standing };
  const commit = await writeCommit({ git, clone }, { tree, parent: baseCommit }, words);
  await git.bytes({ gitDir, args: ['update-ref', '--no-deref', ref, commit] });
  return { clone: gitDir, branch, ref, commit };
}
