import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';

import { FixgateError } from '#domain/errors.ts';

/** Files of one copy; more are no dependencies but something else. */
const MAX_FILES = 500_000;

/** What is copied where. */
export interface TreeCopy {
  readonly from: string;
  readonly to: string;
  /** Absolute links into `from` of this pair lead to the same place in `to` afterwards. */
  readonly relink: { readonly from: string; readonly to: string };
}

/** Copies a folder with real copies (shared blocks where the file system can), never hard links; links are not followed. */
export async function copyTree(copy: TreeCopy): Promise<void> {
  let files = 0;
  const copyFolder = async (from: string, to: string): Promise<void> => {
    await mkdir(to, { recursive: true });
    const entries = await readdir(from, { withFileTypes: true });
    files += entries.length;
    if (files > MAX_FILES) throw tooMany(copy.from);
    await Promise.all(
      entries.map(async (entry) => {
        const [source, target] = [join(from, entry.name), join(to, entry.name)];
        if (entry.isDirectory()) await copyFolder(source, target);
        else if (entry.isSymbolicLink()) await symlink(toLink(copy.relink, await readlink(source)), target);
        else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      }),
    );
  };
  await copyFolder(copy.from, copy.to);
}

/** Deletes a folder, also one whose permissions a test run took away. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await unlock(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** True for a real folder; false for a link to one. */
export async function isRealFolder(path: string): Promise<boolean> {
  return await lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** True when `path` is `folder` or lies in it; both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

async function unlock(folder: string): Promise<void> {
  if (!(await isRealFolder(folder))) return;
  await chmod(folder, 0o700);
  for (const name of await readdir(folder)) await unlock(join(folder, name));
}

function toLink(relink: TreeCopy['relink'], target: string): string {
  if (!isAbsolute(target) || !isInside(relink.from, resolve(target))) return target;
  return join(relink.to, relative(relink.from, resolve(target)));
}

function tooMany(folder: string): FixgateError {
  return new FixgateError('invalid_input', `${folder} holds more than ${MAX_FILES} files.`, {
    fix: 'Install only the dependencies that the tests need.',
  });
}
