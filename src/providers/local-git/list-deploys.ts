import { minimatch } from 'minimatch';

import type { Deploy } from '#domain/evidence.ts';

import { readGit } from './read-git.ts';
import type { RefScope } from './refs.ts';
import { BRANCH_SPACES, findCommit } from './refs.ts';

/** Names of refs are compared with these. */
export interface RefGlobs {
  readonly tags: readonly string[];
  readonly branches: readonly string[];
}

const MAX_REFS = 20_000;
const MAX_MERGES = 1_000;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** `%00` separates fields; subjects hold no line end. The tag's own time and author win over the commit's. */
const REF_FORMAT = [
  '%(refname)',
  '%(objecttype)',
  '%(objectname)',
  '%(*objecttype)',
  '%(*objectname)',
  '%(creatordate:unix)',
  '%(taggername)',
  '%(authorname)',
  '%(*authorname)',
  '%(contents:subject)',
].join('%00');

/** Tags and release branches whose names fit; those that lead to no commit are left out. */
export async function listRefs(scope: RefScope, globs: RefGlobs): Promise<readonly Deploy[]> {
  const spaces = ['refs/tags/', ...BRANCH_SPACES];
  const args = ['for-each-ref', `--format=${REF_FORMAT}`, '--sort=-creatordate', `--count=${MAX_REFS}`, ...spaces];
  const { text } = await readGit({ ...scope, args, maxBytes: MAX_LIST_BYTES });
  return text.split('\n').flatMap((line) => toDeploy(line.split('\0'), globs) ?? []);
}

function toDeploy(fields: readonly string[], globs: RefGlobs): Deploy | undefined {
  const [refname = '', type, oid, peeledType, peeledOid, seconds, tagger, author, peeledAuthor, subject = ''] = fields;
  const space = ['refs/tags/', ...BRANCH_SPACES].find((prefix) => refname.startsWith(prefix));
  const sha = type === 'commit' ? oid : peeledType === 'commit' ? peeledOid : undefined;
  if (space === undefined || sha === undefined) return undefined;
  const ref = refname.slice(space.length);
  const kind = space === 'refs/tags/' ? 'tag' : 'release_branch';
  const wanted = kind === 'tag' ? globs.tags : globs.branches;
  if (!wanted.some((glob) => minimatch(ref, glob, { dot: true }))) return undefined;
  const by = [tagger, author, peeledAuthor].find((name) => name !== undefined && name !== '') ?? '';
  return { id: `${kind}:${ref}`, at: Number(seconds) * 1_000, sha, ref, kind, author: by, subject };
}

/** Merge commits of the main line of a branch since an instant; none when the branch is unknown. */
export async function listMerges(scope: RefScope, branch: string, since: number): Promise<readonly Deploy[]> {
  const tip = await findTip(scope, branch);
  if (tip === undefined) return [];
  const range = [
    '--merges',
    '--first-parent',
    `--max-count=${MAX_MERGES}`,
    `--since=@${Math.floor(since / 1_000)} +0000`,
  ];
  const args = [
    'log',
    ...range,
    '--no-show-signature',
    '--no-color',
    '--format=%H%x00%ct%x00%an%x00%s',
    '--end-of-options',
    tip,
  ];
  const { text } = await readGit({ ...scope, args, maxBytes: MAX_LIST_BYTES });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [sha = '', seconds, author = '', subject = ''] = line.split('\0');
      return { id: `merge:${sha}`, at: Number(seconds) * 1_000, sha, ref: branch, kind: 'merge', author, subject };
    });
}

/** The tip of a branch, wherever this kind of repository keeps it. */
export async function findTip(scope: RefScope, branch: string): Promise<string | undefined> {
  for (const space of BRANCH_SPACES) {
    const tip = await findCommit(`${space}${branch}`, scope);
    if (tip !== undefined) return tip;
  }
  return undefined;
}
