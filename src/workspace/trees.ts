import type { GitMode } from '#domain/remediation.ts';
import type { ObjectFormat, ObjectReader } from '#workspace/objects.ts';
import { hashObject } from '#workspace/objects.ts';

/** Mode of a folder in a tree object. */
export const FOLDER_MODE = '40000';

/** One row of a tree object; the mode is kept as it is stored, since old repositories hold unusual ones. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

/** Rows by name. Names are bytes, held as latin1 text, so that names that are not UTF-8 survive. */
export type TreeEntries = ReadonlyMap<string, TreeEntry>;

/** Id of the tree without entries. */
export function emptyTree(format: ObjectFormat): string {
  return hashObject(format, 'tree', Buffer.alloc(0));
}

/** Components of a UTF-8 path as tree names. */
export function toTreeNames(path: string): string[] {
  return path.split('/').map((name) => Buffer.from(name, 'utf8').toString('latin1'));
}

/** A call looks into the same few trees many times; what is kept of objects is shared, and goes with them. */
const parsed = new WeakMap<Buffer, TreeEntries>();

/** Reads a tree object; its content must not change from then on. */
export function parseTree(content: Buffer, format: ObjectFormat): TreeEntries {
  const known = parsed.get(content);
  if (known) return known;
  const entries = entriesOf(content, format);
  parsed.set(content, entries);
  return entries;
}

function entriesOf(content: Buffer, format: ObjectFormat): TreeEntries {
  const idBytes = format === 'sha1' ? 20 : 32;
  const entries = new Map<string, TreeEntry>();
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(0x20, start);
    const nul = content.indexOf(0, space);
    if (space < 0 || nul < 0) throw new TypeError('malformed tree object');
    const mode = content.toString('latin1', start, space);
    const oid = content.toString('hex', nul + 1, nul + 1 + idBytes);
    entries.set(content.toString('latin1', space + 1, nul), { mode, oid });
    start = nul + 1 + idBytes;
  }
  return entries;
}

/** Writes a tree object; git sorts a folder as if its name ended in `/`. */
export function serializeTree(entries: TreeEntries): Buffer {
  const sortKey = (name: string, mode: string) => (mode === FOLDER_MODE ? `${name}/` : name);
  const rows = [...entries]
    .map(([name, entry]) => ({ name, entry, key: sortKey(name, entry.mode) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const sizeOf = (name: string, { mode, oid }: TreeEntry) => mode.length + name.length + 2 + oid.length / 2;
  const content = Buffer.alloc(rows.reduce((sum, { name, entry }) => sum + sizeOf(name, entry), 0));
  let at = 0;
  for (const { name, entry } of rows) {
    at += content.write(`${entry.mode} ${name}\0`, at, 'latin1');
    at += content.write(entry.oid, at, 'hex');
  }
  return content;
}

/** The kind of an entry that is no folder; unusual modes of old repositories count as what git makes of them. */
export function toGitMode(mode: string): GitMode {
  if (mode === '120000' || mode === '160000') return mode;
  return Number.parseInt(mode, 8) & 0o100 ? '100755' : '100644';
}

/** The entry at a path; undefined when there is none or when a component of the path is no folder. */
export async function findEntry(
  reader: ObjectReader,
  format: ObjectFormat,
  at: { readonly tree: string; readonly path: string },
): Promise<TreeEntry | undefined> {
  let entry: TreeEntry = { mode: FOLDER_MODE, oid: at.tree };
  for (const name of toTreeNames(at.path)) {
    if (entry.mode !== FOLDER_MODE) return undefined;
    const found = parseTree(await reader.get(entry.oid, 'tree'), format).get(name);
    if (!found) return undefined;
    entry = found;
  }
  return entry;
}
