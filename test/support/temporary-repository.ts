import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { compileCache } from './compiled.ts';

/** A git repository of a test, with nothing of the machine's git configuration. */
export interface TemporaryRepository extends AsyncDisposable {
  readonly path: string;
  /** Runs git there; answers its output without the last line end. */
  git(...args: string[]): string;
  write(path: string, content: string | Buffer): Promise<void>;
  link(path: string, target: string): Promise<void>;
  /** Commits everything; answers the full commit id. */
  commit(message?: string): string;
}

/** A folder of a test that is deleted when it is disposed. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Variables under which git reads no configuration of the machine. */
export const gitEnvironment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '@1767225600 +0000',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_COMMITTER_DATE: '@1767225600 +0000',
  ...compileCache,
};

/** Git copies a dozen samples of hooks into each repository: more files than most of these have. */
const withoutSamples = ['--template='];

/** Makes a folder below the system's temporary folder. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'fixgate-test-')));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs git in a folder. */
export function runGit(folder: string, ...args: string[]): string {
  const output = execFileSync('git', args, { cwd: folder, env: gitEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  return output.toString('utf8').replace(/\n$/, '');
}

/** Makes a repository on branch `main`; with `files` it holds one commit. */
export async function temporaryRepository(
  files: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<TemporaryRepository> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'app');
  await mkdir(path);
  const git = (...args: string[]) => runGit(path, ...args);
  git('init', '--quiet', '--initial-branch=main', ...withoutSamples, ...options);
  await mkdir(join(path, '.git/hooks'));
  const repository: TemporaryRepository = {
    path,
    git,
    async write(name, content) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    },
    async link(name, target) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await symlink(target, join(path, name));
    },
    commit(message = 'Change') {
      git('add', '--all', '--force');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
  for (const [name, content] of Object.entries(files)) await repository.write(name, content);
  if (Object.keys(files).length > 0) repository.commit('First');
  return repository;
}

/** A bare repository beside a checkout, as its remote `origin` with everything pushed. */
export function addRemote(repository: TemporaryRepository, name = 'origin'): string {
  const path = `${repository.path}-${name}.git`;
  runGit(dirname(path), 'clone', '--quiet', '--bare', ...withoutSamples, repository.path, path);
  mkdirSync(join(path, 'hooks'));
  repository.git('remote', 'add', name, path);
  repository.git('fetch', '--quiet', name);
  return path;
}
