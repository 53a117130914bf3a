import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Conversation } from '#workspace/conversation.ts';
import { createConversation } from '#workspace/conversation.ts';
import type { Git } from '#workspace/git.ts';
import type { GitObject, ObjectType } from '#workspace/loose-objects.ts';
import { readObject, writeObjects } from '#workspace/loose-objects.ts';
import type { NewObject } from '#workspace/tree-edit.ts';

/** Bytes of one object that are read into memory. */
export const MAX_OBJECT_BYTES = 32 * 1024 * 1024;
/** Bytes of all objects that are kept in memory, and of the largest one. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MAX_KEPT_OBJECT_BYTES = 1024 * 1024;
/** Milliseconds after which kept objects are written, when nobody asked for them before. */
const WRITE_AFTER_MS = 20;

/** How a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';

/** A server-owned clone. */
export interface ObjectStore {
  readonly gitDir: string;
  readonly objectFormat: ObjectFormat;
}

/**
 * Reads objects by their full id, small ones from files of their own, all others through one `git cat-file --batch` process; what was
 * read lately is kept in memory.
 */
export interface ObjectReader extends AsyncDisposable {
  /** Undefined when the store has no such object, or holds something else under its id. */
  find(oid: string): Promise<GitObject | undefined>;
  /** Full id of the only commit whose id begins with `prefix`, 7 to 64 hex digits, or that the tag object of this id names. */
  findCommit(prefix: string): Promise<string | undefined>;
  /** Throws `internal` when the object is missing or of another type. */
  get(oid: string, type: ObjectType): Promise<Buffer>;
  /** Keeps objects that were just made and hashed, and writes them into the store soon: whoever made them need not wait for it. */
  keep(objects: readonly NewObject[]): void;
  /** Writes what waits: other programs find in the store what was kept, as far as it could be written. */
  written(): Promise<void>;
  /** Whether it is in the store now, or waits to be written, whatever is kept in memory: other programs may delete objects. */
  has(oid: string): Promise<boolean>;
}

/** Id that git gives to an object. */
export function hashObject(format: ObjectFormat, type: ObjectType, content: Uint8Array): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** True for a full object id of either format. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Opens a reader; its process starts with the first request and again when it was ended. */
export function createObjectReader(git: Git, { gitDir, objectFormat }: ObjectStore): ObjectReader {
  const conversation = createConversation(() => git.start({ gitDir, args: ['cat-file', '--batch'] }));
  const kept = createKeptObjects();
  const folder = join(gitDir, 'objects');
  const waiting = new Map<string, NewObject>();
  let timer: NodeJS.Timeout | undefined;
  const writeWaiting = () => {
    clearTimeout(timer);
    const objects = [...waiting.values()];
    waiting.clear();
    try {
      writeObjects(folder, objects);
    } catch {
      // What cannot be written is found missing by whoever looks for it.
    }
  };

  // Without a full sandbox, tests can write into the clone: an object is what its id says, or it is none.
  const ifGenuine = (oid: string, object: GitObject | undefined) =>
    object && hashObject(objectFormat, object.type, object.content) === oid ? object : undefined;

  const read = async (oid: string): Promise<GitObject | undefined> => {
    // Names other than ids would let a caller address revisions, or smuggle a second request.
    if (!isObjectId(oid)) throw new TypeError(`not an object id: ${oid.slice(0, 80)}`);
    if (waiting.has(oid)) writeWaiting();
    const object = ifGenuine(oid, readObject(folder, oid)) ?? ifGenuine(oid, await request(conversation, oid));
    // It may be a part of something larger that was read with it.
    if (object && !kept.find(oid)) kept.add({ ...object, content: Buffer.from(object.content) });
    return object;
  };
  const find = async (oid: string) => kept.find(oid) ?? (await read(oid));

  return {
    find,
    async get(oid, type) {
      const object = await find(oid);
      if (object?.type === type) return object.content;
      throw new FixgateError(
        'internal',
        `The ${type} ${oid} is ${object ? `a ${object.type}` : 'missing'} in the clone.`,
        {
          fix: 'Report this to the operator of the server.',
        },
      );
    },
    async findCommit(prefix) {
      if (!/^[0-9a-f]{7,64}$/.test(prefix)) return undefined;
      return (await request(conversation, `${prefix}^{commit}`))?.oid;
    },
    keep(objects) {
      for (const object of objects) {
        kept.add(object);
        waiting.set(object.oid, object);
      }
      clearTimeout(timer);
      timer = setTimeout(writeWaiting, WRITE_AFTER_MS).unref();
    },
    async written() {
      if (waiting.size > 0) writeWaiting();
    },
    has: async (oid) => waiting.has(oid) || (await read(oid)) !== undefined,
    async [Symbol.asyncDispose]() {
      writeWaiting();
      await conversation[Symbol.asyncDispose]();
    },
  };
}

function request(conversation: Conversation, name: string): Promise<GitObject | undefined> {
  return conversation.ask(`${name}\n`, async (answer) => {
    const [found = '', type = '', size] = (await answer.line()).split(' ');
    // `NAME missing`, or `NAME ambiguous`.
    if (size === undefined) return undefined;
    if (Number(size) > MAX_OBJECT_BYTES) throw tooLarge(found, Number(size));
    const content = await answer.take(Number(size) + 1);
    return { oid: found, type: type as ObjectType, content: content.subarray(0, -1) };
  });
}

/** The objects that were used last; they never change, so that only memory limits how long they are kept. */
function createKeptObjects() {
  const objects = new Map<string, GitObject>();
  let bytes = 0;
  return {
    find(oid: string): GitObject | undefined {
      const object = objects.get(oid);
      if (!object) return undefined;
      // A Map lists its keys in the order they were added.
      objects.delete(oid);
      objects.set(oid, object);
      return object;
    },
    /** The content must have its memory for itself. */
    add(object: GitObject): void {
      const size = object.content.length;
      if (size > MAX_KEPT_OBJECT_BYTES || objects.has(object.oid)) return;
      objects.set(object.oid, object);
      bytes += size;
      for (const [oid, { content }] of objects) {
        if (bytes <= MAX_KEPT_BYTES) return;
        objects.delete(oid);
        bytes -= content.length;
      }
    },
  };
}

/** The tree of a commit, read from the commit object. */
export async function treeOfCommit(reader: ObjectReader, commit: string): Promise<string> {
  const [, tree] = /^tree ([0-9a-f]+)\n/.exec((await reader.get(commit, 'commit')).toString('latin1')) ?? [];
  if (tree === undefined) throw new TypeError(`commit ${commit} has no tree`);
  return tree;
}

function tooLarge(oid: string, size: number): FixgateError {
  return new FixgateError(
    'invalid_input',
    `Object ${oid} has ${size} bytes; at most ${MAX_OBJECT_BYTES} bytes are read.`,
    {
      fix: 'Leave this file as it is and change a smaller one.',
    },
  );
}
