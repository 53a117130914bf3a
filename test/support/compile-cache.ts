import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a run of tests one folder of compiled code: vitest's own processes inherit it, others take `compileCache`. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-compiled-'));
  process.env['NODE_COMPILE_CACHE'] = folder;
  // A process that is just ending may still write.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
