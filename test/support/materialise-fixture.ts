import { spawnSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies the source folder to where the job runs, and links packages if asked. */
export async function materialiseFixture(source: string, target: string, modules: string): Promise<string> {
  await rm(target, { recursive: true, force: true });
  await cp(source, target, { recursive: true });
  // As the server does it: a copy, since nothing outside the tree can be seen from inside a sandbox.
  if (modules !== '') copyPackages([modules, join(target, 'node_modules')]);
  return target;
}

/** Copies with `cp`: the last path is where to. */
export function copyPackages(paths: readonly string[], cwd?: string): void {
  // Hard links are fast; another file system has none.
  const isDone = ['-al', '-a'].some((how) => spawnSync('cp', [how, ...paths], { cwd }).status === 0);
  if (!isDone) throw new Error('The packages could not be copied.');
}
