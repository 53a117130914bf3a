import { createHash } from 'node:crypto';

import type { FileChange } from '#domain/remediation.ts';
import { unquotePath } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import type { ObjectStore } from '#workspace/objects.ts';
import { emptyTree } from '#workspace/trees.ts';

/** Every choice that changes the text is fixed here: the same net change has the same hash on every machine. */
const CANONICAL = (
  '--no-ext-diff --no-textconv --no-color --no-renames --full-index --no-abbrev --src-prefix=a/ --dst-prefix=b/ ' +
  '--unified=3 --inter-hunk-context=0 --diff-algorithm=myers --indent-heuristic --submodule=short --ignore-submodules=none'
).split(' ');

/** What lies between two trees. */
export interface NetDiff {
  readonly files: readonly FileChange[];
  /** Canonical unified diff; untrusted. */
  readonly diff: Buffer;
  /** `sha256:` and the hex digest of `diff`. */
  readonly diffHash: string;
}

/** Which trees to compare, and where git finds them. */
export interface NetDiffRequest {
  readonly store: ObjectStore;
  readonly from: string;
  readonly to: string;
  /** Such as the variables of a quarantine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Lines of a blob, for binary files, where git counts none. */
  countLines(oid: string): Promise<number>;
}

/** Computes changes, diff and hash in one git command. */
export async function netDiff(git: Git, { store, from, to, env, countLines }: NetDiffRequest): Promise<NetDiff> {
  if (from === to) return toNetDiff([], Buffer.alloc(0));
  const output = await git.bytes({
    gitDir: store.gitDir,
    // Attributes of the repository would choose drivers, and with them the text; the empty tree has none.
    env: { ...env, GIT_ATTR_SOURCE: emptyTree(store.objectFormat) },
    args: ['diff-tree', '-r', '--raw', '--numstat', '--patch', ...CANONICAL, from, to, '--'],
  });
  const { rows, diff } = splitOutput(output);
  const files: FileChange[] = [];
  for (const row of rows) files.push(await toFileChange(row, countLines));
  return toNetDiff(files, diff);
}

interface Row {
  readonly raw: string;
  readonly numbers: string;
}

/** Raw rows, as many rows of numbers, an empty line, the patch. */
function splitOutput(output: Buffer): { readonly rows: readonly Row[]; readonly diff: Buffer } {
  const raw: string[] = [];
  let start = 0;
  const nextLine = () => {
    const end = output.indexOf(10, start);
    const line = output.toString('utf8', start, end);
    start = end + 1;
    return line;
  };
  while (output[start] === 0x3a) raw.push(nextLine());
  const rows = raw.map((line) => ({ raw: line, numbers: nextLine() }));
  nextLine();
  return { rows, diff: output.subarray(start) };
}

async function toFileChange(row: Row, countLines: (oid: string) => Promise<number>): Promise<FileChange> {
  const [, , before = '', after = '', status = ''] = row.raw.slice(0, row.raw.indexOf('\t')).split(' ');
  const path = unquotePath(row.raw.slice(row.raw.indexOf('\t') + 1));
  const change = status === 'A' ? 'add' : status === 'D' ? 'delete' : 'modify';
  const [added = '', removed = ''] = row.numbers.split('\t');
  if (added !== '-') return { path, change, added: Number(added), removed: Number(removed) };
  return {
    path,
    change,
    added: status === 'D' ? 0 : await countLines(after),
    removed: status === 'A' ? 0 : await countLines(before),
  };
}

function toNetDiff(files: readonly FileChange[], diff: Buffer): NetDiff {
  return { files, diff, diffHash: `sha256:${createHash('sha256').update(diff).digest('hex')}` };
}

/** Lines of a content; a last line without an end counts. */
export function lineCount(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) count += 1;
  return content.length > 0 && content.at(-1) !== 10 ? count + 1 : count;
}
