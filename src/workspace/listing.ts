import type { Git } from '#workspace/git.ts';
import type { ObjectStore } from '#workspace/objects.ts';
import type { TreeEntry } from '#workspace/trees.ts';

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
