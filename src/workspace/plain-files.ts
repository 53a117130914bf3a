import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { ChangedEntry } from '#workspace/listing.ts';
import type { Clone } from '#workspace/repository.ts';
import { FOLDER_MODE, parseTree, toTreeNames, type TreeEntry } from '#workspace/trees.ts';

/** A file that is written as it is stored. */
export interface PlainFile {
  readonly path: string;
  readonly mode: '100644' | '100755';
  readonly content: Buffer;
}

/**
 * The changed files of a tree where a checkout would write just their bytes; undefined where it would do more, which is left to git:
 * attributes in a folder around a file can ask for other line ends or another encoding, and links and submodules are no files.
 */
export async function plainFiles(
  clone: Clone,
  tree: string,
  changes: readonly ChangedEntry[],
): Promise<readonly PlainFile[] | undefined> {
  const files: PlainFile[] = [];
  for (const { path, after } of changes) {
    if (!after || (after.mode !== '100644' && after.mode !== '100755')) return undefined;
    if (await hasAttributes(clone, tree, path)) return undefined;
    files.push({ path, mode: after.mode, content: await clone.objects.get(after.oid, 'blob') });
  }
  return files;
}

/** Writes files into a folder that holds nothing else; modes are limited by the umask, as in a checkout. */
export async function writePlainFiles(folder: string, files: readonly PlainFile[]): Promise<void> {
  await Promise.all(
    files.map(async ({ path, mode, content }) => {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: mode === '100755' ? 0o777 : 0o666, flag: 'wx' });
    }),
  );
}

async function hasAttributes({ objects, objectFormat }: Clone, tree: string, path: string): Promise<boolean> {
  let folder: TreeEntry | undefined = { mode: FOLDER_MODE, oid: tree };
  for (const name of toTreeNames(path)) {
    if (folder?.mode !== FOLDER_MODE) return false;
    const entries = parseTree(await objects.get(folder.oid, 'tree'), objectFormat);
    if (entries.has('.gitattributes')) return true;
    folder = entries.get(name);
  }
  return false;
}
