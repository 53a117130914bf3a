import { randomUUID } from 'node:crypto';

import { FixgateError } from '#domain/errors.ts';
import type { ChangedFile, CodeChange, TimeWindow } from '#domain/evidence.ts';

import type { NotedRequests } from '../noted-requests.ts';
import { PLAIN_DIFF } from './compare.ts';
import { findTip } from './list-deploys.ts';
import type { GitOutput } from './read-git.ts';
import { readGit } from './read-git.ts';
import type { RefScope } from './refs.ts';

const MAX_COMMITS = 1_000;
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_DIFF_BYTES = 16 * 1024 * 1024;
const MAX_DIFF_CHARS = 16 * 1024;

/** After the mark of a call: commit, parents, time, author, subject and body. */
const FIELDS = '%H%x00%P%x00%ct%x00%an%x00%s%x00%b%x00';
/** Names of files as they are: only those with control characters are quoted. */
const LOG = ['-c', 'core.quotePath=false', 'log', '--no-show-signature', '--no-color', `--max-count=${MAX_COMMITS}`];

/** Looked for beyond the window as well: a commit is often found guilty days later. */
const UNDOES = 'This reverts commit';

const NO_PROGRAMS = ['--no-ext-diff', '--no-textconv'];

/** What landed on a branch, and why there may be more. */
export interface ChangesRead {
  readonly changes: readonly CodeChange[];
  readonly warnings: readonly string[];
}

interface Logged {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly at: number;
  readonly author: string;
  readonly subject: string;
  readonly body: string;
  readonly files: readonly ChangedFile[];
}

/** Commits that a branch got within a window, newest first, also those that were written long before; merges only name what they brought. */
export async function listChanges(outer: RefScope, branch: string, window: TimeWindow): Promise<ChangesRead> {
  // No message and no diff can hold it, so none passes for another commit.
  const mark = randomUUID();
  const scope = { ...outer, noted: outer.noted && without(mark, outer.noted) };
  const tip = await findTip(scope, branch);
  if (tip === undefined) return { changes: [], warnings: [`The branch ${branch} is not in the repository.`] };
  const base = await lastBefore(scope, tip, window.since);
  const head = await lastBefore(scope, tip, window.until);
  if (head === undefined || head === base) return { changes: [], warnings: [] };
  const older = base === undefined ? [] : [`^${base}`];
  const range = ['--end-of-options', ...older, head];
  const read = (args: readonly string[], maxBytes: number) =>
    readGit({ ...scope, args: [...LOG, ...args, ...range], maxBytes });
  const form = [`--format=${mark}${FIELDS}`, '--no-renames'];
  const undoing = [
    'log',
    '--no-show-signature',
    '--no-color',
    `--max-count=${MAX_COMMITS}`,
    `--format=${mark}%H%x00%b`,
  ];
  const [undone, listed, patches] = await Promise.all([
    readGit({
      ...scope,
      args: [...undoing, `--grep=${UNDOES}`, '--end-of-options', ...older, tip],
      maxBytes: MAX_LIST_BYTES,
    }),
    read([...form, '--numstat', ...NO_PROGRAMS], MAX_LIST_BYTES).catch(
      unlessIncomplete(() => read([...form, '--name-only'], MAX_LIST_BYTES)),
    ),
    read([`--format=${mark}%H`, '-p', '-U0', ...PLAIN_DIFF], MAX_DIFF_BYTES).catch(
      unlessIncomplete(async () => ({ text: '', truncated: true })),
    ),
  ]);
  const commits = records(listed.text, mark).map(toLogged);
  const changes = toChanges(commits, {
    head,
    reverted: reversals(records(undone.text, mark)),
    diffs: toDiffs(records(patches.text, mark)),
  });
  const full = listed.truncated || commits.length >= MAX_COMMITS;
  return {
    changes: changes.filter(({ at }) => at >= window.since && at < window.until),
    warnings: [
      ...(full ? [`Only the newest ${commits.length} commits of ${branch} were read: ask for a shorter time.`] : []),
      ...(patches.truncated ? ['The diffs of the oldest commits were not read: they are judged by names alone.'] : []),
    ],
  };
}

