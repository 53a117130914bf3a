import { FixgateError } from '#domain/errors.ts';
import type { FileWrite } from '#domain/remediation.ts';
import type { Git } from '#workspace/git.ts';
import type { ObjectStore } from '#workspace/objects.ts';

/** Name and mail of the commits that the server makes, as `Name <mail>`. */
export const DEFAULT_IDENTITY = 'Fixgate <fixgate@localhost>';

/** A tree to write into a clone, as changes of another one. */
export interface TreeImport {
  readonly fromTree: string;
  readonly writes: readonly FileWrite[];
  /** What the result must be. */
  readonly tree: string;
  /** Keeps the objects from being collected. */
  readonly ref: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Lets git itself build the tree and pins it; throws `internal` when git arrives at another tree than the preview. */
export async function importTree(git: Git, store: ObjectStore, request: TreeImport): Promise<void> {
  const answer = await git.text({
    gitDir: store.gitDir,
    // Without `done` an input that a killed process left unfinished would be taken for a whole one.
    args: ['fast-import', '--quiet', '--done', '--force', '--date-format=raw'],
    input: toStream(request),
  });
  const built = /^040000 tree ([0-9a-f]+)\t/.exec(answer)?.[1];
  if (built === request.tree) return;
  throw new FixgateError('internal', `Git built the tree ${built ?? '(none)'}, but ${request.tree} was admitted.`, {
    fix: 'Report this to the operator of the server.',
  });
}

function toStream({ fromTree, writes, ref, at }: TreeImport): Buffer {
  const parts: (string | Buffer)[] = [
    `commit ${ref}\n`,
    `committer ${DEFAULT_IDENTITY} ${Math.floor(at / 1000)} +0000\ndata 0\n`,
    `M 040000 ${fromTree} \n`,
  ];
  for (const { path, after } of writes) if (!after) parts.push(`D ${quote(path)}\n`);
  for (const { path, after } of writes) {
    if (after) parts.push(`M ${after.mode} inline ${quote(path)}\ndata ${after.content.length}\n`, after.content, '\n');
  }
  parts.push('ls ""\ndone\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Paths of writes hold no control characters, so that only these two need a backslash. */
function quote(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`;
}
