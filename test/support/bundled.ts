import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const templates = process.env['TEST_TEMPLATES'] ?? tmpdir();
const started = new Map<string, Promise<string>>();

/** A program of the tests as one file, built once for a run of tests: from its sources it takes three times as long to start. */
export function bundled(program: string): Promise<string> {
  const known = started.get(program) ?? bundle(program);
  started.set(program, known);
  return known;
}

async function bundle(program: string): Promise<string> {
  const name = basename(program, '.ts');
  const folder = join(templates, name);
  const entry = join(folder, `${name}.js`);
  if (process.env['TEST_TEMPLATES'] !== undefined && existsSync(entry)) return entry;
  const { rolldown } = await import('rolldown');
  const fresh = await mkdtemp(join(templates, `fixgate-${name}-`));
  const build = await rolldown({ input: program, platform: 'node', tsconfig: false, logLevel: 'silent' });
  await build.write({ dir: fresh, format: 'esm', entryFileNames: `${name}.js` });
  await build.close();
  // Another worker may have been faster.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
  return entry;
}
