import { closeSync, openSync, readSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { readVarint } from '#cli/hook/tracked.ts';

/** Bytes of an object that are read: a tree of many files is larger than the one file that is sought. */
export const MAX_BYTES = 2 * 1_048_576;
/** Bytes of the id of an object (SHA-1). */
export const ID_BYTES = 20;
/** Packs that are looked through. */
const MAX_PACKS = 64;
/** Deltas that lie upon each other; git packs 50 unless it is told otherwise. */
const MAX_DELTAS = 64;

/** `inflateSync` of node:zlib. */
export type Inflate = (packed: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

const TYPES = ['commit', 'tree', 'blob'] as const;

/** An object of the kinds that lead to a file. */
export interface PlainObject {
  readonly type: (typeof TYPES)[number];
  readonly content: Buffer;
}

/** Tells these kinds from tags and from whatever else is written. */
export function isType(text: string | undefined): text is PlainObject['type'] {
  return TYPES.some((type) => type === text);
}

/** Looks an object up in every pack of a folder (gitformat-pack, version 2); throws for what is not of this shape. */
export function readPacked(folder: string, id: Buffer, inflate: Inflate): PlainObject | undefined {
  const indices = readdirSync(folder).filter((name) => name.endsWith('.idx'));
  if (indices.length > MAX_PACKS) throw notPlain();
  for (const index of indices) {
    const locate = (each: Buffer) => withFile(path.join(folder, index), (file) => offsetOf(file, each));
    const offset = locate(id);
    if (offset === undefined) continue;
    return withFile(path.join(folder, index.replace(/idx$/, 'pack')), (file) => {
      if (read(file, 0, 8).toString('hex') !== PACK_2) throw notPlain();
      return readEntry({ file, locate, inflate }, offset, 0);
    });
  }
  return undefined;
}

const PACK_2 = '5041434b00000002';
const INDEX_2 = 'ff744f6300000002';
/** Bytes of an index before its ids: what it is, and how many ids start with each byte or a lower one. */
const INDEX_HEAD = 8 + 256 * 4;

/** Where a pack has an object, as the pack's index says. */
function offsetOf(index: number, id: Buffer): number | undefined {
  const head = read(index, 0, INDEX_HEAD);
  if (head.toString('hex', 0, 8) !== INDEX_2) throw notPlain();
  const first = id.readUInt8(0);
  const start = first === 0 ? 0 : head.readUInt32BE(8 + (first - 1) * 4);
  const ids = read(index, INDEX_HEAD + start * ID_BYTES, (head.readUInt32BE(8 + first * 4) - start) * ID_BYTES);
  let at = 0;
  while (at < ids.length && ids.compare(id, 0, ID_BYTES, at, at + ID_BYTES) !== 0) at += ID_BYTES;
  if (at === ids.length) return undefined;
  const total = head.readUInt32BE(INDEX_HEAD - 4);
  const offsets = INDEX_HEAD + total * (ID_BYTES + 4);
  const offset = read(index, offsets + (start + at / ID_BYTES) * 4, 4).readUInt32BE();
  // Packs of more than 2 GiB have the offsets beyond it in a table of their own.
  if (offset < 0x8000_0000) return offset;
  return Number(read(index, offsets + total * 4 + (offset - 0x8000_0000) * 8, 8).readBigUInt64BE());
}

interface Pack {
  readonly file: number;
  /** Where the same pack has another object. */
  readonly locate: (id: Buffer) => number | undefined;
  readonly inflate: Inflate;
}

/** Kinds of entries, by the number that they are written with. */
const KINDS: Readonly<Record<number, PlainObject['type']>> = { 1: 'commit', 2: 'tree', 3: 'blob' };
const OFFSET_DELTA = 6;
const NAMED_DELTA = 7;

function readEntry(pack: Pack, offset: number, depth: number): PlainObject {
  const head = read(pack.file, offset, 32);
  const kind = (head.readUInt8(0) >> 4) & 7;
  const { value: size, next } = readSize(head, 0, 4);
  if (depth > MAX_DELTAS) throw notPlain();
  const type = KINDS[kind];
  if (type !== undefined) return { type, content: inflateAt(pack, offset + next, size) };
  if (kind !== OFFSET_DELTA && kind !== NAMED_DELTA) throw notPlain();
  const back = kind === OFFSET_DELTA ? readVarint(head, next) : undefined;
  const base = back ? offset - back.value : pack.locate(head.subarray(next, next + ID_BYTES));
  if (base === undefined || base <= 0 || base === offset) throw notPlain();
  const found = readEntry(pack, base, depth + 1);
  const delta = inflateAt(pack, offset + (back?.next ?? next + ID_BYTES), size);
  return { type: found.type, content: applyDelta(found.content, delta) };
}

/** A size of seven bits a byte, lowest first; the first byte may have fewer. */
function readSize(bytes: Buffer, from: number, firstBits = 7): { readonly value: number; readonly next: number } {
  let next = from;
  let byte = bytes.readUInt8(next++);
  let value = byte & (2 ** firstBits - 1);
  for (let factor = 2 ** firstBits; (byte & 128) !== 0; factor *= 128) {
    byte = bytes.readUInt8(next++);
    value += (byte & 127) * factor;
  }
  if (value > MAX_BYTES) throw notPlain();
  return { value, next };
}

/** Makes an object out of parts of its base and of new bytes. */
function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const from = readSize(delta, 0);
  const to = readSize(delta, from.next);
  const parts: Buffer[] = [];
  let left = to.value;
  for (let at = to.next; at < delta.length;) {
    const order = delta.readUInt8(at++);
    const { part, next } =
      order < 128 ? { part: delta.subarray(at, at + order), next: at + order } : copied(base, delta, at);
    left -= part.length;
    if (left < 0 || part.length === 0) throw notPlain();
    parts.push(part);
    at = next;
  }
  const whole = Buffer.concat(parts);
  if (base.length !== from.value || whole.length !== to.value) throw notPlain();
  return whole;
}

/** The part of the base that an order names: seven bits of it say which bytes of an offset (four) and a size (three) follow. */
function copied(base: Buffer, delta: Buffer, from: number): { readonly part: Buffer; readonly next: number } {
  const order = delta.readUInt8(from - 1);
  let next = from;
  const bytes = [0, 1, 2, 3, 4, 5, 6].map((bit) => (((order >> bit) & 1) === 1 ? delta.readUInt8(next++) : 0));
  const start = Buffer.from(bytes.slice(0, 4)).readUInt32LE();
  const size = Buffer.from(bytes.slice(4)).readUIntLE(0, 3);
  return { part: base.subarray(start, start + (size === 0 ? 0x1_0000 : size)), next };
}

/** How much longer than its content something may be that was meant to be shorter (zlib.h, `compressBound`). */
const compressBound = (size: number) => size + Math.ceil(size / 1_000) + 64;

function inflateAt({ file, inflate }: Pack, offset: number, size: number): Buffer {
  const content = inflate(read(file, offset, compressBound(size)), { maxOutputLength: Math.max(size, 1) });
  if (content.length !== size) throw notPlain();
  return content;
}

/** Fewer bytes than asked for only at the end of the file. */
function read(file: number, offset: number, length: number): Buffer {
  if (length > 4 * MAX_BYTES) throw notPlain();
  const bytes = Buffer.alloc(length);
  let done = 0;
  for (let more = -1; more !== 0 && done < length; done += more)
    more = readSync(file, bytes, done, length - done, offset + done);
  return bytes.subarray(0, done);
}

function withFile<T>(file: string, work: (file: number) => T): T {
  const opened = openSync(file, 'r');
  try {
    return work(opened);
  } finally {
    closeSync(opened);
  }
}

function notPlain(): Error {
  return new Error('not of the plain shape');
}
