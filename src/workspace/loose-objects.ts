import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants as fileConstants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ZlibOptions } from 'node:zlib';
import { constants, deflateSync, inflateSync } from 'node:zlib';

import type { NewObject } from '#workspace/tree-edit.ts';

/** An object is read again within milliseconds, and a hotfix has few files. */
const NOT_COMPRESSED: ZlibOptions = { level: constants.Z_NO_COMPRESSION, memLevel: 1, windowBits: 9 };
const READ_ONLY = 0o444;
const WRITABLE = 0o644;

/** The kinds of objects that are read. */
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** One object as it is stored. */
export interface GitObject {
  readonly oid: string;
  readonly type: ObjectType;
  readonly content: Buffer;
}

/**
 * Adds objects to an object folder, whatever stands in the place of their files. A power failure may take them: what must outlive it
 * is in the records. Synchronous, because each hop through the thread pool takes longer than the call it is made for.
 */
export function writeObjects(folder: string, objects: readonly NewObject[]): void {
  for (const object of objects) writeFileOf(folder, object, deflateSync(toBytes(object), NOT_COMPRESSED));
}

/** The same in the files of other objects, which go, as far as there are any. */
export function overwriteObjects(folder: string, others: readonly NewObject[], objects: readonly NewObject[]): void {
  // Out of the way first: an object may be among the others too.
  const spares = others.slice(0, objects.length).map(({ oid }, index) => {
    const spare = join(folder, `spare-${index}`);
    return moved(fileOf(folder, oid), spare) ? spare : undefined;
  });
  for (const [index, object] of objects.entries()) {
    const bytes = deflateSync(toBytes(object), NOT_COMPRESSED);
    const spare = spares[index];
    const isWritten = spare !== undefined && overwrite(spare, bytes) && moved(spare, fileOf(folder, object.oid));
    if (!isWritten) writeFileOf(folder, object, bytes, WRITABLE);
  }
}

/** Takes them away again; those that are gone are no error. */
export function removeObjects(folder: string, objects: readonly NewObject[]): void {
  for (const { oid } of objects) rmSync(fileOf(folder, oid), { force: true });
}

/** Bytes of an object that is read here, and of its file; larger ones are left to git. */
const MAX_READ_BYTES = 1024 * 1024;

/**
 * Reads an object from its own file: a question to git takes longer. Undefined where there is no such file, where it is large, or where
 * it is not as git writes it; whether the content is what the id says is for the caller to find out.
 */
export function readObject(folder: string, oid: string): GitObject | undefined {
  try {
    const bytes = inflateSync(readSmallFile(fileOf(folder, oid)), { maxOutputLength: MAX_READ_BYTES });
    const end = bytes.indexOf(0);
    const [type = '', size] = bytes.toString('latin1', 0, Math.max(end, 0)).split(' ');
    const content = bytes.subarray(end + 1);
    return Number(size) === content.length ? { oid, type: type as ObjectType, content } : undefined;
  } catch {
    // Most objects lie in packs. What else is wrong git says when it is asked.
    return undefined;
  }
}

/** Without a full sandbox, tests can put a link, a pipe or a file of any size there. */
function readSmallFile(file: string): Buffer {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fileConstants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile() || found.size > MAX_READ_BYTES) throw new TypeError('not a small file');
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function fileOf(folder: string, oid: string): string {
  return join(folder, oid.slice(0, 2), oid.slice(2));
}

/** Git's own collector knows this prefix and removes what a killed process left. */
function temporaryFile(file: string): string {
  return join(dirname(file), `tmp_obj_${randomUUID()}`);
}

/** The loose object format, before it is deflated. */
function toBytes({ type, content }: NewObject): Buffer {
  return Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
}

function writeFileOf(folder: string, { oid }: NewObject, bytes: Buffer, mode = READ_ONLY): void {
  const file = fileOf(folder, oid);
  const temporary = temporaryFile(file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, bytes, { mode, flag: 'wx' });
  renameSync(temporary, file);
}

/** False where there is none, or no folder for it yet. */
function moved(file: string, target: string): boolean {
  try {
    renameSync(file, target);
    return true;
  } catch {
    return false;
  }
}

/** Writes into a file that is there; false where it is anything but a file that has this name alone. */
function overwrite(file: string, bytes: Buffer): boolean {
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fileConstants;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    const found = fstatSync(descriptor);
    if (!found.isFile() || found.nlink !== 1) return false;
    writeFileSync(descriptor, bytes);
    if (found.size > bytes.length) ftruncateSync(descriptor, bytes.length);
    return true;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
