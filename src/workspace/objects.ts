import { createHash } from 'node:crypto';

import { FixgateError } from '#domain/errors.ts';
import type { Git, GitSession } from '#workspace/git.ts';

/** Bytes of one object that are read into memory. */
export const MAX_OBJECT_BYTES = 32 * 1024 * 1024;

/** How a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';

/** A server-owned clone. */
export interface ObjectStore {
  readonly gitDir: string;
  readonly objectFormat: ObjectFormat;
}

/** The kinds of objects that are read. */
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** One object as it is stored. */
export interface GitObject {
  readonly oid: string;
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** Reads objects by their full id through one `git cat-file --batch` process. */
export interface ObjectReader extends AsyncDisposable {
  /** Undefined when the store has no such object. */
  find(oid: string): Promise<GitObject | undefined>;
  /** Throws `internal` when the object is missing or of another type. */
  get(oid: string, type: ObjectType): Promise<Buffer>;
}

/** Id that git gives to an object. */
export function hashObject(format: ObjectFormat, type: ObjectType, content: Uint8Array): string {
  return createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** True for a full object id of either format. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Opens a reader; requests are answered in order. The process starts with the first one. */
export function createObjectReader(git: Git, { gitDir }: ObjectStore): ObjectReader {
  let started: { readonly session: GitSession; readonly source: ByteSource } | undefined;
  const start = () => {
    const session = git.start({ gitDir, args: ['cat-file', '--batch'] });
    return { session, source: createByteSource(session) };
  };
  let queue: Promise<unknown> = Promise.resolve();

  const request = async (oid: string): Promise<GitObject | undefined> => {
    started ??= start();
    const { session, source } = started;
    session.stdin.write(`${oid}\n`);
    const [found = '', type = '', size = ''] = (await source.line()).split(' ');
    if (type === 'missing') return undefined;
    if (Number(size) > MAX_OBJECT_BYTES) throw tooLarge(oid, Number(size));
    const content = await source.take(Number(size) + 1);
    return { oid: found, type: type as ObjectType, content: content.subarray(0, -1) };
  };

  const find = (oid: string) => {
    // Names other than ids would let a caller address revisions, or smuggle a second request.
    if (!isObjectId(oid)) throw new TypeError(`not an object id: ${oid.slice(0, 80)}`);
    const answer = queue.then(() => request(oid));
    queue = answer.catch(() => undefined);
    return answer;
  };

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
    async [Symbol.asyncDispose]() {
      await started?.session[Symbol.asyncDispose]();
    },
  };
}

/** The tree of a commit, read from the commit object. */
export async function treeOfCommit(reader: ObjectReader, commit: string): Promise<string> {
  const [, tree] = /^tree ([0-9a-f]+)\n/.exec((await reader.get(commit, 'commit')).toString('latin1')) ?? [];
  if (tree === undefined) throw new TypeError(`commit ${commit} has no tree`);
  return tree;
}

interface ByteSource {
  line(): Promise<string>;
  take(count: number): Promise<Buffer>;
}

/** Cuts the output of a session into lines and counted runs of bytes. */
function createByteSource(session: GitSession): ByteSource {
  const chunks = session.stdout[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async () => {
    const { done, value } = await chunks.next();
    if (done === true) throw new TypeError('git cat-file ended early');
    return Buffer.from(value);
  };

  const take = async (count: number): Promise<Buffer> => {
    const parts = [rest];
    let length = rest.length;
    while (length < count) {
      const chunk = await more();
      parts.push(chunk);
      length += chunk.length;
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts, length);
    rest = all.subarray(count);
    return all.subarray(0, count);
  };

  return {
    take,
    async line(): Promise<string> {
      let end = rest.indexOf(10);
      while (end < 0) {
        rest = Buffer.concat([rest, await more()]);
        end = rest.indexOf(10);
      }
      return (await take(end + 1)).toString('latin1').slice(0, -1);
    },
  };
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
