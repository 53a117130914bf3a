import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, utimesSync } from 'node:fs';

import type { Clock } from '#domain/clock.ts';
import type { FileChange } from '#domain/remediation.ts';
import { createConversation } from '#workspace/conversation.ts';
import { unquotePath } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import { lineCount, returnsWithin } from '#workspace/line-ends.ts';
import { overwriteObjects, removeObjects } from '#workspace/loose-objects.ts';
import type { ObjectReader, ObjectStore } from '#workspace/objects.ts';
import { plainNetDiff } from '#workspace/plain-net-diff.ts';
import type { NewObject } from '#workspace/tree-edit.ts';
import { emptyTree } from '#workspace/trees.ts';

/** Between the name of a clone and that of a process: a folder beside the clone that holds what is only looked at. */
export const PREVIEW_SUFFIX = '.preview-';

/** Bytes of a diff that are read. */
const MAX_DIFF_BYTES = 64 * 1024 * 1024;

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

/** Which trees to compare. */
export interface NetDiffRequest {
  readonly from: string;
  readonly to: string;
  /** Objects that the clone may not have; nothing of them is left there. */
  readonly made?: readonly NewObject[];
}

/**
 * Compares trees of a clone: small changes of texts here, all others through one `git diff-tree` process, which looks only into folders
 * that differ.
 */
export interface TreeComparer extends AsyncDisposable {
  /** Computes changes, diff and hash. */
  compare(request: NetDiffRequest): Promise<NetDiff>;
}

/** Opens a comparer; its process starts with the first request and again when it was ended. */
export function createTreeComparer(
  { git, clock }: { readonly git: Git; readonly clock: Clock },
  store: ObjectStore,
  reader: ObjectReader,
): TreeComparer {
  const { gitDir, objectFormat } = store;
  // The process reads this folder in addition to the clone: a preview leaves nothing there.
  const preview = `${gitDir}${PREVIEW_SUFFIX}${process.pid}-${randomUUID()}`;
  const conversation = createConversation(() =>
    git.start({
      gitDir,
      env: {
        GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(preview),
        // Attributes of the repository would choose drivers, and with them the text; the empty tree has none.
        GIT_ATTR_SOURCE: emptyTree(objectFormat),
      },
      args: ['diff-tree', '--stdin', '-r', '--raw', '--patch', ...CANONICAL],
    }),
  );

  let previewed: readonly NewObject[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const ask = async ({ from, to, made = [] }: NetDiffRequest): Promise<Buffer> => {
    await reader.written();
    // The process ignores a folder that is not there when it first looks; a young one is not cleared away as left over.
    mkdirSync(preview, { recursive: true, mode: 0o700 });
    utimesSync(preview, clock.now() / 1_000, clock.now() / 1_000);
    removeObjects(preview, previewed.slice(made.length));
    overwriteObjects(preview, previewed, made);
    previewed = made;
    // A line that is no id is repeated, and with it goes out everything before.
    const end = `end ${randomUUID()}\n`;
    return await conversation.ask(`${from} ${to}\n${end}`, async (answer) => {
      await answer.line();
      return answer.until(end, MAX_DIFF_BYTES);
    });
  };

  return {
    async compare(request) {
      if (request.from === request.to) return toNetDiff([], Buffer.alloc(0));
      const plain = await plainNetDiff({ reader: withMade(reader, request.made), objectFormat }, request);
      if (plain) return toNetDiff(plain.files, plain.diff);
      const answered = turn.then(() => ask(request));
      turn = answered.catch(() => undefined);
      const { rows, diff } = splitOutput(await answered);
      const contents = new Map(request.made?.map(({ oid, content }) => [oid, content]));
      const countLines = async (oid: string) => lineCount(contents.get(oid) ?? (await reader.get(oid, 'blob')));
      const counts = countChanges(diff);
      const files: FileChange[] = [];
      for (const row of rows) files.push(await toFileChange(row, counts, countLines));
      return toNetDiff(files, diff);
    },
    async [Symbol.asyncDispose]() {
      await reader.written();
      await conversation[Symbol.asyncDispose]();
      rmSync(preview, { recursive: true, force: true });
    },
  };
}

/** Reads what was just made, and is nowhere yet, beside what the clone has. */
function withMade(reader: ObjectReader, made: readonly NewObject[] = []): Pick<ObjectReader, 'get'> {
  const contents = new Map(made.map(({ oid, content }) => [oid, content]));
  return { get: async (oid, type) => contents.get(oid) ?? (await reader.get(oid, type)) };
}

/** Raw rows, an empty line, the patch. */
function splitOutput(output: Buffer): { readonly rows: readonly string[]; readonly diff: Buffer } {
  const rows: string[] = [];
  let start = 0;
  while (output[start] === 0x3a) {
    const end = output.indexOf(10, start);
    rows.push(output.toString('utf8', start, end));
    start = end + 1;
  }
  return { rows, diff: output.subarray(start + 1) };
}

/** Lines of one file of a patch; none are known of a binary file. */
interface ChangedLines {
  added: number;
  removed: number;
  binary: boolean;
}

/**
 * Counts the lines of a patch, file by file: letting git count them too would make it compare every file twice, and by line feeds alone,
 * so that a whole file could be one line.
 */
function countChanges(diff: Buffer): Iterator<ChangedLines> {
  const files: ChangedLines[] = [];
  let inHunk = false;
  for (let start = 0, end = 0; start < diff.length; start = end + 1) {
    end = lineEnd(diff, start);
    const file = files.at(-1);
    // Inside a hunk every line begins with one of ` +-\\`.
    const first = String.fromCharCode(diff[start] ?? 0);
    const isHeader = first === 'd' && diff.toString('latin1', start, start + 7) === 'diff --';
    if (isHeader) files.push({ added: 0, removed: 0, binary: false });
    if (isHeader || first === '@') inHunk = !isHeader;
    else if (first === 'B' && file) file.binary = true;
    else if (inHunk && file && first === '+') file.added += 1 + returnsWithin(diff, start, end);
    else if (inHunk && file && first === '-') file.removed += 1 + returnsWithin(diff, start, end);
  }
  return files[Symbol.iterator]();
}

function lineEnd(text: Buffer, start: number): number {
  const end = text.indexOf(10, start);
  return end < 0 ? text.length : end;
}

async function toFileChange(
  row: string,
  counts: Iterator<ChangedLines>,
  countLines: (oid: string) => Promise<number>,
): Promise<FileChange> {
  const [, , before = '', after = '', status = ''] = row.slice(0, row.indexOf('\t')).split(' ');
  const path = unquotePath(row.slice(row.indexOf('\t') + 1));
  const change = status === 'A' ? 'add' : status === 'D' ? 'delete' : 'modify';
  const take = (): ChangedLines => counts.next().value ?? { added: 0, removed: 0, binary: false };
  // A file that becomes a link is removed and added in the patch.
  const parts = status === 'T' ? [take(), take()] : [take()];
  if (!parts.some(({ binary }) => binary)) {
    const sum = (of: 'added' | 'removed') => parts.reduce((total, part) => total + part[of], 0);
    return { path, change, added: sum('added'), removed: sum('removed') };
  }
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
