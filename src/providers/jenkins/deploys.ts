import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { Deploy, DeployQuery, DeployStatus } from '#domain/evidence.ts';

import type { HttpClient } from '../http.ts';
import { noteRequests, noting } from '../noted-requests.ts';
import type { DeploySource } from '../sources.ts';
import { readForm } from '../vendor-form.ts';

const BUILDS = 50;
/** Pipelines answer `changeSets`, freestyle jobs `changeSet`. */
const TREE =
  'builds[number,url,result,timestamp,duration,building,displayName,' +
  'actions[lastBuiltRevision[SHA1],causes[userName,shortDescription]],' +
  `changeSets[items[commitId,msg,author[fullName]]],changeSet[items[commitId,msg,author[fullName]]]]{0,${BUILDS}}`;

const ChangeSet = z.object({
  items: z
    .array(
      z.object({
        commitId: z.string().nullish(),
        msg: z.string().nullish(),
        author: z.object({ fullName: z.string() }).nullish(),
      }),
    )
    .default([]),
});
const Build = z.object({
  number: z.int(),
  url: z.string(),
  result: z.string().nullish(),
  /** Milliseconds since the epoch. */
  timestamp: z.number(),
  /** Milliseconds; 0 while it runs. */
  duration: z.number(),
  building: z.boolean(),
  displayName: z.string().nullish(),
  actions: z
    .array(
      z
        .object({
          lastBuiltRevision: z.object({ SHA1: z.string() }).nullish(),
          causes: z.array(z.object({ userName: z.string().nullish() })).nullish(),
        })
        .nullable(),
    )
    .default([]),
  changeSets: z.array(ChangeSet).nullish(),
  changeSet: ChangeSet.nullish(),
});
type Build = z.output<typeof Build>;

const RESULTS: Readonly<Record<string, DeployStatus>> = {
  SUCCESS: 'succeeded',
  UNSTABLE: 'partial',
  FAILURE: 'failed',
  ABORTED: 'cancelled',
  NOT_BUILT: 'cancelled',
};

/** Which jobs are read, and what they deploy. */
export interface JenkinsScope {
  readonly jobs: readonly string[];
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

interface JobPart {
  readonly job: string;
  readonly tree: string;
}

interface JobQuery {
  readonly job: string;
  readonly query: DeployQuery;
}

/** Builds of jobs. */
export function createJenkinsDeploys(http: HttpClient, scope: JenkinsScope): DeploySource {
  const read = async (from: HttpClient, { job, tree }: JobPart, signal: AbortSignal) => {
    const path = job
      .split('/')
      .map((name) => `job/${encodeURIComponent(name)}/`)
      .join('');
    return await from.read({ path: `${path}api/json`, params: { tree } }, signal);
  };
  const listJob = async (from: HttpClient, { job, query }: JobQuery, signal: AbortSignal) => {
    const answer = await read(from, { job, tree: TREE }, signal);
    const { builds } = readForm('Jenkins', z.object({ builds: z.array(Build) }), answer);
    const found = builds
      .map((build) => toDeploy(build, job, scope))
      .filter(({ at }) => at >= query.window.since && at < query.window.until);
    const oldest = Math.min(...builds.map(({ timestamp }) => timestamp));
    const full = builds.length >= BUILDS && oldest >= query.window.since;
    return { found, warnings: full ? [`Only the newest ${BUILDS} builds of ${job} were read.`] : [] };
  };
  return {
    async list(query, signal) {
      const others = (known: string | undefined, wanted: string | undefined) =>
        known !== undefined && wanted !== undefined && known !== wanted;
      if (others(scope.service, query.service) || others(scope.env, query.env)) return { deploys: [], warnings: [] };
      const noted = noteRequests();
      const reader = noting(http, noted);
      const lists = await Promise.all(scope.jobs.map((job) => listJob(reader, { job, query }, signal)));
      return {
        deploys: lists.flatMap(({ found }) => found).toSorted((a, b) => b.at - a.at),
        warnings: lists.flatMap(({ warnings }) => warnings),
        requests: noted.lines(),
      };
    },
    async probe(signal) {
      const missing: string[] = [];
      for (const job of scope.jobs) {
        await read(http, { job, tree: 'name' }, signal).catch((error: unknown) => {
          if (!(error instanceof FixgateError) || error.code !== 'not_found') throw error;
          missing.push(job);
        });
      }
      if (missing.length === 0) return `${scope.jobs.length} jobs`;
      throw new FixgateError('not_found', `Jenkins shows no job ${missing.join(', ')} to this user.`, {
        fix: 'Give the user Job/Read on it, or correct its path under jobs.',
      });
    },
  };
}

function toDeploy(build: Build, job: string, { service, env }: JenkinsScope): Deploy {
  const changes = [...(build.changeSets ?? []), ...(build.changeSet ? [build.changeSet] : [])].flatMap(
    ({ items }) => items,
  );
  const last = changes.at(-1);
  const sha =
    build.actions.find((action) => action?.lastBuiltRevision)?.lastBuiltRevision?.SHA1 ?? last?.commitId ?? '';
  const who = build.actions.flatMap((action) => action?.causes ?? []).find(({ userName }) => userName)?.userName;
  // No result yet means that it runs.
  const status = build.building || !build.result ? 'running' : RESULTS[build.result];
  return {
    id: `build:${job}:${build.number}`,
    at: build.timestamp,
    sha,
    ref: `${job} #${build.number}`,
    kind: 'run',
    author: who ?? last?.author?.fullName ?? '',
    subject: last?.msg ?? build.displayName ?? '',
    links: [build.url],
    ...(status !== undefined && { status }),
    ...(!build.building && { finishedAt: build.timestamp + build.duration }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
  };
}
