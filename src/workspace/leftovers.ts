import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { QUARANTINE_PREFIX } from '#workspace/quarantine.ts';

/** Milliseconds after which a lock of a ref, held for the moment of a rename, or a preview has no owner any more. */
const STALE_AFTER_MS = 300_000;

/** Removes what killed processes left in a clone: locks, without which no git could move those refs, and previews. */
export async function clearLeftovers(gitDir: string, now: number): Promise<void> {
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true });
  const top = await readdir(gitDir);
  const names = [
    ...refs.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name)),
    ...top.filter((name) => name === 'packed-refs.lock' || name.startsWith(QUARANTINE_PREFIX)),
  ];
  for (const name of names) {
    const path = join(gitDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
