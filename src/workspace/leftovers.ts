import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { PREVIEW_SUFFIX } from '#workspace/net-diff.ts';

/** Milliseconds after which a lock of a ref, held for the moment of a rename, or a preview has no owner any more. */
const STALE_AFTER_MS = 300_000;

/** Removes what killed processes left in a clone: locks, without which no git could move those refs, and previews. */
export async function clearLeftovers(gitDir: string, now: number): Promise<void> {
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true });
  const beside = await readdir(dirname(gitDir));
  const paths = [
    ...refs.filter((name) => name.endsWith('.lock')).map((name) => join(gitDir, 'refs', name)),
    join(gitDir, 'packed-refs.lock'),
    ...beside
      .filter((name) => name.startsWith(basename(gitDir) + PREVIEW_SUFFIX))
      .map((name) => join(dirname(gitDir), name)),
  ];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
