import { lstatSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `git init` writes; every other setting could name a program, an address or another file. */
const harmless =
  /^(?:\[(?:core|extensions)\]|\s*(?:repositoryformatversion|filemode|bare|ignorecase|precomposeunicode|symlinks|objectformat) = \w+|)$/;

/** Where git would look for more settings, hooks and attributes; a clone has none of its own. */
const planted = ['hooks', 'info', 'config.worktree'];

/** Takes settings, hooks and attributes out of a clone: without a full sandbox, tests can write there what git would execute. */
export async function sealClone(gitDir: string): Promise<void> {
  const file = join(gitDir, 'config');
  // Looked at before every use of the clone, and synchronously, which takes a tenth of the time.
  const lines = readFileSync(file, 'utf8').split('\n');
  const kept = lines.filter((line) => harmless.test(line));
  if (kept.length < lines.length) {
    await writeFile(`${file}.sealed-${process.pid}`, kept.join('\n'));
    await rename(`${file}.sealed-${process.pid}`, file);
  }
  for (const name of planted) {
    const path = join(gitDir, name);
    if (lstatSync(path, { throwIfNoEntry: false })) await rm(path, { recursive: true, force: true });
  }
}
