import { FixgateError } from '#domain/errors.ts';
import type { FileWrite, GitMode } from '#domain/remediation.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { ObjectFormat, ObjectReader } from '#workspace/objects.ts';
import { hashObject } from '#workspace/objects.ts';
import { assertTreePath, foldName } from '#workspace/tree-path.ts';
import type { TreeEntry } from '#workspace/trees.ts';
import { FOLDER_MODE, parseTree, serializeTree, toGitMode, toTreeNames } from '#workspace/trees.ts';

/** An object that the edit made and the repository may not have yet. */
export interface NewObject {
  readonly oid: string;
  readonly type: 'blob' | 'tree';
  readonly content: Buffer;
}

/** The outcome of an edit; nothing is written anywhere. */
export interface EditedTree {
  readonly tree: string;
  readonly objects: readonly NewObject[];
  /** The writes with `before` as the old tree has it. */
  readonly writes: readonly FileWrite[];
}

/** Where trees are read from. */
export interface TreeSource {
  readonly reader: Pick<ObjectReader, 'get'>;
  readonly objectFormat: ObjectFormat;
}

/** A folder that was looked into; only these are written again. */
interface Folder {
  readonly entries: Map<string, TreeEntry>;
  readonly folders: Map<string, Folder>;
  changed: boolean;
}

/** Computes the tree that `writes` make of `root`, reading only the folders they touch. */
export async function editTree(source: TreeSource, root: string, writes: readonly FileWrite[]): Promise<EditedTree> {
  assertWrites(writes);
  const top = await openFolder(source, root);
  const settled: FileWrite[] = [];
  for (const write of writes) settled.push(withBefore(write, await findFile(source, top, write)));
  const objects: NewObject[] = [];
  // Removals go first, so that a folder may take the place of a file that the same patch removes.
  for (const write of settled.filter((write) => !write.after)) await removeFile(source, top, write.path);
  for (const write of settled) {
    if (!write.after) continue;
    const oid = hashObject(source.objectFormat, 'blob', write.after.content);
    objects.push({ oid, type: 'blob', content: write.after.content });
    await putFile(source, top, { path: write.path, mode: write.after.mode, oid });
  }
  return { tree: closeFolder(source, top, objects), objects, writes: settled };
}

function assertWrites(writes: readonly FileWrite[]): void {
  const seen = new Set<string>();
  for (const { path, after } of writes) {
    assertTreePath(path);
    if (seen.has(path)) throw refused(path, 'is written twice by the same patch', 'Merge both changes of the file.');
    seen.add(path);
    if (after) assertRegular(path, after.mode);
  }
}

function assertRegular(path: string, mode: GitMode): void {
  if (mode === '100644' || mode === '100755') return;
  const kind = mode === '120000' ? 'symbolic link' : 'submodule';
  throw refused(path, `is a ${kind}, and patches change regular files only`, `Leave the ${kind} to a human.`);
}

function withBefore(write: FileWrite, entry: TreeEntry | undefined): FileWrite {
  const { before: _claimed, ...rest } = write;
  if (!entry) {
    if (write.after) return rest;
    throw refused(write.path, 'does not exist, so it cannot be removed', 'Name a file of the current tree.');
  }
  if (entry.mode === FOLDER_MODE) {
    // A folder whose files the same patch removes is gone by the time the file is put there.
    if (write.after) return rest;
    throw refused(write.path, 'is a folder', 'Name the files in it one by one.');
  }
  const mode = toGitMode(entry.mode);
  assertRegular(write.path, mode);
  return { ...rest, before: { mode, oid: entry.oid } };
}

async function findFile(source: TreeSource, top: Folder, { path }: FileWrite): Promise<TreeEntry | undefined> {
  const names = toTreeNames(path);
  const last = names.pop() ?? '';
  let folder = top;
  for (const name of names) {
    const entry = folder.entries.get(name);
    if (!entry) return undefined;
    if (entry.mode !== FOLDER_MODE) {
      if (toGitMode(entry.mode).startsWith('100')) return undefined;
      throw refused(path, 'leads through a symbolic link or a submodule', 'Name the file by its real path.');
    }
    folder = await openChild(source, folder, name);
  }
  return folder.entries.get(last);
}

