import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

import { minimatch } from 'minimatch';

/** A file to read. */
export interface FoundFile {
  readonly path: string;
  /** Milliseconds since the epoch of the last write. */
  readonly modifiedAt: number;
  /** Bytes. */
  readonly size: number;
  /** Device and inode, which stay the same when the file is renamed. */
  readonly key: string;
}

/** Files by path, and what could not be looked at. */
export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly warnings: readonly string[];
  /** Paths at which there is nothing: a slip, or a file that is yet to be written. */
  readonly unmatched: readonly string[];
}

/** How files are chosen. */
export interface FindOptions {
  /** Which names count inside folders; files named outright and by glob always count. */
  readonly accept: (name: string) => boolean;
  /** A file named outright brings its rotated siblings: `app.log.1`, `app.log.2.gz`, `app-2025-11-03.log`. */
  readonly rotated: boolean;
  /** Not where a repository commits the files: it may commit a link to any file of the machine, or to its own secrets. */
  readonly followLinks: boolean;
}

/** Folder entries looked at per read, so that a path such as `/` ends. */
const MAX_ENTRIES = 100_000;

/** Lists what the operator's paths name: files, folders (with all below them) and globs. Each file counts once. */
export async function findFiles(paths: readonly string[], options: FindOptions): Promise<FoundFiles> {
  const search: Search = { options, found: new Map(), folders: new Set(), warnings: [], entries: 0, hits: 0 };
  const unmatched: string[] = [];
  for (const path of paths) {
    const { hits } = search;
    await findOne(search, resolve(path));
    if (search.hits === hits) unmatched.push(path);
  }
  if (search.entries > MAX_ENTRIES)
    search.warnings.push(`Only the first ${MAX_ENTRIES} folder entries were looked at.`);
  const files = withoutCopies([...search.found.values()]).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { files, warnings: search.warnings, unmatched };
}

/** While a file is packed both it and its packed copy are there; one whose original was written later is another log. */
function withoutCopies(files: readonly FoundFile[]): readonly FoundFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return files.filter(({ path, modifiedAt }) => {
    const original = PACKED.test(path) ? byPath.get(path.replace(PACKED, '')) : undefined;
    return original === undefined || original.modifiedAt > modifiedAt;
  });
}

const PACKED = /\.(?:gz|zst)$/;

/** The identity of a file, whatever its name. */
export function keyOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

interface Search {
  readonly options: FindOptions;
  /** By device and inode, so that `current.log -> app.log` is read once. */
  readonly found: Map<string, FoundFile>;
  readonly folders: Set<string>;
  readonly warnings: string[];
  entries: number;
  /** Files found, each as often as a path leads to it. */
  hits: number;
}

async function findOne(search: Search, path: string): Promise<void> {
  const info = await look(search, path);
  if (info?.isDirectory() === true) return walk(search, path, search.options.accept);
  if (info?.isFile() === true) addFile(search, path, info);
  else if (info !== undefined) search.warnings.push(`${path} was not read: it is neither a file nor a folder.`);
  else if (/[*?[{]/.test(path)) return walk(search, globBase(path), (_, full) => minimatch(full, path));
  if (search.options.rotated) await addRotated(search, path);
}

async function walk(search: Search, folder: string, accept: (name: string, path: string) => boolean): Promise<void> {
  const info = await look(search, folder);
  const key = info && keyOf(info);
  if (info?.isDirectory() !== true || key === undefined || search.folders.has(key)) return;
  search.folders.add(key);
  for (const name of await list(search, folder)) {
    if (++search.entries > MAX_ENTRIES) break;
    const path = join(folder, name);
    const entry = name.startsWith('.') ? undefined : await look(search, path);
    if (entry?.isDirectory() === true) await walk(search, path, accept);
    else if (entry?.isFile() === true && accept(name, path)) addFile(search, path, entry);
  }
  // Another path may want the same folder with another filter.
  search.folders.delete(key);
}

async function addRotated(search: Search, path: string): Promise<void> {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const mark = String.raw`[.-]\d[\d.T_-]*`;
  const sibling = new RegExp(
    `^(?:${escapeRegExp(name)}(?:${mark})?|${escapeRegExp(stem)}${mark}${escapeRegExp(extension)})(?:\\.(?:gz|zst))?$`,
  );
  for (const entry of await list(search, dirname(path))) {
    const info = entry !== name && sibling.test(entry) ? await look(search, join(dirname(path), entry)) : undefined;
    if (info?.isFile() === true) addFile(search, join(dirname(path), entry), info);
  }
}

function addFile(search: Search, path: string, info: Stats): void {
  const key = keyOf(info);
  search.hits++;
  if (!search.found.has(key)) search.found.set(key, { path, modifiedAt: info.mtimeMs, size: info.size, key });
}

/** The folder that a glob's matches all lie in; the path itself when it is none. */
export function globBase(glob: string): string {
  const parts = glob.split(sep);
  const magic = parts.findIndex((part) => /[*?[{]/.test(part));
  return parts.slice(0, magic).join(sep) || sep;
}

async function look(search: Search, path: string): Promise<Stats | undefined> {
  try {
    const info = search.options.followLinks ? await stat(path) : await lstat(path);
    if (!info.isSymbolicLink()) return info;
    search.warnings.push(`${path} was not read: it is a link.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') search.warnings.push(`${path} cannot be looked at (${code}).`);
  }
  return undefined;
}

async function list(search: Search, folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
      search.warnings.push(`${folder} cannot be listed (${error.code}).`);
    return [];
  });
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
