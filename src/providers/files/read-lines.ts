import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';

/** Bytes of one line that are kept; the rest is counted and dropped, so that memory stays constant. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line without its line end. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Bytes read since the line before, after decompression. */
  readonly bytes: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Streams the lines of a file in chunks, gzip or not (told by its first bytes). A file that holds NUL bytes is no text and throws. */
export async function* readLines(path: string, signal: AbortSignal): AsyncGenerator<readonly Line[]> {
  const splitter = createSplitter();
  for await (const chunk of readBytes(path, signal)) yield splitter.push(chunk);
  yield splitter.end();
}

async function* readBytes(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: CHUNK_BYTES, signal });
  const chunks = file[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const rest = (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
  let checked = false;
  for await (const chunk of isGzip ? gunzip(rest) : rest) {
    if (!checked && chunk.subarray(0, 4_096).includes(0)) throw new Error('it is not a text file');
    checked = true;
    yield chunk;
  }
}

/** A file cut short, as by a crash, still gives what it holds. */
function gunzip(compressed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(compressed, createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH }), () => {
    // The error reaches whoever iterates.
  });
}

interface Splitter {
  push(chunk: Buffer): readonly Line[];
  end(): readonly Line[];
}

function createSplitter(): Splitter {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let lineBytes = 0;
  let number = 0;

  const keep = (part: Buffer) => {
    lineBytes += part.length;
    const room = MAX_LINE_BYTES - keptBytes;
    if (room <= 0 || part.length === 0) return;
    kept.push(part.subarray(0, room));
    keptBytes += Math.min(room, part.length);
  };
  const finish = (ended: boolean): Line => {
    const line = { text: toText(Buffer.concat(kept), lineBytes), number: ++number, bytes: lineBytes + Number(ended) };
    kept = [];
    keptBytes = 0;
    lineBytes = 0;
    return line;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        keep(chunk.subarray(start, end));
        lines.push(finish(true));
        start = end + 1;
      }
      keep(chunk.subarray(start));
      return lines;
    },
    end: () => (lineBytes > 0 ? [finish(false)] : []),
  };
}

/** Invalid UTF-8 becomes U+FFFD; a byte order mark goes away. */
function toText(bytes: Buffer, lineBytes: number): string {
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  const text = bytes.toString('utf8', 0, end).replace(/^\uFEFF/, '');
  const dropped = lineBytes - bytes.length;
  return dropped > 0 ? `${text}…(+${dropped} bytes)` : text;
}
