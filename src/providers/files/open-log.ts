import { constants as modes } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';

import type { FoundFile } from './find-files.ts';
import { keyOf } from './find-files.ts';

/** Part of a file in bytes: `start` included, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A log file that is held open, so that it may be renamed or removed while it is read. */
export interface OpenLog extends AsyncDisposable {
  /** Bytes when it was opened; what is written later belongs to a later read. */
  readonly size: number;
  /** `plain` files can be read from any place on. */
  readonly form: 'plain' | 'gzip' | 'zstd';
  /** Written by `journalctl -o export`. */
  readonly journal: boolean;
  /** Chunks of a part, of the unpacked text from its beginning when packed. A chunk is valid until the next one is asked for. */
  chunks(range: Range): AsyncGenerator<Buffer>;
}

/** Small, so that what was read is mostly gone before the next part comes: large ones cost memory and time. */
const CHUNK_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;
const HEAD_BYTES = 4_096;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const JOURNAL = Buffer.from('__CURSOR=');
/** What is no text holds more zero bytes than this share. */
const MAX_ZERO_SHARE = 0.1;

/** Opens a regular file without waiting for a writer; throws when another file took its place, or when it is no text. */
export async function openLog(file: FoundFile): Promise<OpenLog> {
  const handle = await open(file.path, modes.O_RDONLY | modes.O_NONBLOCK);
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new Error('it is not a regular file');
    if (keyOf(info) !== file.key) throw new RotatedError('another file took its place');
    return await describe(handle, info.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Another file stands at the path than the one that was listed. */
export class RotatedError extends Error {}

async function describe(handle: FileHandle, size: number): Promise<OpenLog> {
  const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
  await handle.read(head, 0, head.length, 0);
  const form = startsWith(head, GZIP) ? 'gzip' : startsWith(head, ZSTD) ? 'zstd' : 'plain';
  const first = form === 'plain' ? head : await firstOf(unpack(readChunks(handle, { start: 0, end: size }), form));
  refuseBinary(first);
  return {
    size,
    form,
    journal: startsWith(first, JOURNAL),
    async *chunks(range) {
      if (form === 'plain') yield* readChunks(handle, range);
      else yield* unpack(readChunks(handle, { start: 0, end: size }), form);
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function firstOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  try {
    for await (const chunk of chunks) return chunk.subarray(0, HEAD_BYTES);
  } catch {
    // Whoever reads it to the end is told.
  }
  return Buffer.alloc(0);
}

/** Zero bytes at the beginning are what is left where a file was truncated below a writer that does not append. */
function refuseBinary(head: Buffer): void {
  if (!head.includes(0)) return;
  const text = head.subarray(
    Math.max(
      0,
      head.findIndex((byte) => byte !== 0),
    ),
  );
  const zeros = text.reduce((sum, byte) => sum + Number(byte === 0), 0);
  if (zeros < text.length && zeros > text.length * MAX_ZERO_SHARE) throw new Error('it is not a text file');
}

async function* readChunks(handle: FileHandle, { start, end }: Range): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.min(READ_BYTES, end - start));
  let [spare, filling] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  const fill = (buffer: Buffer, at: number) => handle.read(buffer, 0, Math.min(size, end - at), at);
  let pending = fill(filling, start);
  try {
    for (let at = start; at < end;) {
      const { bytesRead } = await pending;
      if (bytesRead === 0) throw new Error('it was truncated while it was read');
      at += bytesRead;
      [spare, filling] = [filling, spare];
      // The next part is read while this one is looked at.
      pending = at < end ? fill(filling, at) : pending;
      for (let from = 0; from < bytesRead; from += CHUNK_BYTES)
        yield spare.subarray(from, Math.min(bytesRead, from + CHUNK_BYTES));
    }
  } finally {
    // The file must not be closed below it.
    await pending.catch(() => undefined);
  }
}

/** A file cut short, as by a crash, still gives what it holds. */
function unpack(packed: AsyncIterable<Buffer>, form: 'gzip' | 'zstd'): AsyncIterable<Buffer> {
  const tool =
    form === 'gzip'
      ? createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
      : createZstdDecompress({ chunkSize: CHUNK_BYTES, finishFlush: constants.ZSTD_e_flush });
  // Copied, because the tool may keep a chunk while the next one is read.
  return pipeline(Readable.from(copies(packed), { objectMode: true, highWaterMark: 2 }), tool, () => {
    // The error reaches whoever iterates.
  });
}

async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}
