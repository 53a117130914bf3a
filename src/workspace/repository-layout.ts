import type { Clone } from '#workspace/repository.ts';
import type { TreeEntries } from '#workspace/trees.ts';
import { FOLDER_MODE, parseTree, toTreeNames } from '#workspace/trees.ts';

/** Names by which git takes a folder for a repository, as file systems that ignore case find them. */
const LAYOUT: ReadonlyMap<string, string> = new Map(
  ['HEAD', 'objects', 'refs', 'commondir', 'config'].map((name) => [name.toLowerCase(), name]),
);

/** Which of `HEAD`, `objects`, `refs`, `commondir` and `config` a tree has beside or above paths, as paths in their usual case. */
export async function layoutAround(
  { objects, objectFormat }: Pick<Clone, 'objects' | 'objectFormat'>,
  tree: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  const read = async (oid: string): Promise<TreeEntries> => parseTree(await objects.get(oid, 'tree'), objectFormat);
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1);
    let entries = await read(tree);
    for (const [depth, name] of toTreeNames(path).slice(0, -1).entries()) {
      const entry = entries.get(name);
      if (entry?.mode !== FOLDER_MODE) break;
      entries = await read(entry.oid);
      const folder = folders.slice(0, depth + 1).join('/');
      for (const each of entries.keys()) {
        const usual = LAYOUT.get(each.toLowerCase());
        if (usual) found.add(`${folder}/${usual}`);
      }
    }
  }
  return [...found];
}
