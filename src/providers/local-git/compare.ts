import type { CommitRange } from '#domain/evidence.ts';

import { readGit } from './read-git.ts';
import type { RefScope } from './refs.ts';
import { resolveCommit } from './refs.ts';

const MAX_COMMITS = 200;
const MAX_DIFF_BYTES = 64 * 1024;
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** A diff that no configuration or attribute can turn into a program or another form. */
export const PLAIN_DIFF = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--src-prefix=a/',
  '--dst-prefix=b/',
];

/** What lies between two commits: the newest 200 commits that only the head has, every changed file, 64 KiB of diff. */
export async function compareCommits(
  names: { readonly base: string; readonly head: string },
  scope: RefScope,
): Promise<CommitRange> {
  const [base, head] = [await resolveCommit(names.base, scope), await resolveCommit(names.head, scope)];
  const read = (args: readonly string[], maxBytes: number) => readGit({ ...scope, args, maxBytes });
  const format = ['--no-show-signature', '--no-color', '--format=%H%x00%ct%x00%an%x00%s', `--max-count=${MAX_COMMITS}`];
  const [log, numstat, diff] = await Promise.all([
    read(['log', ...format, '--end-of-options', `${base}..${head}`], MAX_LIST_BYTES),
    read(['diff', '--numstat', '-z', ...PLAIN_DIFF, '--end-of-options', base, head], MAX_LIST_BYTES),
    read(['diff', ...PLAIN_DIFF, '--end-of-options', base, head], MAX_DIFF_BYTES),
  ]);
  return {
    base,
    head,
    commits: toCommits(log.text),
    files: toFiles(numstat.text),
    diff: diff.text,
    diffTruncated: diff.truncated,
  };
}

function toCommits(log: string): CommitRange['commits'] {
  return log
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [sha = '', seconds, author = '', subject = ''] = line.split('\0');
      return { sha, at: Number(seconds) * 1_000, author, subject };
    });
}

/** Binary files count no lines. */
function toFiles(numstat: string): CommitRange['files'] {
  return numstat.split('\0').flatMap((record) => {
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(record) ?? [];
    return path === undefined ? [] : [{ path, added: Number(added) || 0, removed: Number(removed) || 0 }];
  });
}
