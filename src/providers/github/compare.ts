import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { CommitRange } from '#domain/evidence.ts';

import { requireRefName, unknownRef } from '../ref-name.ts';
import { parseAnswer } from './pull-requests.ts';
import type { GithubReader } from './reader.ts';

const PAGE = 100;
const MAX_PAGES = 5;
/** Files come with the first page only, and never more: https://docs.github.com/rest/commits/commits#compare-two-commits */
const MAX_FILES = 300;
const MAX_DIFF_CHARS = 64 * 1024;

const Person = z.object({ name: z.string(), date: z.string() }).nullish();
const Comparison = z.object({
  total_commits: z.int(),
  base_commit: z.object({ sha: z.string() }),
  commits: z.array(
    z.object({ sha: z.string(), commit: z.object({ message: z.string(), author: Person, committer: Person }) }),
  ),
  files: z
    .array(
      z.object({
        filename: z.string(),
        previous_filename: z.string().optional(),
        additions: z.int(),
        deletions: z.int(),
        patch: z.string().optional(),
      }),
    )
    .default([]),
});
type Comparison = z.output<typeof Comparison>;

/** What the head has and the base has not, by GitHub: commits newest first, at most 500; files against the last common commit, at most 300. */
export async function compareOnGithub(
  reader: GithubReader,
  { base, head }: { readonly base: string; readonly head: string },
  signal: AbortSignal,
): Promise<CommitRange> {
  [base, head].forEach(requireRefName);
  const route = `compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`;
  const read = async (page: number) => {
    try {
      return parseAnswer(Comparison, await reader.read(route, { per_page: PAGE, page }, signal));
    } catch (error) {
      throw error instanceof FixgateError && error.code === 'not_found' ? unknownRef(`${base} or ${head}`) : error;
    }
  };
  const first = await read(1);
  const pages = Math.min(MAX_PAGES, Math.ceil(first.total_commits / PAGE));
  const rest: Comparison[] = [];
  for (let page = 2; page <= pages; page += 1) rest.push(await read(page));
  const commits = [first, ...rest].flatMap((page) => page.commits).toReversed();
  const diff = first.files.map(toDiff).join('');
  return {
    base: first.base_commit.sha,
    head: commits[0]?.sha ?? first.base_commit.sha,
    commits: commits.map(({ sha, commit }) => ({
      sha,
      at: Date.parse(commit.committer?.date ?? commit.author?.date ?? ''),
      author: commit.author?.name ?? '',
      subject: commit.message.split('\n', 1)[0] ?? '',
    })),
    files: first.files.map(({ filename, additions, deletions }) => ({
      path: filename,
      added: additions,
      removed: deletions,
    })),
    diff: diff.slice(0, MAX_DIFF_CHARS),
    diffTruncated:
      diff.length > MAX_DIFF_CHARS || first.files.length >= MAX_FILES || first.total_commits > MAX_PAGES * PAGE,
  };
}

function toDiff({ filename, previous_filename: before = filename, patch }: Comparison['files'][number]): string {
  // Binary and very large files come without a patch.
  return patch === undefined ? '' : `diff --git a/${before} b/${filename}\n${patch}\n`;
}
