import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a run of tests one folder, for compiled code and what tests copy: vitest's own processes inherit both variables. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-run-'));
  const [compiled, templates] = [join(folder, 'compiled'), join(folder, 'templates')];
  await Promise.all([mkdir(compiled), mkdir(templates)]);
  process.env['NODE_COMPILE_CACHE'] = compiled;
  process.env['TEST_TEMPLATES'] = templates;
  // A process that is just ending may still write.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
