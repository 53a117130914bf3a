import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Git } from '#workspace/git.ts';
import { toIndexRow, type ChangedEntry } from '#workspace/listing.ts';
import { plainFiles, writePlainFiles } from '#workspace/plain-files.ts';
import type { Clone } from '#workspace/repository.ts';
import { canOverlay, type Mounter, type Overlay } from '#workspace/sandbox-overlay.ts';

/** What lies in an overlay. */
export interface OverlayTree {
  readonly clone: Clone;
  /** Read-only folders, the first on top. */
  readonly lower: readonly string[];
  readonly tree: string;
  /** From the first of the folders to the tree. */
  readonly changes: readonly ChangedEntry[];
  /** Holds what is written; there is none yet. */
  readonly run: string;
  readonly target: string;
  /** When nothing is mounted there any more. */
  readonly free: Promise<void>;
}

/** Mounts a tree over what lies below it; false where the names of the folders forbid it. */
export async function mountTree(
  { git, mounter }: { readonly git: Git; readonly mounter: Mounter },
  wanted: OverlayTree,
): Promise<boolean> {
  const { clone, lower, tree, changes, run, target } = wanted;
  const overlay: Overlay = { lower, upper: join(run, 'upper'), work: join(run, 'work'), target };
  if (!canOverlay(overlay)) return false;
  await Promise.all(
    [overlay.upper, overlay.work, target].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
  );
  const plain = await plainFiles(clone, tree, changes);
  // Nobody looks at this folder yet: no link of the repository leads out of it.
  if (plain) await writePlainFiles(overlay.upper, plain);
  await wanted.free;
  await mounter.mount(overlay);
  if (plain) return true;
  try {
    for (const { path, after } of changes) if (!after) await removeFile(target, path);
    await writeFiles(git, { clone, target, index: join(run, 'index') }, changes);
    return true;
  } catch (error) {
    await mounter.unmount(target);
    throw error;
  }
}

/** A folder goes away with its last file, as in a checkout. */
async function removeFile(target: string, path: string): Promise<void> {
  await rm(join(target, path), { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      await rmdir(join(target, folder));
    } catch {
      return;
    }
  }
}

/** Through an index of these files alone: git writes them as in any checkout, by the attributes that lie in the tree. */
async function writeFiles(
  git: Git,
  { clone, target, index }: { readonly clone: Clone; readonly target: string; readonly index: string },
  changes: readonly ChangedEntry[],
): Promise<void> {
  const input = changes.flatMap(({ path, after }) => (after ? [toIndexRow(path, after)] : [])).join('');
  if (input === '') return;
  const call = { gitDir: clone.gitDir, workTree: target, folder: target, env: { GIT_INDEX_FILE: index } };
  await git.bytes({ ...call, args: ['update-index', '-z', '--index-info'], input });
  await git.bytes({ ...call, args: ['checkout-index', '--all', '--force', '--quiet'] });
}
