import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

/** A commit of the demo's service and the deploy that shipped it. */
export interface Release {
  readonly folder: string;
  readonly subject: string;
  readonly tag: string;
}

/** The service's history; the third release from the end brings the leak. */
export const releases: readonly Release[] = [
  {
    folder: '1-user-service',
    subject: 'Queue welcome mails and work them off in the background',
    tag: 'deploy/production-1',
  },
  { folder: '2-request-ids', subject: 'Answer every request with an id', tag: 'deploy/production-2' },
  { folder: '3-audit-view', subject: 'Keep processed jobs for the audit view', tag: 'deploy/production-3' },
  {
    folder: '4-health-details',
    subject: 'Say in /health how long the service has been up',
    tag: 'deploy/production-4',
  },
  { folder: '5-log-level', subject: 'Take the log level from the environment', tag: 'deploy/production-5' },
];

/** A checkout and its bare remote. */
export interface Repository {
  readonly checkout: string;
  readonly remote: string;
}

const author = {
  GIT_AUTHOR_NAME: 'Sam Rivera',
  GIT_AUTHOR_EMAIL: 'sam@example.com',
  GIT_COMMITTER_NAME: 'Sam Rivera',
  GIT_COMMITTER_EMAIL: 'sam@example.com',
};

/** Runs git as a developer of the service would, apart from anyone's own settings. */
export async function git(folder: string, args: readonly string[], at = new Date()): Promise<string> {
  const date = at.toISOString();
  const env = {
    ...author,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const { stdout } = await execa('git', args, { cwd: folder, env });
  return stdout;
}

/** Creates an empty repository and its bare remote in `folder`. */
export async function createRepository(folder: string): Promise<Repository> {
  const repository = { checkout: path.join(folder, 'user-service'), remote: path.join(folder, 'user-service.git') };
  await mkdir(repository.checkout, { recursive: true });
  await git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', repository.remote]);
  await git(repository.checkout, ['init', '--quiet', '--initial-branch=main']);
  await git(repository.checkout, ['remote', 'add', 'origin', repository.remote]);
  return repository;
}

/** Commits a release, pushes it, and tags it as a deploy; answers the commit. */
export async function deploy(repository: Repository, release: Release, at = new Date()): Promise<string> {
  await cp(path.join(import.meta.dirname, 'history', release.folder), repository.checkout, { recursive: true });
  await git(repository.checkout, ['add', '--all']);
  await git(repository.checkout, ['commit', '--quiet', '--message', release.subject], at);
  await git(
    repository.checkout,
    ['tag', '--annotate', release.tag, '--message', `Deploy to production: ${release.subject}`],
    at,
  );
  await git(repository.checkout, ['push', '--quiet', '--follow-tags', '--set-upstream', 'origin', 'main']);
  await git(repository.checkout, ['remote', 'set-head', 'origin', 'main']);
  return git(repository.checkout, ['rev-parse', 'HEAD']);
}
