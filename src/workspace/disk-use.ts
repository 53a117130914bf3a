import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a block as `lstat` counts them. */
const BLOCK_BYTES = 512;

/** Names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

/** Bytes on the disk of a file, or of everything below a folder, links not followed; undefined when there is nothing. */
export async function bytesBelow(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  const own = found.blocks * BLOCK_BYTES;
  if (!found.isDirectory()) return own;
  let sum = own;
  for (const name of await namesIn(path)) sum += (await bytesBelow(join(path, name))) ?? 0;
  return sum;
}
