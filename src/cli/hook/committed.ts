import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { readPlainly } from '#cli/hook/plain-objects.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import type { Environment } from '#workspace/git.ts';

const FILE = '.architect.yaml';

/** Bytes of such a file that are read. */
const MAX_BYTES = 1_048_576;

/**
 * The repository's own policy as it was committed, never the working tree's. Looked for only where the index may name the file:
 * whoever could take it out of the index unseen could as well commit without it. Git is started where reading is not plain.
 */
export async function committedPolicy(
  checkout: Checkout,
  commit: string,
  environment: Environment,
): Promise<string | undefined> {
  if (commit === 'HEAD' && !mayBeIndexed(checkout.own)) return undefined;
  const plain = await readPlainly(checkout, commit, { name: FILE, maxBytes: MAX_BYTES });
  if (plain) return plain.text;
  const { readCommitted } = await import('#workspace/git-head-file.ts');
  return await readCommitted({ folder: checkout.top, commit, path: FILE, maxBytes: MAX_BYTES, environment });
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
