import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Bytes of an entry of the index before its name (gitformat-index), with SHA-1 names of objects. */
const FIXED = 62;

/** The names of the files that an index holds; undefined where it cannot be read off. */
export function trackedFiles(gitFolder: string): readonly string[] | undefined {
  try {
    // A split index has most names in another file.
    if (readdirSync(gitFolder).some((name) => name.startsWith('sharedindex.'))) return undefined;
    return readIndex(readFileSync(path.join(gitFolder, 'index')));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined;
  }
}

function readIndex(index: Buffer): readonly string[] | undefined {
  const version = index.readUInt32BE(4);
  if (index.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return undefined;
  const names: string[] = [];
  let at = 12;
  let last = Buffer.alloc(0);
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    let start = at + FIXED + ((index.readUInt16BE(at + FIXED - 2) & 0x4000) === 0 ? 0 : 2);
    let kept = 0;
    if (version === 4) {
      const cut = readVarint(index, start);
      start = cut.next;
      kept = last.length - cut.value;
    }
    const end = index.indexOf(0, start);
    if (end < 0 || kept < 0) return undefined;
    last = Buffer.concat([last.subarray(0, kept), index.subarray(start, end)]);
    names.push(last.toString('utf8'));
    // Entries are padded to eight bytes with at least one zero, but for those of version 4.
    at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
  }
  return names;
}

/** The offset encoding of git: seven bits a byte, the first byte highest. */
export function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly next: number } {
  let next = from;
  let byte = bytes.readUInt8(next++);
  let value = byte & 127;
  while ((byte & 128) !== 0) {
    byte = bytes.readUInt8(next++);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, next };
}
