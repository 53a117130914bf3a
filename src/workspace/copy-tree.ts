import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises';
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

/** Copies what is not there yet, with real copies (shared blocks where the file system can), never hard links; links are not followed. */
export async function copyTree(copy: TreeCopy): Promise<void> {
  let files = 0;
  const copyFolder = async (from: string, to: string): Promise<void> => {
    await mkdir(to, { recursive: true });
    const there = new Set(await readdir(to));
    const entries = await readdir(from, { withFileTypes: true });
    files += entries.length;
    if (files > MAX_FILES) throw tooMany(copy.from);
    await Promise.all(
      entries.map(async (entry) => {
        const [source, target] = [join(from, entry.name), join(to, entry.name)];
        if (entry.isDirectory()) await copyFolder(source, target);
        else if (there.has(entry.name)) return;
        else if (entry.isSymbolicLink()) await symlink(toLink(copy.relink, await readlink(source)), target);
        else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      }),
    );
  };
  await copyFolder(copy.from, copy.to);
}

/** Deletes a folder or file, also a folder that a test run made hard to delete; what is not there is no error. */
export async function removeTree(path: string): Promise<void> {
  if (await isRealFolder(path)) await removeFolders(Buffer.from(path));
  else await rm(path, { force: true });
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

/** Bytes of a path from which on a folder is moved up; the kernel takes 4,095, and each part of a path takes time. */
const LONG_PATH = 512;

/**
 * Level by level, by bytes: without permissions, nested deeper than a path can say, with names that are no text.
 * Not `rm`, which goes on in the background after its first error and would meet what the folder holds next.
 */
async function removeFolders(root: Buffer): Promise<void> {
  const emptied: Buffer[][] = [];
  for (let level = [root]; level.length > 0;) {
    const found = await Promise.all(level.map(async (folder) => await there(emptyFolder(root, folder))));
    const folders = found.filter((each) => each !== undefined);
    emptied.push(folders.map(({ at }) => at));
    level = folders.flatMap(({ below: inner }) => inner);
  }
  for (const level of emptied.toReversed()) await Promise.all(level.map(async (folder) => await there(rmdir(folder))));
}

/** Deletes what is no folder in one folder, whose path is made short first. */
async function emptyFolder(root: Buffer, folder: Buffer): Promise<{ at: Buffer; below: Buffer[] }> {
  await chmod(folder, 0o700);
  const at = folder.length > LONG_PATH ? below(root, Buffer.from(randomUUID())) : folder;
  if (at !== folder) await rename(folder, at);
  const entries = await readdir(at, { withFileTypes: true, encoding: 'buffer' });
  const others = entries.filter((entry) => !entry.isDirectory());
  await Promise.all(others.map(async ({ name }) => await there(unlink(below(at, name)))));
  const folders = entries.filter((entry) => entry.isDirectory());
  return { at, below: folders.map(({ name }) => below(at, name)) };
}

/** Undefined where another process deleted it first. */
async function there<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function below(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
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