/** The mark differs from call to call; the command is the same without it. */
function without(mark: string, { add, lines }: NotedRequests): NotedRequests {
  return { add: (line) => add(line.replaceAll(mark, '')), lines };
}

/** A clone may lack contents that it never needed, and not be able to get them: names are always there. */
function unlessIncomplete(instead: () => Promise<GitOutput>): (error: unknown) => Promise<GitOutput> {
  return async (error) => {
    if (error instanceof FixgateError && error.code === 'provider_unavailable') return await instead();
    throw error;
  };
}

async function lastBefore(scope: RefScope, tip: string, at: number): Promise<string | undefined> {
  const before = `--before=@${Math.ceil(at / 1_000) - 1} +0000`;
  const args = ['rev-list', '--max-count=1', '--first-parent', before, '--end-of-options', tip];
  const { text } = await readGit({ ...scope, args, maxBytes: 1_024 });
  return /^[0-9a-f]{40,64}$/.exec(text.trim())?.[0];
}

function records(text: string, mark: string): string[] {
  return text.split(mark).filter(Boolean);
}

function toLogged(record: string): Logged {
  const [sha = '', parents = '', seconds, author = '', subject = '', body = '', rest = ''] = record.split('\0');
  const files = rest.split('\n').flatMap((line) => {
    const [, added, removed, path] = /^(?:(\d+|-)\t(\d+|-)\t)?(.+)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, added: Number(added) || 0, removed: Number(removed) || 0 }];
  });
  const at = Number(seconds) * 1_000;
  return { sha, parents: parents.split(' ').filter(Boolean), at, author, subject, body: body.trim(), files };
}

function toDiffs(patches: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    patches.map((record) => {
      const end = record.indexOf('\n');
      return [
        record.slice(0, end === -1 ? undefined : end),
        end === -1 ? '' : record.slice(end).trim().slice(0, MAX_DIFF_CHARS),
      ];
    }),
  );
}

interface Found {
  /** The newest commit of the main line. */
  readonly head: string;
  readonly reverted: ReadonlyMap<string, string>;
  readonly diffs: ReadonlyMap<string, string>;
}

function toChanges(commits: readonly Logged[], { head, reverted, diffs }: Found): CodeChange[] {
  const landed = landings(commits, head);
  return commits
    .filter(({ parents }) => parents.length < 2)
    .map(({ sha, at, author, subject, body, files }) => {
      const by = landed.get(sha);
      const before = by?.parents[0];
      const revertedBy = reverted.get(sha) ?? (by === undefined ? undefined : reverted.get(by.sha));
      return {
        sha,
        at: by?.at ?? at,
        author,
        subject,
        body,
        ...(before !== undefined && { before }),
        ...(by !== undefined && by.sha !== sha && { mergedBy: by.sha }),
        ...(revertedBy !== undefined && { revertedBy }),
        files,
        diff: diffs.get(sha) ?? '',
      };
    })
    .toSorted((a, b) => b.at - a.at);
}

/** The commit of the main line that brought each commit: the oldest one that reaches it. */
function landings(commits: readonly Logged[], head: string): ReadonlyMap<string, Logged> {
  const known = new Map(commits.map((commit) => [commit.sha, commit]));
  const line: Logged[] = [];
  for (let commit = known.get(head); commit; commit = known.get(commit.parents[0] ?? '')) line.push(commit);
  const landed = new Map<string, Logged>();
  for (const main of line.toReversed()) {
    const waiting = [main.sha];
    for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
      const commit = known.get(sha);
      if (commit === undefined || landed.has(sha)) continue;
      landed.set(sha, main);
      waiting.push(...commit.parents);
    }
  }
  return landed;
}

/** Commits by the one that takes them back, as `git revert` writes it. */
function reversals(undone: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    undone.flatMap((record) => {
      const [sha = '', body = ''] = record.split('\0');
      return [...body.matchAll(/This reverts commit ([0-9a-f]{40,64})\b/g)].map(
        ([, culprit = '']) => [culprit, sha] as const,
      );
    }),
  );
}
