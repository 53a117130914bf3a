import type { Line, LineBatch } from './line.ts';
import { MAX_LINE_BYTES } from './line.ts';
import type { OpenLog } from './open-log.ts';

const NEWLINE = 0x0a;
const EQUALS = 0x3d;
/** Bytes that say how long a binary value is. */
const LENGTH_BYTES = 8;
/** Bytes of one entry; journald itself takes no more than 768 MiB, and none of that is a log line. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

interface Reader {
  /** Bytes that are no whole entry yet. */
  rest: Buffer;
  /** Where `rest` begins in the file. */
  at: number;
}

/** Streams the entries of `journalctl -o export`, each as the JSON line that `journalctl -o json` would print. */
export async function* toJournalLines(log: OpenLog, signal: AbortSignal): AsyncGenerator<LineBatch> {
  const reader: Reader = { rest: Buffer.alloc(0), at: 0 };
  for await (const chunk of log.chunks({ start: 0, end: log.size })) {
    signal.throwIfAborted();
    reader.rest = Buffer.concat([reader.rest, chunk]);
    yield { lines: takeEntries(reader), bytes: chunk.length };
    if (reader.rest.length > MAX_ENTRY_BYTES) throw new Error('an entry of the journal is larger than 64 MiB');
  }
  // What a crash cut off ends without its empty line.
  reader.rest = Buffer.concat([reader.rest, Buffer.from('\n\n')]);
  yield { lines: takeEntries(reader), bytes: 0 };
}

function takeEntries(reader: Reader): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (;;) {
    const entry = readEntry(reader.rest, start);
    if (entry === undefined) break;
    if (Object.keys(entry.fields).length > 0)
      lines.push({ text: JSON.stringify(entry.fields), number: reader.at + start });
    start = entry.end;
  }
  reader.rest = reader.rest.subarray(start);
  reader.at += start;
  return lines;
}

interface Entry {
  readonly fields: Record<string, string>;
  readonly end: number;
}

/** Undefined while the entry is not whole. */
function readEntry(bytes: Buffer, start: number): Entry | undefined {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let at = start; ;) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end === -1) return undefined;
    if (end === at) return { fields, end: at + 1 };
    const equals = bytes.subarray(at, end).indexOf(EQUALS);
    if (equals !== -1) {
      fields[bytes.toString('latin1', at, at + equals)] = toValue(bytes.subarray(at + equals + 1, end));
      at = end + 1;
      continue;
    }
    const value = end + 1 + LENGTH_BYTES;
    if (value > bytes.length) return undefined;
    const length = Number(bytes.readBigUInt64LE(end + 1));
    if (value + length + 1 > bytes.length) return undefined;
    fields[bytes.toString('latin1', at, end)] = toValue(bytes.subarray(value, value + length));
    at = value + length + 1;
  }
}

function toValue(bytes: Buffer): string {
  return bytes.toString('utf8', 0, MAX_LINE_BYTES);
}
