import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import type { RowSetup } from '#policy/corpus.ts';
import type { Git } from '#workspace/git.ts';

const BRANCH = 'main';
const CONTENT = 'one\ntwo\n';
const FILES = [
  'src/a.ts',
  'src/b.ts',
  'src/c.ts',
  'src/d.ts',
  'src/q.sql',
  '.env',
  'config/production.yml',
  'Dockerfile',
  'yarn.lock',
  'k8s/production/deploy.yaml',
];

const AUTHOR = {
  GIT_AUTHOR_NAME: 'corpus',
  GIT_AUTHOR_EMAIL: 'corpus@localhost',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'corpus',
  GIT_COMMITTER_EMAIL: 'corpus@localhost',
  GIT_COMMITTER_DATE: '@0 +0000',
};

/** True when a row asks about another repository than the common one; a file system's name changes nothing here. */
export function hasSetup(setup: RowSetup | null | undefined): setup is RowSetup {
  return Object.entries(setup ?? {}).some(([key, value]) => key !== 'fs' && value !== undefined);
}

/** Makes the repository that a row stands in: one commit, then links in the work tree, which a second commit records. */
export async function buildRowRepository(git: Git, folder: string, setup: RowSetup = {}): Promise<RepositoryRef> {
  mkdirSync(folder, { recursive: true });
  await git.bytes({ folder, args: ['init', '--quiet', '--template=', `--initial-branch=${BRANCH}`] });
  for (const [name, content] of [...FILES.map((file) => [file, CONTENT]), ...Object.entries(setup.content ?? {})]) {
    writeFileSync(prepare(folder, name ?? ''), content ?? '');
  }
  for (const name of setup.remove ?? []) rmSync(rowFile(folder, name), { recursive: true, force: true });
  const first = await commit(git, folder);
  for (const [link, target] of Object.entries(setup.symlinks ?? {})) symlinkSync(target, prepare(folder, link));
  for (const [link, file] of Object.entries(setup.hardlinks ?? {}))
    linkSync(rowFile(folder, file), prepare(folder, link));
  const linked = setup.symlinks !== undefined || setup.hardlinks !== undefined;
  return { location: folder, baseBranch: BRANCH, baseCommit: linked ? await commit(git, folder) : first };
}

async function commit(git: Git, folder: string): Promise<string> {
  await git.bytes({ folder, args: ['add', '--all', '--force'] });
  await git.bytes({ folder, env: AUTHOR, args: ['commit', '--quiet', '--allow-empty', '--message=row'] });
  return await git.text({ folder, args: ['rev-parse', 'HEAD'] });
}

/** A place for a new entry: its folder exists, and what stood there is gone. */
function prepare(folder: string, name: string): string {
  const file = rowFile(folder, name);
  rmSync(file, { recursive: true, force: true });
  mkdirSync(path.dirname(file), { recursive: true });
  return file;
}

/** A file of a row's repository; a corpus is no reason to write anywhere else. */
export function rowFile(folder: string, name: string): string {
  const file = path.resolve(folder, name);
  if (file.startsWith(folder + path.sep)) return file;
  throw new FixgateError('invalid_input', `The setup names ${JSON.stringify(name)}, outside of the repository.`, {
    fix: 'Name files by their paths from the repository root.',
  });
}
