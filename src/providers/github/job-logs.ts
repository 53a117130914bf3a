import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { cutAtNewest } from '../cut-at-newest.ts';
import { exchange } from '../http/transport.ts';
import type { WireAnswer } from '../http/transport.ts';
import type { LogBatch, LogSource } from '../sources.ts';
import { GithubRun } from './deploy-records.ts';
import { parseAnswer } from './pull-requests.ts';
import type { GithubReader } from './reader.ts';

const MAX_RUNS = 10;
const MAX_JOBS = 20;
/** The end of a log: what failed stands there. */
const TAIL_BYTES = 1024 * 1024;
/** Of a server that answers more than the tail. */
const MAX_BYTES = 16 * 1024 * 1024;

const Job = z.object({
  id: z.int(),
  name: z.string(),
  conclusion: z.string().nullish(),
  completed_at: z.string().nullish(),
  steps: z
    .array(
      z.object({
        conclusion: z.string().nullish(),
        started_at: z.string().nullish(),
        completed_at: z.string().nullish(),
      }),
    )
    .default([]),
});
type Job = z.output<typeof Job>;

/** Where the API is, and the token that goes there and nowhere else. */
export interface JobLogAccess {
  readonly baseUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/** Logs of jobs that failed: their failed steps alone, the newest job first and each from its end. */
export function createJobLogs(reader: GithubReader, access: JobLogAccess): LogSource {
  return {
    read: (query, signal) => cutAtNewest(readJobs(reader, access, { query, signal }), query),
    async probe(signal) {
      await reader.read('actions/runs', { per_page: 1 }, signal);
      return `workflow runs of ${reader.repository.owner}/${reader.repository.repo}`;
    },
  };
}

interface Asked {
  readonly query: LogQuery;
  readonly signal: AbortSignal;
}

async function* readJobs(
  reader: GithubReader,
  access: JobLogAccess,
  { query, signal }: Asked,
): AsyncGenerator<LogBatch> {
  throwIfCancelled(signal);
  const { since, until } = query.window;
  const created = `${new Date(since - 86_400_000).toISOString()}..${new Date(until).toISOString()}`;
  const params = { status: 'failure', created, per_page: MAX_RUNS };
  const found = parseAnswer(RunPage, await reader.read('actions/runs', params, signal));
  if (found.total_count > found.workflow_runs.length)
    yield {
      entries: [],
      scannedBytes: 0,
      truncated: true,
      warnings: [`Only the newest ${MAX_RUNS} of ${found.total_count} failed runs were read.`],
    };
  let jobs = 0;
  for (const run of found.workflow_runs) {
    const answer = await reader.read(`actions/runs/${run.id}/jobs`, { filter: 'latest', per_page: 100 }, signal);
    const failed = parseAnswer(z.object({ jobs: z.array(Job) }), answer).jobs.filter(
      ({ conclusion }) => conclusion === 'failure',
    );
    for (const job of failed) {
      jobs += 1;
      if (jobs > MAX_JOBS)
        return yield {
          entries: [],
          scannedBytes: 0,
          truncated: true,
          warnings: [`Only ${MAX_JOBS} failed jobs were read.`],
        };
      yield await readJob(job, { reader, access, signal });
    }
  }
}

const RunPage = z.object({ total_count: z.int(), workflow_runs: z.array(GithubRun) });

interface JobReading {
  readonly reader: GithubReader;
  readonly access: JobLogAccess;
  readonly signal: AbortSignal;
}

async function readJob(job: Job, { reader, access, signal }: JobReading): Promise<LogBatch> {
  const { owner, repo } = reader.repository;
  const url = new URL(`${access.baseUrl.replace(/\/+$/, '')}/repos/${owner}/${repo}/actions/jobs/${job.id}/logs`);
  const answer = await download(url, access, signal);
  if (answer.overflow || answer.status < 200 || answer.status > 299) {
    const why = answer.overflow ? `is larger than ${MAX_BYTES} bytes` : `is not there (${answer.status})`;
    return { entries: [], scannedBytes: 0, warnings: [`The log of the job ${job.name} ${why}.`] };
  }
  return { entries: entriesOf(job, answer.body, answer.status === 206), scannedBytes: Buffer.byteLength(answer.body) };
}

/** GitHub answers with a short-lived address elsewhere: the token is not sent there. */
async function download(url: URL, { token, timeoutMs }: JobLogAccess, signal: AbortSignal): Promise<WireAnswer> {
  const limits = { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), maxBytes: MAX_BYTES, tls: {} };
  const agent = { 'user-agent': 'fixgate' };
  try {
    const headers = { ...agent, accept: 'application/vnd.github+json', authorization: `Bearer ${token}` };
    const first = await exchange({ method: 'GET', url, headers }, limits);
    const { location } = first.headers;
    if (first.status !== 302 || location === undefined) return first;
    const next = URL.parse(location, url.href);
    if (next === null || next.protocol !== url.protocol) return { ...first, status: 502, body: '' };
    return await exchange({ method: 'GET', url: next, headers: { ...agent, range: `bytes=-${TAIL_BYTES}` } }, limits);
  } catch (cause) {
    throwIfCancelled(signal);
    throw new FixgateError('provider_unavailable', 'GitHub did not answer with the log of a job.', {
      cause,
      fix: 'Try again in 30 s.',
    });
  }
}

/** Newest first. A line that a range has cut is left out. */
function entriesOf(job: Job, body: string, cut: boolean): LogEntry[] {
  const failed = job.steps.filter(({ conclusion }) => conclusion === 'failure').map(toSpan);
  const lines = body.split(/\r?\n/).map((line, index) => toEntry(job, line, index + 1));
  return lines
    .slice(cut ? 1 : 0)
    .filter(
      ({ at, raw }) =>
        raw !== '' && (failed.length === 0 || failed.some(([from, to]) => at !== undefined && at >= from && at < to)),
    )
    .toReversed();
}

/** Steps are timed by whole seconds. */
function toSpan({ started_at, completed_at }: Job['steps'][number]): readonly [number, number] {
  const from = Date.parse(started_at ?? '') || 0;
  const to = Date.parse(completed_at ?? '') || Number.POSITIVE_INFINITY;
  return [from, to + 1_000];
}

function toEntry(job: Job, line: string, number: number): LogEntry {
  const [, time, text = line] = /^\uFEFF?(\d{4}-\d\d-\d\dT[\d:.]{8,18}Z) ?(.*)$/.exec(line) ?? [];
  const at = time === undefined ? Number.NaN : Date.parse(time);
  const mark = /^##\[(error|warning|debug)\]/.exec(text)?.[1];
  const level = mark === 'warning' ? 'warn' : (mark as 'error' | 'debug' | undefined);
  return {
    ...(Number.isFinite(at) && { at }),
    ...(level !== undefined && { level }),
    message: text.replace(/^##\[\w+\]/, ''),
    raw: text,
    origin: `${job.name}#${job.id}:${number}`,
  };
}
