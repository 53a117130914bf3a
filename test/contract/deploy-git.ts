import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { systemClock } from '#domain/clock.ts';
import { localGit } from '#providers/local-git.ts';
import type { DeploySource } from '#providers/sources.ts';

/** A real repository whose commits and tags have chosen times. */
export interface TestRepository extends AsyncDisposable {
  readonly folder: string;
  git(at: number, ...args: string[]): Promise<string>;
  commit(at: number, subject: string, files: Readonly<Record<string, string>>, author?: string): Promise<string>;
  source(settings?: Record<string, unknown>): Required<DeploySource>;
}

/** Makes an empty repository in a temporary folder, untouched by the configuration of this computer. */
export async function createTestRepository(): Promise<TestRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-git-'));
  const git = async (at: number, ...args: string[]) => {
    const date = `${Math.floor(at / 1_000)} +0000`;
    const person = {
      GIT_AUTHOR_NAME: 'T',
      GIT_AUTHOR_EMAIL: 't@example.com',
      GIT_COMMITTER_NAME: 'T',
      GIT_COMMITTER_EMAIL: 't@example.com',
    };
    const apart = {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    };
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: folder,
      env: { PATH: process.env.PATH, ...person, ...apart },
    });
    return stdout.trim();
  };
  await git(0, 'init', '--quiet', '--initial-branch=main');
  return {
    folder,
    git,
    async commit(at, subject, files, author = 'T') {
      for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
      await git(at, 'add', '--all');
      await git(at, 'commit', '--quiet', '--allow-empty', `--author=${author} <a@example.com>`, `--message=${subject}`);
      return await git(at, 'rev-parse', 'HEAD');
    },
    source(settings = {}) {
      const repository = { location: folder, baseBranch: 'main', baseCommit: '' };
      const deps = { clock: systemClock, repository, repositoryFolder: async () => folder };
      const source = localGit.capabilities.deploys?.(localGit.settings.parse(settings), deps);
      if (!source?.compare || !source.changes || !source.probe) throw new Error('local-git lacks a capability');
      return source as Required<DeploySource>;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
