import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { removeTree } from '#workspace/copy-tree.ts';

/** What the system says of each entry of a folder, by its path below it; the folder itself is `''`. */
export type Stamps = ReadonlyMap<string, string>;

/** Notes how a folder was left, so that a later look finds whatever was written there. */
export async function stampsOf(folder: string): Promise<Stamps> {
  const stamps = new Map<string, string>();
  await walk(folder, '', async (below, stamp) => {
    stamps.set(below, stamp);
    return true;
  });
  return stamps;
}

/** Removes whatever is not as its stamp says; true when everything was there and nothing else. */
export async function removeChanged(folder: string, known: Stamps): Promise<boolean> {
  let same = 0;
  let changed = false;
  try {
    await walk(folder, '', async (below, stamp) => {
      if (known.get(below) === stamp) same += 1;
      else {
        changed = true;
        await removeTree(join(folder, below));
        return false;
      }
      return true;
    });
  } catch {
    // Hostile names or permissions: what cannot be looked at cannot be kept.
    await removeTree(folder);
    return false;
  }
  return !changed && same === known.size;
}

/** Calls `visit` for each entry; goes into a folder where it answers true. Links are not followed. */
async function walk(
  root: string,
  below: string,
  visit: (below: string, stamp: string) => Promise<boolean>,
): Promise<void> {
  const path = join(root, below);
  const { ino, mode, size, ctimeNs } = await lstat(path, { bigint: true });
  const isFolder = (mode & 0o170000n) === 0o040000n;
  // Without privilege nobody sets the time of the last change. Of a folder that changes with its entries, which are looked at themselves.
  const stamp = isFolder ? `${ino} ${mode}` : `${ino} ${mode} ${size} ${ctimeNs}`;
  if (!(await visit(below, stamp)) || !isFolder) return;
  const names = await readdir(path);
  // All come to their end: none may still remove something when the folder is filled again.
  const walked = await Promise.allSettled(names.map(async (name) => await walk(root, join(below, name), visit)));
  const failed = walked.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
