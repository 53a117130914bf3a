import type { Git } from '#workspace/git.ts';
import type { ObjectReader, ObjectStore } from '#workspace/objects.ts';
import type { TreeEntries, TreeEntry } from '#workspace/trees.ts';
import { FOLDER_MODE, parseTree, toGitMode } from '#workspace/trees.ts';

/** Every entry of a tree that is no folder, by path. */
export async function listTree(
  git: Git,
  { gitDir }: ObjectStore,
  tree: string,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const listed = await git.text({ gitDir, args: ['ls-tree', '-r', '-z', '--full-tree', tree] });
  const entries = new Map<string, TreeEntry>();
  for (const row of listed.split('\0')) {
    const tab = row.indexOf('\t');
    const [mode = '', , oid = ''] = row.slice(0, Math.max(tab, 0)).split(' ');
    if (tab > 0) entries.set(row.slice(tab + 1), { mode, oid });
  }
  return entries;
}

/** An entry as `git update-index -z --index-info` takes it. */
export function toIndexRow(path: string, { mode, oid }: TreeEntry): string {
  return `${mode} ${oid}\t${path}\0`;
}

/** Where trees are read. */
type TreeSource = Pick<ObjectStore, 'objectFormat'> & { readonly objects: ObjectReader };

/** What lies between two trees, one path a row. */
export interface ChangedEntry {
  readonly path: string;
  /** Undefined where the path goes away. */
  readonly after: TreeEntry | undefined;
}

/** Every path that differs from one tree to another; only folders that differ are read. */
export async function listChanges(
  store: TreeSource,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly ChangedEntry[]> {
  const changes: ChangedEntry[] = [];
  const entriesOf = async (oid: string | undefined) =>
    oid === undefined ? noEntries : parseTree(await store.objects.get(oid, 'tree'), store.objectFormat);
  const compare = async (folder: string, before: string | undefined, after: string | undefined): Promise<void> => {
    const [was, is] = [await entriesOf(before), await entriesOf(after)];
    for (const name of new Set([...was.keys(), ...is.keys()])) {
      const [old, now] = [was.get(name), is.get(name)];
      if (old?.oid === now?.oid && old?.mode === now?.mode) continue;
      const path = `${folder}${Buffer.from(name, 'latin1').toString('utf8')}`;
      const [oldFolder, newFolder] = [folderIn(old), folderIn(now)];
      if (now && newFolder === undefined) changes.push({ path, after: { ...now, mode: toGitMode(now.mode) } });
      else if (old && oldFolder === undefined) changes.push({ path, after: undefined });
      if (oldFolder !== undefined || newFolder !== undefined) await compare(`${path}/`, oldFolder, newFolder);
    }
  };
  if (from !== to) await compare('', from, to);
  return changes;
}

const noEntries: TreeEntries = new Map();

function folderIn(entry: TreeEntry | undefined): string | undefined {
  return entry?.mode === FOLDER_MODE ? entry.oid : undefined;
}