async function removeFile(source: TreeSource, top: Folder, path: string): Promise<void> {
  const names = toTreeNames(path);
  const last = names.pop() ?? '';
  let folder = top;
  const chain = [top];
  for (const name of names) chain.push((folder = await openChild(source, folder, name)));
  folder.entries.delete(last);
  for (const visited of chain) visited.changed = true;
  // Folders without files do not exist in git; leaving them would block a file of the same name.
  for (let depth = chain.length - 1; depth > 0 && chain[depth]?.entries.size === 0; depth -= 1) {
    const name = names[depth - 1] ?? '';
    chain[depth - 1]?.entries.delete(name);
    chain[depth - 1]?.folders.delete(name);
  }
}

async function putFile(
  source: TreeSource,
  top: Folder,
  file: { readonly path: string; readonly mode: GitMode; readonly oid: string },
): Promise<void> {
  const names = toTreeNames(file.path);
  const last = names.pop() ?? '';
  let folder = top;
  for (const name of names) {
    folder.changed = true;
    const entry = folder.entries.get(name);
    if (entry && entry.mode !== FOLDER_MODE) {
      throw refused(file.path, 'needs a folder where a file stands', 'Choose another path, or remove that file too.');
    }
    if (!entry) addName(folder, name, file.path);
    folder = await openChild(source, folder, name);
  }
  const entry = folder.entries.get(last);
  if (entry?.mode === FOLDER_MODE) {
    throw refused(file.path, 'is a folder already', 'Choose another path for the file.');
  }
  if (!entry) addName(folder, last, file.path);
  folder.entries.set(last, { mode: file.mode, oid: file.oid });
  folder.changed = true;
}

/** Makes room for a new name; a name that differs only in case would be the same file elsewhere, and pass protections. */
function addName(folder: Folder, name: string, path: string): void {
  const utf8 = (raw: string) => Buffer.from(raw, 'latin1').toString('utf8');
  const folded = foldName(utf8(name));
  for (const other of folder.entries.keys()) {
    if (foldName(utf8(other)) !== folded) continue;
    const spelling = excerpt(JSON.stringify(utf8(other)));
    throw refused(
      path,
      `differs from the existing ${spelling} only in case or Unicode form`,
      `Use the spelling ${spelling}.`,
    );
  }
  folder.entries.set(name, { mode: FOLDER_MODE, oid: '' });
  folder.folders.set(name, { entries: new Map(), folders: new Map(), changed: true });
}

async function openChild(source: TreeSource, folder: Folder, name: string): Promise<Folder> {
  const opened = folder.folders.get(name);
  if (opened) return opened;
  const child = await openFolder(source, folder.entries.get(name)?.oid ?? '');
  folder.folders.set(name, child);
  return child;
}

async function openFolder({ reader, objectFormat }: TreeSource, oid: string): Promise<Folder> {
  const entries = new Map(parseTree(await reader.get(oid, 'tree'), objectFormat));
  return { entries, folders: new Map(), changed: false };
}

function closeFolder(source: TreeSource, folder: Folder, objects: NewObject[]): string {
  for (const [name, child] of folder.folders) {
    if (!child.changed || folder.entries.get(name)?.mode !== FOLDER_MODE) continue;
    folder.entries.set(name, { mode: FOLDER_MODE, oid: closeFolder(source, child, objects) });
  }
  const content = serializeTree(folder.entries);
  const oid = hashObject(source.objectFormat, 'tree', content);
  objects.push({ oid, type: 'tree', content });
  return oid;
}

function refused(path: string, why: string, fix: string): FixgateError {
  return new FixgateError('invalid_input', `${excerpt(JSON.stringify(path))} ${why}.`, { fix });
}
