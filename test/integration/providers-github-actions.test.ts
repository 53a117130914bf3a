import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { githubActions } from '#providers/github-actions.ts';

import type { FaultyServer, VendorAnswer } from '../support/faulty-server.ts';
import { serveWithFaults } from '../support/faulty-server.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const live = new AbortController().signal;
const json = (body: unknown): VendorAnswer => ({ status: 200, body: JSON.stringify(body) });

const run = {
  id: 7,
  name: 'CI',
  path: '.github/workflows/ci.yml',
  head_sha: 'a'.repeat(40),
  created_at: '2025-11-03T13:50:00Z',
  updated_at: '2025-11-03T14:00:00Z',
  html_url: 'https://github.example/runs/7',
};
const step = (conclusion: string, minute: number) => ({
  conclusion,
  started_at: `2025-11-03T13:5${minute}:00Z`,
  completed_at: `2025-11-03T13:5${minute}:30Z`,
});
const jobs = [
  { id: 1, name: 'build', conclusion: 'success', steps: [] },
  { id: 2, name: 'test', conclusion: 'failure', steps: [step('success', 8), step('failure', 9)] },
];
const log = [
  '2025-11-03T13:58:10.0000000Z installing',
  '2025-11-03T13:59:01.0000000Z running tests',
  '2025-11-03T13:59:02.5000000Z ##[error]TypeError: total is undefined',
  '',
].join('\r\n');

const open: FaultyServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function world(storage: VendorAnswer = { status: 200, headers: { 'content-type': 'text/plain' }, body: log }) {
  const blob = await serveWithFaults(() => storage);
  const api = await serveWithFaults(({ path }) => {
    if (path.includes('/jobs/')) return { status: 302, headers: { location: `${blob.url}/signed?sig=1` }, body: '' };
    if (path.includes('/runs/7/jobs')) return json({ jobs });
    return json({ total_count: 1, workflow_runs: [run] });
  });
  open.push(blob, api);
  const settings = githubActions.settings.parse({
    owner: 'acme',
    repo: 'shop',
    token: 'ghp_secret',
    base_url: api.url,
  });
  const source = githubActions.capabilities.logs?.(settings, { clock: systemClock });
  async function read(query: Partial<LogQuery> = {}) {
    const entries: LogEntry[] = [];
    const warnings: string[] = [];
    for await (const batch of source!.read({ window: { since: onset, until: onset + 600_000 }, ...query }, live)) {
      entries.push(...batch.entries);
      warnings.push(...(batch.warnings ?? []));
    }
    return { entries, warnings };
  }
  return { blob, api, read };
}

describe('logs of GitHub Actions', () => {
  it('are those of the failed steps of failed jobs, from the end, each line with its job [logs:actions:failed]', async () => {
    const { read } = await world();
    const { entries } = await read();
    expect(entries).toStrictEqual([
      {
        at: Date.parse('2025-11-03T13:59:02.500Z'),
        level: 'error',
        message: 'TypeError: total is undefined',
        raw: '##[error]TypeError: total is undefined',
        origin: 'test#2:3',
      },
      { at: Date.parse('2025-11-03T13:59:01Z'), message: 'running tests', raw: 'running tests', origin: 'test#2:2' },
    ]);
    expect((await read({ newest: 1 })).entries).toHaveLength(1);
  });

  it('are fetched from where GitHub sends us without our token, and from their end [logs:actions:redirect]', async () => {
    const { read, blob, api } = await world();
    await read();
    expect(api.seen.every(({ headers }) => headers.authorization === 'Bearer ghp_secret')).toBe(true);
    expect(blob.seen).toMatchObject([{ path: '/signed?sig=1', headers: { range: 'bytes=-1048576' } }]);
    expect(blob.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('that are gone are a warning', async () => {
    const { read } = await world({ status: 404, body: '' });
    expect(await read()).toStrictEqual({ entries: [], warnings: ['The log of the job test is not there (404).'] });
  });

  it('lose the line that the range has cut', async () => {
    const { read } = await world({ status: 206, body: `59:00Z half a line\n${log}` });
    expect((await read()).entries.map(({ message }) => message)).toStrictEqual([
      'TypeError: total is undefined',
      'running tests',
    ]);
  });
});
