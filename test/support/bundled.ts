import { existsSync, mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const templates = process.env['TEST_TEMPLATES'] ?? mkdtempSync(join(tmpdir(), 'fixgate-run-'));
const started = new Map<string, Promise<string>>();

/** A program of the tests as one file, built once for a run of tests: from its sources it takes three times as long to start. */
export function bundled(program: string): Promise<string> {
  const known = started.get(program) ?? bundle(program);
  started.set(program, known);
  return known;
}

/** Of the workers that want it at the same time one builds, and the others wait. */
async function bundle(program: string): Promise<string> {
  const name = basename(program, '.ts');
  const folder = join(templates, name);
  const entry = join(folder, `${name}.js`);
  const lock = `${folder}.lock`;
  while (!existsSync(entry)) {
    const isFree = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!isFree) {
      await sleep(50);
      continue;
    }
    try {
      if (!existsSync(entry)) await build(program, folder);
    } finally {
      await rmdir(lock);
    }
  }
  return entry;
}

/** The folder is there only when it is complete. */
async function build(program: string, folder: string): Promise<void> {
  const { rolldown } = await import('rolldown');
  const fresh = await mkdtemp(`${folder}-`);
  const bundler = await rolldown({ input: program, platform: 'node', tsconfig: false, logLevel: 'silent' });
  await bundler.write({ dir: fresh, format: 'esm', entryFileNames: `${basename(program, '.ts')}.js` });
  await bundler.close();
  await rename(fresh, folder);
}
