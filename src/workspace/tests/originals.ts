import { lstat, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

import { removeTree } from '#workspace/copy-tree.ts';

/** Bytes of one test file that are put back. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A file of the base commit. */
interface Original {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** Reads plain files of a tree; links and larger files are left out. */
export async function readOriginals(root: string, paths: readonly string[]): Promise<readonly Original[]> {
  const read = async (path: string): Promise<readonly Original[]> => {
    const stat = await lstat(join(root, path)).catch(() => undefined);
    if (!stat?.isFile() || stat.size > MAX_BYTES || !(await isInside(root, path))) return [];
    return [{ path, content: await readFile(join(root, path)), mode: stat.mode & 0o777 }];
  };
  return (await Promise.all(paths.map(read))).flat();
}

/** Puts files in the place of what is there; never through a link that leads out, and never into a file that others share. */
export async function writeInside(root: string, files: readonly Original[]): Promise<void> {
  for (const { path, content, mode } of files) {
    if (!(await isInside(root, path))) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await removeTree(join(root, path));
    await writeFile(join(root, path), content, { flag: 'wx', mode });
  }
}

/** Whether the nearest folder of the path that exists lies inside the root, links resolved. */
async function isInside(root: string, path: string): Promise<boolean> {
  const base = await realpath(root);
  for (let folder = dirname(join(base, path)); folder.startsWith(base); folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return real === base || real.startsWith(base + sep);
    // A link to nowhere is no folder that could be made.
    if (await lstat(folder).catch(() => undefined)) return false;
  }
  return false;
}
