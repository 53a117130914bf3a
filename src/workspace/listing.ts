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

/** An entry as `git update-index -z --index-info` takes it. */
export function toIndexRow(path: string, { mode, oid }: TreeEntry): string {
  return `${mode} ${oid}\t${path}\0`;
}

/** What lies between two trees, one path a row. */
export interface ChangedEntry {
  readonly path: string;
  /** Undefined where the path goes away. */
  readonly after: TreeEntry | undefined;
}

/** Every path that differs from one commit or tree to another. */
export async function listChanges(
  git: Git,
  { gitDir }: ObjectStore,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly ChangedEntry[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', '--no-abbrev', from, to, '--'];
  const words = (await git.text({ gitDir, args })).split('\0');
  const changes: ChangedEntry[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [, mode = '', , oid = '', status] = (words[at] ?? '').split(' ');
    changes.push({ path: words[at + 1] ?? '', after: status === 'D' ? undefined : { mode, oid } });
  }
  return changes;
}
