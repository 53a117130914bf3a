import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { CommitRange, Deploy, DeployStatus } from '#domain/evidence.ts';

import type { HttpClient } from '../http.ts';
import { noteRequests, noting } from '../noted-requests.ts';
import { requireRefName, unknownRef } from '../ref-name.ts';
import type { DeploySource } from '../sources.ts';
import { readForm } from '../vendor-form.ts';

const PAGE = 100;
const MAX_PAGES = 5;
const MAX_DIFF_CHARS = 64 * 1024;

const Deployment = z.object({
  id: z.int(),
  sha: z.string(),
  ref: z.string(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string().nullish(),
  user: z.object({ username: z.string() }).nullish(),
  environment: z.object({ name: z.string() }).nullish(),
  deployable: z
    .object({
      finished_at: z.string().nullish(),
      web_url: z.string().nullish(),
      commit: z.object({ title: z.string() }).nullish(),
    })
    .nullish(),
});

const Comparison = z.object({
  commits: z.array(z.object({ id: z.string(), title: z.string(), author_name: z.string(), created_at: z.string() })),
  diffs: z.array(z.object({ old_path: z.string().optional(), new_path: z.string(), diff: z.string().default('') })),
  compare_timeout: z.boolean().default(false),
});

const STATES: Readonly<Record<string, DeployStatus>> = {
  success: 'succeeded',
  failed: 'failed',
  canceled: 'cancelled',
  skipped: 'cancelled',
  running: 'running',
  created: 'running',
  blocked: 'running',
};

/** Which project is read. */
export interface GitlabProject {
  readonly project: string;
  readonly service?: string | undefined;
}

/** Deployments of one project. */
export function createGitlabDeploys(http: HttpClient, { project, service }: GitlabProject): DeploySource {
  const root = `projects/${encodeURIComponent(project)}`;
  return {
    async list({ window, env, service: wanted }, signal) {
      if (service !== undefined && wanted !== undefined && service !== wanted) return { deploys: [], warnings: [] };
      const noted = noteRequests();
      const reader = noting(http, noted);
      const found: Deploy[] = [];
      let full = false;
      for (let page = 1; ; page += 1) {
        // Without an order the oldest come first. `updated_after` is refused unless the order is by update, and a deploy of
        // the window may have been updated after its end: so it has no upper bound.
        const params = {
          order_by: 'updated_at',
          sort: 'desc',
          updated_after: new Date(window.since).toISOString(),
          per_page: String(PAGE),
          page: String(page),
          ...(env !== undefined && { environment: env }),
        };
        const answer = await reader.read({ path: `${root}/deployments`, params }, signal);
        const records = readForm('GitLab', z.array(Deployment), answer);
        found.push(...records.map((record) => toDeploy(record, service)));
        full = records.length === PAGE && page >= MAX_PAGES;
        if (records.length < PAGE || full) break;
      }
      return {
        deploys: found.filter(({ at }) => at >= window.since && at < window.until).toSorted((a, b) => b.at - a.at),
        warnings: full ? [`Only the newest ${PAGE * MAX_PAGES} deployments were read.`] : [],
        requests: noted.lines(),
      };
    },
    async compare(base, head, signal) {
      [base, head].forEach(requireRefName);
      try {
        const answer = await http.read(
          { path: `${root}/repository/compare`, params: { from: base, to: head } },
          signal,
        );
        return toRange(readForm('GitLab', Comparison, answer), { base, head });
      } catch (error) {
        throw error instanceof FixgateError && error.code === 'not_found' ? unknownRef(`${base} or ${head}`) : error;
      }
    },
    async probe(signal) {
      const params = { per_page: '1' };
      readForm('GitLab', z.array(Deployment), await http.read({ path: `${root}/deployments`, params }, signal));
      return `deployments of ${project}`;
    },
  };
}

function toDeploy(record: z.output<typeof Deployment>, service: string | undefined): Deploy {
  const { deployable } = record;
  const status = STATES[record.status];
  const finished = deployable?.finished_at;
  return {
    id: `deployment:${record.id}`,
    at: Date.parse(record.created_at),
    sha: record.sha,
    ref: record.ref,
    kind: 'deployment',
    author: record.user?.username ?? '',
    subject: deployable?.commit?.title ?? '',
    ...(record.environment && { env: record.environment.name }),
    ...(service !== undefined && { service }),
    ...(status !== undefined && { status }),
    ...(finished && { finishedAt: Date.parse(finished) }),
    ...(deployable?.web_url && { links: [deployable.web_url] }),
  };
}

function toRange(
  { commits, diffs, compare_timeout }: z.output<typeof Comparison>,
  names: { base: string; head: string },
): CommitRange {
  const diff = diffs
    .map(({ new_path, old_path = new_path, diff: hunks }) => `diff --git a/${old_path} b/${new_path}\n${hunks}`)
    .join('');
  return {
    ...names,
    // GitLab lists them oldest first.
    commits: commits.toReversed().map(({ id, title, author_name, created_at }) => ({
      sha: id,
      at: Date.parse(created_at),
      author: author_name,
      subject: title,
    })),
    files: diffs.map(({ new_path, diff: hunks }) => ({
      path: new_path,
      added: hunks.match(/^\+/gm)?.length ?? 0,
      removed: hunks.match(/^-/gm)?.length ?? 0,
    })),
    diff: diff.slice(0, MAX_DIFF_CHARS),
    diffTruncated: compare_timeout || diff.length > MAX_DIFF_CHARS,
  };
}
