import { z } from 'zod';

import type { Deploy, DeployStatus } from '#domain/evidence.ts';

const text = z.string();
const Actor = z.object({ login: text }).nullish();

/** A deployment as GitHub answers it: its state is kept apart. All text is untrusted. */
export const GithubDeployment = z.object({
  id: z.int(),
  sha: text,
  ref: text,
  task: text.default('deploy'),
  environment: text,
  description: text.nullish(),
  created_at: text,
  creator: Actor,
});

/** The newest state of a deployment. */
export const GithubDeploymentStatus = z.object({
  state: text,
  created_at: text,
  log_url: text.nullish(),
  target_url: text.nullish(),
});

/** A run of a workflow. */
export const GithubRun = z.object({
  id: z.int(),
  name: text.nullish(),
  path: text.default(''),
  head_sha: text,
  head_branch: text.nullish(),
  display_title: text.nullish(),
  status: text.nullish(),
  conclusion: text.nullish(),
  created_at: text,
  run_started_at: text.nullish(),
  updated_at: text,
  html_url: text,
  actor: Actor,
});

/** A release; its commit is behind its tag. */
export const GithubRelease = z.object({
  id: z.int(),
  tag_name: text,
  name: text.nullish(),
  draft: z.boolean(),
  published_at: text.nullish(),
  html_url: text,
  author: Actor,
});

type Of<Schema extends z.ZodType> = z.output<Schema>;

/** `inactive` means that a newer deployment took its place. */
const STATES: Readonly<Record<string, DeployStatus>> = {
  success: 'succeeded',
  inactive: 'succeeded',
  failure: 'failed',
  error: 'failed',
  in_progress: 'running',
  queued: 'running',
  pending: 'running',
  waiting: 'running',
};

const CONCLUSIONS: Readonly<Record<string, DeployStatus>> = {
  success: 'succeeded',
  neutral: 'succeeded',
  failure: 'failed',
  timed_out: 'failed',
  startup_failure: 'failed',
  cancelled: 'cancelled',
  skipped: 'cancelled',
  stale: 'cancelled',
};

/** A deployment and its newest state, if that was read. */
export function fromDeployment(
  record: Of<typeof GithubDeployment>,
  state: Of<typeof GithubDeploymentStatus> | undefined,
): Deploy {
  const status = state === undefined ? undefined : STATES[state.state];
  const link = state?.log_url || state?.target_url;
  return {
    id: `deployment:${record.id}`,
    at: Date.parse(record.created_at),
    sha: record.sha,
    ref: record.ref,
    kind: 'deployment',
    env: record.environment,
    author: record.creator?.login ?? '',
    subject: record.description ?? '',
    ...(status !== undefined && { status }),
    ...(state !== undefined && status !== 'running' && { finishedAt: Date.parse(state.created_at) }),
    ...(/rollback|revert/i.test(record.task) && { rollback: true }),
    ...(isLink(link) && { links: [link] }),
  };
}

/** A run as a deploy. */
export function fromRun(record: Of<typeof GithubRun>): Deploy {
  const done = record.conclusion !== null && record.conclusion !== undefined;
  const status = done ? CONCLUSIONS[record.conclusion ?? ''] : 'running';
  return {
    id: `run:${record.id}`,
    at: Date.parse(record.run_started_at ?? record.created_at),
    sha: record.head_sha,
    ref: [record.name, record.head_branch].filter(Boolean).join(' '),
    kind: 'run',
    author: record.actor?.login ?? '',
    subject: record.display_title ?? '',
    ...(status !== undefined && { status }),
    ...(done && { finishedAt: Date.parse(record.updated_at) }),
    ...(isLink(record.html_url) && { links: [record.html_url] }),
  };
}

/** A release with the commit of its tag. */
export function fromRelease(record: Of<typeof GithubRelease>, sha: string): Deploy {
  return {
    id: `release:${record.id}`,
    at: Date.parse(record.published_at ?? ''),
    sha,
    ref: record.tag_name,
    kind: 'release',
    author: record.author?.login ?? '',
    subject: record.name ?? '',
    ...(isLink(record.html_url) && { links: [record.html_url] }),
  };
}

function isLink(url: string | null | undefined): url is string {
  return typeof url === 'string' && /^https?:\/\/\S{1,2000}$/.test(url);
}
