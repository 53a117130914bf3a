import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';

import type { ObjectStore } from '#workspace/objects.ts';
import type { NewObject } from '#workspace/tree-edit.ts';

const compress = promisify<Buffer, { level: number }, Buffer>(deflate);

/** Begins the names of these folders inside a clone. */
export const QUARANTINE_PREFIX = 'fixgate-preview-';

/** A throw-away object folder that borrows from a clone. */
export interface Quarantine extends AsyncDisposable {
  /** Makes a git command see the clone's objects and the new ones. */
  readonly env: Readonly<Record<string, string>>;
}

/** Puts objects where git can read them without adding them to the clone: a preview leaves nothing behind. */
export async function createQuarantine(store: ObjectStore, objects: readonly NewObject[]): Promise<Quarantine> {
  const folder = await mkdtemp(join(store.gitDir, QUARANTINE_PREFIX));
  await Promise.all([borrow(folder, store), ...objects.map((object) => writeLoose(folder, object))]);
  return {
    env: { GIT_OBJECT_DIRECTORY: folder },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function borrow(folder: string, { gitDir }: ObjectStore): Promise<void> {
  await mkdir(join(folder, 'info'));
  await writeFile(join(folder, 'info', 'alternates'), `${join(gitDir, 'objects')}\n`);
}

/** The loose object format: `<type> <size>\0<content>`, deflated, named by its id; not compressed, since it is read once and thrown away. */
async function writeLoose(folder: string, { oid, type, content }: NewObject): Promise<void> {
  const bytes = await compress(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]), { level: 0 });
  await mkdir(join(folder, oid.slice(0, 2)), { recursive: true });
  await writeFile(join(folder, oid.slice(0, 2), oid.slice(2)), bytes);
}
