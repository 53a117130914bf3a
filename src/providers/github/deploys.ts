import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { Deploy, DeployQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import type { NotedRequests } from '../noted-requests.ts';
import { noteRequests } from '../noted-requests.ts';
import type { DeployList, DeploySource } from '../sources.ts';
import { compareOnGithub } from './compare.ts';
import {
  fromDeployment,
  fromRelease,
  fromRun,
  GithubDeployment,
  GithubDeploymentStatus,
  GithubRelease,
  GithubRun,
} from './deploy-records.ts';
import { parseAnswer } from './pull-requests.ts';
import type { GithubReader } from './reader.ts';
import { READ_PERMISSIONS } from './reader.ts';

const PAGE = 100;
/** The list of deployments knows no time: it is read newest first, so far and no further. */
const MAX_PAGES = 5;
/** Each state is a request of its own. */
const MAX_STATES = 30;
const MAX_TAGS = 10;
/** A filtered search for runs answers at most so many: https://docs.github.com/rest/actions/workflow-runs */
const MAX_RUNS = 1_000;
/** Workflows that deploy, by the name of their file or their own. */
const DEPLOYS = /deploy|release|publish|rollout|roll-?back|promote|ship|\bcd\b/i;

interface Asked {
  readonly reader: GithubReader;
  readonly query: DeployQuery;
  readonly signal: AbortSignal;
}

/** Deployments, runs of workflows that deploy, and releases of one repository. */
export function createGithubDeploys(reader: GithubReader): DeploySource {
  return {
    async list(query, signal) {
      const noted = noteRequests();
      const asked = { reader: notingReader(reader, noted), query, signal };
      const parts = await Promise.allSettled([deployments(asked), runs(asked), releases(asked)]);
      throwIfCancelled(signal);
      return { ...join(parts), requests: noted.lines() };
    },
    async compare(base, head, signal) {
      return await compareOnGithub(reader, { base, head }, signal);
    },
    async probe(signal) {
      const one = { per_page: 1 };
      await Promise.all(['deployments', 'actions/runs', 'commits'].map((route) => reader.read(route, one, signal)));
      return `${reader.repository.owner}/${reader.repository.repo}: ${READ_PERMISSIONS}`;
    },
  };
}

function notingReader(reader: GithubReader, noted: NotedRequests): GithubReader {
  const { owner, repo } = reader.repository;
  return {
    ...reader,
    read(route, params, signal) {
      const query = Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      noted.add(`GET /repos/${owner}/${repo}/${route}${query.length > 0 ? `?${query.join('&')}` : ''}`);
      return reader.read(route, params, signal);
    },
  };
}

/** A token may lack one permission and have the others. */
function join(parts: readonly PromiseSettledResult<DeployList>[]): DeployList {
  const lists = parts.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  const failures = parts.flatMap((part) => (part.status === 'rejected' ? [part.reason as unknown] : []));
  const foreign = failures.find((error) => !(error instanceof FixgateError));
  if (foreign !== undefined || lists.length === 0) throw foreign ?? failures[0];
  return {
    deploys: lists.flatMap(({ deploys }) => deploys).toSorted((a, b) => b.at - a.at),
    warnings: [
      ...failures.map((error) => (error as FixgateError).message),
      ...lists.flatMap(({ warnings }) => warnings),
    ],
  };
}

async function deployments({ reader, query, signal }: Asked): Promise<DeployList> {
  const { window, env } = query;
  const found: z.output<typeof GithubDeployment>[] = [];
  let full = false;
  for (let page = 1; ; page += 1) {
    const params = { per_page: PAGE, page, ...(env !== undefined && { environment: env }) };
    const records = parseAnswer(z.array(GithubDeployment), await reader.read('deployments', params, signal));
    found.push(...records.filter(({ created_at }) => isWithin(Date.parse(created_at), query)));
    const oldest = Date.parse(records.at(-1)?.created_at ?? '');
    if (records.length < PAGE || oldest < window.since) break;
    full = page >= MAX_PAGES;
    if (full) break;
  }
  const deploys = await Promise.all(
    found.map(async (record, index) => {
      if (index >= MAX_STATES) return fromDeployment(record, undefined);
      const route = `deployments/${record.id}/statuses`;
      const states = parseAnswer(z.array(GithubDeploymentStatus), await reader.read(route, { per_page: 1 }, signal));
      return fromDeployment(record, states[0]);
    }),
  );
  const warnings = [
    ...(full ? [`Only the newest ${MAX_PAGES * PAGE} deployments were read: name an env or a later since.`] : []),
    ...(found.length > MAX_STATES ? [`The state of only the newest ${MAX_STATES} deployments was read.`] : []),
  ];
  return { deploys, warnings };
}

async function runs({ reader, query, signal }: Asked): Promise<DeployList> {
  const { since, until } = query.window;
  // A run has no environment: one of them would be guessed.
  if (query.env !== undefined) return { deploys: [], warnings: [] };
  const created = `${new Date(since).toISOString()}..${new Date(until).toISOString()}`;
  const found: Deploy[] = [];
  let total = 0;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await reader.read('actions/runs', { created, per_page: PAGE, page }, signal);
    const { total_count, workflow_runs } = parseAnswer(RunPage, answer);
    total = total_count;
    found.push(...workflow_runs.filter(isDeploying).map(fromRun));
    if (workflow_runs.length < PAGE) break;
  }
  const most = Math.min(MAX_RUNS, MAX_PAGES * PAGE);
  const warnings = total > most ? [`Only the newest ${most} of ${total} workflow runs were read.`] : [];
  return { deploys: found.filter(({ at }) => isWithin(at, query)), warnings };
}

const RunPage = z.object({ total_count: z.int(), workflow_runs: z.array(GithubRun) });

function isDeploying({ name, path }: z.output<typeof GithubRun>): boolean {
  return DEPLOYS.test(name ?? '') || DEPLOYS.test(path.split('/').at(-1) ?? '');
}

async function releases({ reader, query, signal }: Asked): Promise<DeployList> {
  if (query.env !== undefined) return { deploys: [], warnings: [] };
  const answer = await reader.read('releases', { per_page: PAGE }, signal);
  const found = parseAnswer(z.array(GithubRelease), answer).filter(
    ({ draft, published_at }) => !draft && isWithin(Date.parse(published_at ?? ''), query),
  );
  const deploys = await Promise.all(
    found.slice(0, MAX_TAGS).map(async (release) => {
      // `target_commitish` may be a branch that has moved on since.
      const commit = await reader.read(`commits/${encodeURIComponent(`tags/${release.tag_name}`)}`, {}, signal);
      return fromRelease(release, parseAnswer(z.object({ sha: z.string() }), commit).sha);
    }),
  );
  return { deploys, warnings: found.length > MAX_TAGS ? [`Only the newest ${MAX_TAGS} releases were read.`] : [] };
}

function isWithin(at: number, { window }: DeployQuery): boolean {
  return at >= window.since && at < window.until;
}
