import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import type { CommittedFile } from '#cli/hook/plain-objects.ts';
import { originCommits, readPlainly } from '#cli/hook/plain-objects.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import type { Environment } from '#workspace/git.ts';

const FILE = '.architect.yaml';

/** Bytes of such a file that are read. */
const MAX_BYTES = 1_048_576;

/** What a repository says of itself somewhere. */
export interface Committed {
  readonly text: string;
  /** Where, in the words of a note. */
  readonly at: string;
}

/**
 * The repository's own policy as it stands: at HEAD, which `git reset` and `git revert` move, and at origin's default branch, which
 * a push moves. Both hold.
 */
export async function currentPolicies(checkout: Checkout, environment: Environment): Promise<readonly Committed[]> {
  const [head, ...others] = await read(checkout, ['HEAD', ...originCommits(checkout)], environment);
  const origin = others.find((text) => text !== undefined);
  return [...noted(head, 'HEAD'), ...(origin === head ? [] : noted(origin, 'origin'))];
}

/** The same as it was at a commit. */
export async function policyAt(
  checkout: Checkout,
  commit: string,
  environment: Environment,
): Promise<readonly Committed[]> {
  const [text] = await read(checkout, [commit], environment);
  return noted(text, commit.slice(0, 12));
}

function noted(text: string | undefined, at: string): readonly Committed[] {
  return text === undefined ? [] : [{ text, at }];
}

/** As it was committed, never the working tree's. Git is started once, for what is not plain. */
async function read(
  checkout: Checkout,
  commits: readonly string[],
  environment: Environment,
): Promise<readonly (string | undefined)[]> {
  const plain = await Promise.all(commits.map((commit) => readQuickly(checkout, commit)));
  const left = commits.filter((_, index) => plain[index] === undefined);
  if (left.length === 0) return plain.map((found) => found?.text);
  const { readCommitted } = await import('#workspace/git-head-file.ts');
  const asked = await readCommitted({
    folder: checkout.top,
    commits: left,
    path: FILE,
    maxBytes: MAX_BYTES,
    environment,
  });
  return commits.map((commit, index) => (plain[index] ? plain[index].text : asked[left.indexOf(commit)]));
}

/**
 * HEAD is looked at only where the index may name the file: whoever could take it out of the index unseen could as well commit
 * without it.
 */
async function readQuickly(checkout: Checkout, commit: string): Promise<CommittedFile | undefined> {
  if (commit === 'HEAD' && !mayBeIndexed(checkout.own)) return { text: undefined };
  return await readPlainly(checkout, commit, { name: FILE, maxBytes: MAX_BYTES });
}

/** False only when an index of a plain form is there and does not have the name in it. */
function mayBeIndexed(gitFolder: string): boolean {
  try {
    const index = readFileSync(path.join(gitFolder, 'index'));
    // Version 4 abbreviates names, and a split index has them in another file.
    const plain = index.toString('latin1', 0, 4) === 'DIRC' && index.readUInt32BE(4) < 4;
    const split = readdirSync(gitFolder).some((name) => name.startsWith('sharedindex.'));
    return !plain || split || index.includes(FILE);
  } catch {
    return true;
  }
}
