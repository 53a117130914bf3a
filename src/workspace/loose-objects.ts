import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { constants, deflateSync } from 'node:zlib';

import type { NewObject } from '#workspace/tree-edit.ts';

/**
 * Adds objects to an object folder, whatever stands in the place of their files. A power failure may take them: what must outlive it
 * is in the records. Synchronous, because each hop through the thread pool takes longer than the call it is made for.
 */
export function writeObjects(folder: string, objects: readonly NewObject[]): void {
  for (const object of objects) writeObject(folder, object);
}

/** The same for objects that may lie in another folder of the same file system, from where they are moved. */
export function moveObjects(from: string, to: string, objects: readonly NewObject[]): void {
  for (const object of objects) {
    const file = fileOf(to, object.oid);
    mkdirSync(dirname(file), { recursive: true });
    try {
      renameSync(fileOf(from, object.oid), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      writeObject(to, object);
    }
  }
}

/** Takes them away again; those that are gone are no error. */
export function removeObjects(folder: string, objects: readonly NewObject[]): void {
  for (const { oid } of objects) rmSync(fileOf(folder, oid), { force: true });
}

function fileOf(folder: string, oid: string): string {
  return join(folder, oid.slice(0, 2), oid.slice(2));
}

/** The loose object format: `<type> <size>\0<content>`, deflated, in a file named by the id. */
function writeObject(folder: string, { oid, type, content }: NewObject): void {
  const file = fileOf(folder, oid);
  // Git's own collector knows this prefix and removes what a killed process left.
  const temporary = join(dirname(file), `tmp_obj_${randomUUID()}`);
  // Not compressed: it is read again within milliseconds, and a hotfix has few files.
  const level = constants.Z_NO_COMPRESSION;
  const bytes = deflateSync(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]), { level });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, bytes, { mode: 0o444, flag: 'wx' });
  renameSync(temporary, file);
}
