import { z } from 'zod';

import type { Deploy, DeployQuery } from '#domain/evidence.ts';

import type { RepositoryDeps } from './define-provider.ts';
import { defineProvider } from './define-provider.ts';
import { compareCommits } from './local-git/compare.ts';
import { listChanges } from './local-git/list-changes.ts';
import { listMerges, listRefs } from './local-git/list-deploys.ts';
import { noteRequests } from './noted-requests.ts';
import type { DeploySource } from './sources.ts';

const globs = z.array(z.string().min(1).max(256)).max(50);

const settings = z.strictObject({
  /** Tags that mark a deploy. */
  tags: globs.default(['deploy/**', 'deploy-*', 'release/**', 'release-*', 'v[0-9]*']),
  /** Branches whose tip is what runs. */
  branches: globs.default(['release/**', 'release-*']),
  /** Merge commits of the base branch count as deploys. */
  merges: z.boolean().default(true),
  /** Given to every deploy: git knows neither. */
  service: z.string().min(1).optional(),
  env: z.string().min(1).optional(),
});
type Settings = z.output<typeof settings>;

/** Deploys as git records them: tags, release branches and merges of the incident's repository. */
export const localGit = defineProvider({
  id: 'local-git',
  title: 'git',
  docs: [
    'Reads tags (at the time of the annotation, else of the commit), tips of release branches and merges of the base branch.',
    'A commit that a tag marks is not listed again as branch or merge.',
  ].join(' '),
  settings,
  capabilities: { deploys: (settings, deps) => createGitDeploys(settings, deps) },
});

function createGitDeploys(settings: Settings, { repository, repositoryFolder }: RepositoryDeps): DeploySource {
  const scopeOf = async (signal: AbortSignal) => ({ folder: await repositoryFolder(repository.location), signal });
  return {
    async list(query, signal) {
      if (differs(settings.service, query.service) || differs(settings.env, query.env))
        return { deploys: [], warnings: [] };
      const noted = noteRequests();
      const scope = { ...(await scopeOf(signal)), noted };
      const refs = await listRefs(scope, settings);
      const merges = settings.merges ? await listMerges(scope, repository.baseBranch, query.window.since) : [];
      const deploys = inWindow(withoutRepeats([...refs, ...merges]), query);
      return {
        deploys: deploys.map((deploy) => withNames(deploy, settings)),
        warnings: [],
        requests: noted.lines(),
      };
    },
    async changes(window, signal) {
      const noted = noteRequests();
      const read = await listChanges({ ...(await scopeOf(signal)), noted }, repository.baseBranch, window);
      return { ...read, requests: noted.lines() };
    },
    async compare(base, head, signal) {
      return await compareCommits({ base, head }, await scopeOf(signal));
    },
    async probe(signal) {
      const refs = await listRefs(await scopeOf(signal), settings);
      return `${refs.length} ${refs.length === 1 ? 'tag or branch marks' : 'tags and branches mark'} deploys`;
    },
  };
}

/** Only what is known to differ is dropped. */
function differs(known: string | undefined, wanted: string | undefined): boolean {
  return known !== undefined && wanted !== undefined && known.toLowerCase() !== wanted.toLowerCase();
}

/** Every tag is an event of its own, since a rollback tags an old commit again; branches and merges only add other commits. */
function withoutRepeats(deploys: readonly Deploy[]): readonly Deploy[] {
  const order = ['tag', 'release_branch', 'merge'];
  const seen = new Set<string>();
  return deploys
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .filter(({ kind, sha }) => {
      const repeated = kind !== 'tag' && seen.has(sha);
      seen.add(sha);
      return !repeated;
    });
}

function inWindow(deploys: readonly Deploy[], { window }: DeployQuery): readonly Deploy[] {
  return deploys
    .filter(({ at }) => at >= window.since && at < window.until)
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

function withNames(deploy: Deploy, { service, env }: Settings): Deploy {
  return { ...deploy, ...(service !== undefined && { service }), ...(env !== undefined && { env }) };
}
