import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { compileCache } from '../support/compiled.ts';
import { runResident, trimmed } from '../support/resident.ts';
import type { Place } from '../support/server-process.ts';
import { fixgateEntry } from '../support/server-process.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;

beforeAll(async () => {
  state = await temporaryFolder();
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  repository = await temporaryRepository({
    'logs/app.log': [
      `${at(50)} INFO order committed`,
      `${at(9)} ERROR payments refused password=hunter2secret for psp`,
      `${at(8)} ERROR payments refused password=hunter2secret for psp`,
      '',
    ].join('\n'),
  });
  await fixgate(['incident', 'open', '--id', 'E-1', '--repo', repository.path, '--started-at', '10m ago']);
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

interface Options {
  readonly env?: Readonly<Record<string, string>>;
}

function place({ env }: Options = {}): Place {
  const [PATH, HOME] = [process.env['PATH'] ?? '', state.path];
  return {
    cwd: repository.path,
    env: { PATH, HOME, FIXGATE_STATE_DIR: join(state.path, 'state'), ...compileCache, ...env },
  };
}

async function fixgate(args: readonly string[], options: Options = {}) {
  return trimmed(await runResident(place(options), args));
}

/** As a process of its own, whose streams matter. */
function start(...args: readonly string[]) {
  const options = { ...place(), extendEnv: false, stripFinalNewline: false, reject: false } as const;
  return execa(process.execPath, [fixgateEntry, ...args], options);
}

it('prints a kept text byte by byte, as its SHA-256 was taken [evidence:show:exact]', async () => {
  const { stdout } = await fixgate(['call', 'get_incident_logs', '--json', '{"incident_id":"E-1"}']);
  const { lines } = JSON.parse(stdout) as { readonly lines: string };
  const list = (await fixgate(['evidence', 'list', 'E-1'])).stdout.split('\n');
  const shown = await start('evidence', 'show', lines);
  const kept = list.find((line) => line.startsWith(`${lines} `));
  expect(kept).toContain(`sha256 ${createHash('sha256').update(shown.stdout).digest('hex').slice(0, 12)}`);
});

it('ends quietly when whoever reads a kept text has enough', async () => {
  const { stdout } = await fixgate(['call', 'get_incident_logs', '--json', '{"incident_id":"E-1"}']);
  const { lines } = JSON.parse(stdout) as { readonly lines: string };
  const reading = start('evidence', 'show', lines);
  reading.stdout.destroy();
  expect((await reading).stderr).toBe('');
});

describe('reading the records where the configuration names secrets that are not set', () => {
  const token = (name: string) => `{ env: ${name} }`;
  beforeAll(() => {
    writeFileSync(
      join(repository.path, 'fixgate.yaml'),
      [
        `http: { token: ${token('HTTP_TOKEN')} }`,
        `sources: { prom: { provider: prometheus, url: "http://127.0.0.1:9", token: ${token('PROM_TOKEN')} } }`,
        `code_host: { provider: github, owner: acme, repo: shop, token: ${token('GITHUB_TOKEN')} }`,
        `notify: { slack: { url: ${token('SLACK')} } }`,
        '',
      ].join('\n'),
    );
  });
  afterAll(() => rmSync(join(repository.path, 'fixgate.yaml')));

  it.each([
    [['report', 'E-1']],
    [['incident', 'list']],
    [['approvals', 'E-1']],
    [['evidence', 'list', 'E-1']],
    [['audit', 'verify']],
  ])('fixgate %j works [config:secrets:unused]', async (args) => {
    const { exitCode, stdout, stderr } = await fixgate(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it.each([[['call', 'get_incident', '--json', '{"incident_id":"E-1"}']], [['doctor']], [['serve']]])(
    'fixgate %j asks for them [config:secrets:unused]',
    async (args) => {
      const { exitCode, stderr } = await fixgate(args);
      expect(exitCode).toBe(3);
      for (const name of ['HTTP_TOKEN', 'PROM_TOKEN', 'GITHUB_TOKEN', 'SLACK']) expect(stderr).toContain(name);
    },
  );

  it('still masks those that are set [config:secrets:unused]', async () => {
    const plain = join(state.path, 'plain.yaml');
    writeFileSync(plain, '');
    const facts = ['--id', 'E-9', '--repo', repository.path, '--title', 'seen: orchard-lantern-77'];
    await fixgate(['incident', 'open', ...facts, '--config', plain]);
    const list = async (env: Options['env'] = {}) => (await fixgate(['incident', 'list'], { env })).stdout;
    expect(await list()).toContain('E-9\tSEV3\topen\tseen: orchard-lantern-77');
    const masked = await list({ HTTP_TOKEN: 'orchard-lantern-77' });
    expect(masked).toContain('E-9\tSEV3\topen\tseen: ');
    expect(masked).not.toContain('orchard-lantern');
  });
});

it('names the folder where an incident is not, or none is [incidents:list:folder]', async () => {
  const elsewhere = join(state.path, 'elsewhere');
  const env = { FIXGATE_STATE_DIR: elsewhere };
  const list = await fixgate(['incident', 'list'], { env });
  expect(list).toMatchObject({ exitCode: 0, stdout: '', stderr: `No incidents in ${elsewhere}.` });
  for (const args of [
    ['report', 'E-1'],
    ['evidence', 'list', 'E-1'],
    ['approvals', 'E-1'],
  ])
    expect((await fixgate(args, { env })).stderr).toContain(`No incident E-1 is open in ${elsewhere}.`);
});

it('gives humans the lines behind an answer, redacted, until they are removed [evidence:lines:for-humans]', async () => {
  const { stdout } = await fixgate(['call', 'get_incident_logs', '--json', '{"incident_id":"E-1"}']);
  const { lines, log_hash } = JSON.parse(stdout) as { readonly lines: string; readonly log_hash: string };
  expect(log_hash).toMatch(/^lh1:[0-9a-f]{32}$/);
  expect((await fixgate(['evidence', 'list', 'E-1'])).stdout).toContain(lines);
  const shown = (await fixgate(['evidence', 'show', lines])).stdout;
  expect(shown.split('\n').filter((line) => line.includes('payments refused'))).toHaveLength(2);
  expect(shown).not.toContain('hunter2secret');

  expect((await fixgate(['evidence', 'purge'])).exitCode).not.toBe(0);
  expect((await fixgate(['evidence', 'purge', '--older-than', '5x'])).stderr).toContain('Give an age such as 12h, 30d');
  expect((await fixgate(['evidence', 'purge', '--older-than', '30d'])).stdout).toContain('Nothing to remove');
  expect((await fixgate(['evidence', 'purge', '--incident', 'E-1'])).stdout).toMatch(/^Removed \d+ texts of E-1\.$/);
  const gone = await fixgate(['evidence', 'show', lines]);
  expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringMatching(/was removed; its SHA-256 was [0-9a-f]{64}/)]);
  expect((await fixgate(['evidence', 'list', 'E-1'])).stdout).toContain('removed ');
});

it('answers the same question from what is kept, and scans nothing [logs:reply:cached]', async () => {
  const ask = () => fixgate(['call', 'get_incident_logs', '--json', '{"incident_id":"E-1","mode":"errors"}']);
  const first = JSON.parse((await ask()).stdout) as { readonly scanned_bytes: number };
  expect(first.scanned_bytes).toBeGreaterThan(0);
  expect(JSON.parse((await ask()).stdout)).toMatchObject({ cached: true, scanned_bytes: 0 });
});

it('finds a source by the name of its vendor, also before the words of a query [logs:sources:prefix]', async () => {
  const ask = async (args: object) =>
    JSON.parse(
      (await fixgate(['call', 'get_incident_logs', '--json', JSON.stringify({ incident_id: 'E-1', ...args })])).stdout,
    ) as { readonly matched: number; readonly source: string };
  expect(await ask({ query: 'files: psp' })).toMatchObject({ source: 'logs', matched: 2 });
  expect(await ask({ source: 'files:logs', query: 'psp' })).toMatchObject({ matched: 2 });
  expect(await ask({ source: 'cloudwatch:' })).toMatchObject({ code: 'not_found' });
  // Whoever writes the name of a vendor means it; other words before a colon, and quoted ones, are text.
  expect(await ask({ query: 'datadog: psp' })).toMatchObject({ code: 'not_found' });
  expect(await ask({ query: '"datadog: psp"' })).toMatchObject({ matched: 0 });
  expect(await ask({ query: 'error: psp' })).toMatchObject({ source: 'logs' });
});

it('gives the rest of a long list of suspects behind its cursor, and humans what was asked for it [deploys:reply:pages]', async () => {
  await using long = await temporaryRepository({ 'a.txt': '0' });
  for (let n = 1; n <= 30; n += 1) {
    await long.write('a.txt', String(n));
    long.commit(`Change number ${n}`);
  }
  await fixgate(['incident', 'open', '--id', 'E-2', '--repo', long.path, '--started-at', '2026-01-01T00:10:00Z']);
  const ask = async (args: object) => {
    const asked = JSON.stringify({ incident_id: 'E-2', limit: 50, max_tokens: 1_500, ...args });
    const { stdout, stderr } = await fixgate(['call', 'list_recent_deploys', '--json', asked]);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as {
      readonly matched: number;
      readonly truncated: boolean;
      readonly next_cursor?: string;
      readonly rows: readonly { readonly rank: number }[];
    };
  };
  const ranks: number[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages === 0 || (cursor !== undefined && pages < 40); pages += 1) {
    const page = await ask(cursor === undefined ? {} : { cursor });
    expect(page.rows.length).toBeGreaterThan(0);
    ranks.push(...page.rows.map(({ rank }) => rank));
    cursor = page.next_cursor;
  }
  expect(ranks).toStrictEqual(Array.from({ length: 31 }, (_, n) => n + 1));

  const listed = (await fixgate(['evidence', 'list', 'E-2'])).stdout;
  const uri = /(incident:\S+).*Requests of list_recent_deploys/.exec(listed)?.[1] ?? '';
  const kept = JSON.parse((await fixgate(['evidence', 'show', uri])).stdout) as { readonly reads: object[] };
  expect(kept.reads).toMatchObject([
    { of: 'deploys', source: 'git' },
    { of: 'changes', source: 'git', answers: 31 },
  ]);
}, 120_000);
