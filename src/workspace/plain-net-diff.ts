import type { FileChange } from '#domain/remediation.ts';
import { plainDiff } from '#workspace/plain-diff.ts';
import type { TreeSource } from '#workspace/tree-edit.ts';
import { FOLDER_MODE, parseTree } from '#workspace/trees.ts';

/** Files that are compared here; more are left to git. */
const MAX_FILES = 50;
/** Git writes every other path in quotes, or with a tab behind it. */
const PLAIN_PATH = /^[!#-[\]-~]+$/;

interface Modified {
  readonly path: string;
  readonly mode: string;
  readonly before: string;
  readonly after: string;
}

interface Trees {
  readonly from: string;
  readonly to: string;
}

/** What lies between two trees, byte for byte as git says it, where nothing but texts changed and git could say it in one way only. */
export async function plainNetDiff(
  source: TreeSource,
  trees: Trees,
): Promise<{ readonly files: readonly FileChange[]; readonly diff: Buffer } | undefined> {
  const found: Modified[] = [];
  if (!(await findModified(source, { ...trees, path: '' }, found))) return undefined;
  const files: FileChange[] = [];
  const parts: string[] = [];
  for (const { path, mode, before, after } of found.toSorted((x, y) => (x.path < y.path ? -1 : 1))) {
    const { reader } = source;
    const plain = plainDiff(await reader.get(before, 'blob'), await reader.get(after, 'blob'));
    if (!plain) return undefined;
    files.push({ path, change: 'modify', added: plain.added, removed: plain.removed });
    const header = `diff --git a/${path} b/${path}\nindex ${before}..${after} ${mode}\n--- a/${path}\n+++ b/${path}\n`;
    parts.push(header, plain.hunks);
  }
  return { files, diff: Buffer.from(parts.join(''), 'latin1') };
}

/** Collects the files that differ; false where anything but the content of a regular file does. */
async function findModified(
  source: TreeSource,
  { from, to, path }: Trees & { readonly path: string },
  found: Modified[],
): Promise<boolean> {
  const [before, after] = await Promise.all(
    [from, to].map(async (tree) => parseTree(await source.reader.get(tree, 'tree'), source.objectFormat)),
  );
  if (!before || before.size !== after?.size) return false;
  for (const [name, entry] of after) {
    const old = before.get(name);
    if (old?.mode !== entry.mode) return false;
    if (old.oid === entry.oid) continue;
    const below = path === '' ? name : `${path}/${name}`;
    if (entry.mode === FOLDER_MODE) {
      if (!(await findModified(source, { from: old.oid, to: entry.oid, path: below }, found))) return false;
      continue;
    }
    const isFile = entry.mode === '100644' || entry.mode === '100755';
    if (!isFile || !PLAIN_PATH.test(below) || found.length >= MAX_FILES) return false;
    found.push({ path: below, mode: entry.mode, before: old.oid, after: entry.oid });
  }
  return true;
}
