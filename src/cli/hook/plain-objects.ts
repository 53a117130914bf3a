// Starting git takes longer than all the rest of a hook. The usual shape of a repository is read here: references in files,
// SHA-1, loose objects, and packs of version 2. Whatever is not exactly of this shape is left to git.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Inflate, PlainObject } from '#cli/hook/plain-pack.ts';
import { ID_BYTES, isType, MAX_BYTES, readPacked } from '#cli/hook/plain-pack.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { FixgateError } from '#domain/errors.ts';

/** What a commit has under a name at its top. */
export interface CommittedFile {
  /** Undefined where there is no such file. */
  readonly text: string | undefined;
}

/**
 * Reads a file at the top of a commit, an id or `HEAD`, without git; undefined where git has to look. Rejects where an object
 * is not what its id stands for: git believes such an object when it only reads, so it is not asked.
 */
export async function readPlainly(
  { own, shared }: Pick<Checkout, 'own' | 'shared'>,
  commit: string,
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): Promise<CommittedFile | undefined> {
  // Few calls need them, and they take long to load.
  const [{ inflateSync }, { hash }] = await Promise.all([import('node:zlib'), import('node:crypto')]);
  try {
    const id = commit === 'HEAD' ? headOf(own, shared) : commit;
    const objects = {
      folder: path.join(shared, 'objects'),
      inflate: inflateSync,
      sha1: (bytes: Buffer) => hash('sha1', bytes),
    };
    const head = contentOf(objects, id, 'commit')?.toString('latin1') ?? '';
    const tree = contentOf(objects, /^tree ([0-9a-f]{40})\n/.exec(head)?.[1], 'tree');
    const entry = tree && findEntry(tree, name);
    if (entry === 'absent') return { text: undefined };
    const content = contentOf(objects, entry, 'blob');
    return content && content.length <= maxBytes ? { text: content.toString('utf8') } : undefined;
  } catch (error) {
    if (error instanceof FixgateError) throw error;
    // Not there, cut short, or of a shape that only git knows.
    return undefined;
  }
}

/** Where origin's default branch may stand: what a clone notes, else the usual names. */
const ORIGIN = ['refs/remotes/origin/HEAD', 'refs/remotes/origin/main', 'refs/remotes/origin/master'];

/** The commits of origin's default branch, the likeliest first; a name in place of an id where git has to look. */
export function originCommits({ shared }: Pick<Checkout, 'shared'>): readonly string[] {
  if (existsSync(path.join(shared, 'reftable'))) return ORIGIN;
  try {
    const found = ORIGIN.flatMap((name) => {
      const text = referenceOf(shared, name);
      return text === undefined ? [] : [follow(text, shared) ?? name];
    });
    return [...new Set(found)];
  } catch {
    // A folder of branches, or nothing that this account may read.
    return ORIGIN;
  }
}

const IS_ID = /^[0-9a-f]{40}$/;
/** Other references may belong to one worktree alone, and unusual names are git's to judge. */
const BRANCH = /^ref: (refs\/(?:heads|remotes)(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+)$/;
/** References that only name others; git follows as many. */
const MAX_LINKS = 5;

/** The commit that is checked out; undefined where references are kept in another way than in files. */
function headOf(own: string, shared: string): string | undefined {
  return follow(readFileSync(path.join(own, 'HEAD'), 'latin1').trimEnd(), shared);
}

function follow(from: string, shared: string): string | undefined {
  let text: string | undefined = from;
  for (let links = 0; text !== undefined && links < MAX_LINKS; links++) {
    if (IS_ID.test(text)) return text;
    const name: string | undefined = BRANCH.exec(text)?.[1];
    text = name === undefined ? undefined : referenceOf(shared, name);
  }
  return undefined;
}

/** What a reference holds. */
function referenceOf(shared: string, name: string): string | undefined {
  return readIfThere(path.join(shared, name))?.trimEnd() ?? packed(shared, name);
}

function packed(shared: string, name: string): string | undefined {
  const lines = readIfThere(path.join(shared, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.slice(41) === name && line[40] === ' ')?.slice(0, 40);
}

function readIfThere(file: string): string | undefined {
  return readBytes(file)?.toString('latin1');
}

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The id of a regular file that a tree lists, or `absent`; undefined for a name of anything else. */
function findEntry(tree: Buffer, name: string): string | undefined {
  for (let at = 0; at < tree.length;) {
    const end = tree.indexOf(0, at);
    const next = end + 1 + ID_BYTES;
    if (end < 0 || next > tree.length) return undefined;
    const listed = tree.toString('utf8', at, end);
    const space = listed.indexOf(' ');
    if (listed.slice(space + 1) === name)
      return listed.startsWith('100') ? tree.toString('hex', end + 1, next) : undefined;
    at = next;
  }
  return 'absent';
}

interface Objects {
  readonly folder: string;
  readonly inflate: Inflate;
  /** SHA-1 in hexadecimal. */
  readonly sha1: (bytes: Buffer) => string;
}

/** The content that an id stands for; throws where other content lies under it, as whoever writes files can put it there. */
function contentOf(objects: Objects, id: string | undefined, type: PlainObject['type']): Buffer | undefined {
  if (id === undefined || !IS_ID.test(id)) return undefined;
  // Git too takes what a pack has before a file of its own.
  const found =
    readPacked(path.join(objects.folder, 'pack'), Buffer.from(id, 'hex'), objects.inflate) ?? readLoose(objects, id);
  if (found?.type !== type) return undefined;
  const named = Buffer.concat([Buffer.from(`${type} ${found.content.length}\0`), found.content]);
  if (objects.sha1(named) !== id) throw forged(id);
  return found.content;
}

function forged(id: string): FixgateError {
  return new FixgateError(
    'misconfigured',
    `The object ${id} of the repository holds something else than its id says.`,
    {
      fix: 'Ask the operator to run `git fsck`, and to clone the repository anew if it complains.',
    },
  );
}

/** One object in a file of its own (gitformat-loose). */
function readLoose({ folder, inflate }: Objects, id: string): PlainObject | undefined {
  const file = readBytes(path.join(folder, id.slice(0, 2), id.slice(2)));
  if (!file) return undefined;
  const whole = inflate(file, { maxOutputLength: MAX_BYTES });
  const end = whole.indexOf(0);
  const [type, size] = whole.toString('latin1', 0, end).split(' ');
  const content = whole.subarray(end + 1);
  if (!isType(type) || size !== String(content.length)) throw new Error('no plain object');
  return { type, content };
}
