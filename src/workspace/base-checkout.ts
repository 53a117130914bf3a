import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { removeTree } from '#workspace/copy-tree.ts';
import type { Git } from '#workspace/git.ts';
import { withLock } from '#workspace/lock.ts';
import type { Clone } from '#workspace/repository.ts';

/** Milliseconds to wait for another process that checks out the same commit. */
const LOCK_WAIT_MS = 300_000;

/** A `.git` that leads nowhere: tests must not reach the clone, and tools that look for one find it. */
const NOWHERE = 'gitdir: /nonexistent\n';

/** The files of a commit, checked out once and never changed; answers the folder. */
export async function baseCheckout(
  git: Git,
  { clone, commit }: { readonly clone: Clone; readonly commit: string },
  parent: string,
): Promise<string> {
  const folder = join(parent, clone.id, commit);
  if (await exists(folder)) return folder;
  const file = join(clone.gitDir, 'fixgate-locks', `checkout-${commit}`);
  await withLock({ file, what: `The checkout of ${commit.slice(0, 12)}`, waitMs: LOCK_WAIT_MS }, async () => {
    if (await exists(folder)) return;
    const temporary = `${folder}.tmp`;
    await removeTree(temporary);
    await mkdir(temporary, { recursive: true });
    const env = { GIT_INDEX_FILE: `${folder}.index` };
    const at = { gitDir: clone.gitDir, workTree: temporary, folder: temporary, env, timeoutMs: LOCK_WAIT_MS };
    await git.bytes({ ...at, args: ['read-tree', '--reset', '-u', '--no-recurse-submodules', commit] });
    await rm(`${folder}.index`, { force: true });
    await writeFile(join(temporary, '.git'), NOWHERE, { flag: 'wx' });
    await rename(temporary, folder);
  });
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
