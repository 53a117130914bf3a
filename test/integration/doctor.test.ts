import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { root } from '../support/citations.ts';
import { compileCache } from '../support/compiled.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  readonly fix?: string;
}

let state: TemporaryFolder;
let repository: TemporaryRepository;
/** A Loki whose gate refuses every token but one. */
const vendor = createServer((request, response) => {
  const allowed = request.headers.authorization === 'Bearer right-token';
  response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
  response.end(allowed ? JSON.stringify({ status: 'success', data: ['service_name'] }) : 'no');
});

beforeAll(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'logs/app.log': '2026-03-01T12:00:00Z ERROR down\n' });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  vendor.close();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

async function doctor(config: string, env: Readonly<Record<string, string>> = {}, cwd = repository.path) {
  writeFileSync(join(cwd, 'fixgate.yaml'), config);
  const policy = 'LEAST';
  const run = await execa(process.execPath, [join(root, 'bin/fixgate.js'), 'doctor', '--json'], {
    cwd,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: state.path,
      FIXGATE_STATE_DIR: join(state.path, policy),
      ...env,
      ...compileCache,
    },
    reject: false,
  });
  const { findings } = JSON.parse(run.stdout) as { readonly findings: readonly Finding[] };
  return {
    exitCode: run.exitCode,
    stdout: run.stdout,
    of: (name: string) => findings.find(({ check }) => check.startsWith(name)),
  };
}

const lokiAt = (token: string) =>
  [
    'version: 1',
    'sources:',
    '  loki:',
    '    provider: loki',
    `    url: http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
    '    selector: \'{job="app"}\'',
    `    token: { env: ${token} }`,
    '',
  ].join('\n');

it('looks at git, the repository, the sandbox, the state and the clock [cli:doctor:checks]', async () => {
  const { of } = await doctor('version: 1\n');
  expect(of('git')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^git version \d/) });
  expect(of('repository')).toMatchObject({ status: 'ok', detail: expect.stringContaining('HEAD') });
  expect(of('state')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/free, state_id [0-9a-f]{8}$/) });
  expect(of('clock')).toMatchObject({ status: 'ok' });
  expect(of('sandbox')?.detail).toMatch(/isolation (?:full|partial|none)/i);
});

it('warns of a freeze file that is not there, which a slip looks like [cli:doctor:checks]', async () => {
  const config = `version: 1\nfreeze_file: ${join(repository.path, 'freeze.json')}\n`;
  expect((await doctor(config)).of('freeze file')).toMatchObject({
    status: 'warning',
    detail: 'The freeze file freeze.json is missing: pull requests are drafts.',
    fix: expect.stringContaining('`status: idle`'),
  });
  writeFileSync(join(repository.path, 'freeze.json'), '{"status": "idle"}');
  expect((await doctor(config)).of('freeze file')).toMatchObject({ status: 'ok' });
});

it('tries every configured provider, and says what to do about the one that refuses [cli:doctor:providers]', async () => {
  const refused = await doctor(lokiAt('LOKI_TOKEN'), { LOKI_TOKEN: 'wrong-token' });
  expect(refused.exitCode).toBe(1);
  expect(refused.of('loki')).toMatchObject({ status: 'failed', fix: expect.stringMatching(/\w/) });
  expect(refused.stdout).not.toContain('wrong-token');
  const answered = await doctor(lokiAt('LOKI_TOKEN'), { LOKI_TOKEN: 'right-token' });
  expect(answered.of('loki')).toMatchObject({ status: 'ok' });
});

it('finds the files of metrics, and names the paths that match none [cli:doctor:providers]', async () => {
  writeFileSync(join(repository.path, 'now.prom'), 'up 1\n');
  const config = (path: string) => `sources: { recorded: { provider: openmetrics, paths: ['${path}'] } }\n`;
  const there = await doctor(config('*.prom'));
  expect(there.of('recorded')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^1 file, /) });
  const gone = await doctor(config('gone/*.prom'));
  expect([gone.exitCode, gone.of('recorded')?.status]).toEqual([1, 'failed']);
  expect(gone.of('recorded')?.detail).toContain(join(repository.path, 'gone/*.prom'));
});

it('names an address that nobody answers at', async () => {
  const config = lokiAt('LOKI_TOKEN').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
  const { of, exitCode } = await doctor(config, { LOKI_TOKEN: 'right-token' });
  expect([exitCode, of('loki')?.status]).toEqual([1, 'failed']);
  expect(of('loki')?.detail).toContain('127.0.0.1:1');
});

/** A Datadog whose keys may read logs alone, or nothing. */
function datadogFor(readable: RegExp) {
  return createServer((request, response) => {
    const allowed = readable.test(request.url ?? '');
    response.writeHead(allowed ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(allowed ? { data: [] } : { errors: ['Forbidden'] }));
  });
}

it.each<[string, RegExp, readonly unknown[], string?]>([
  ['keys for logs alone are right', /logs/, ['ok', 'skipped', 'skipped']],
  [
    'keys for logs alone are wrong where metrics are asked of them',
    /logs/,
    ['ok', 'failed', 'skipped'],
    'services: { shop: { metrics: { source: dd } } }\n',
  ],
  ['keys that may read nothing are wrong', /^never$/, ['failed', 'failed', 'failed']],
])('%s [cli:doctor:unasked]', async (_, readable, statuses, services = '') => {
  const server = datadogFor(readable);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = 'api_key: { env: DD_A }, app_key: { env: DD_B }';
  const config = `version: 1\nsources:\n  dd: { provider: datadog, site: datadoghq.eu, url: '${url}', ${keys} }\n${services}`;
  const found = await doctor(config, { DD_A: 'a'.repeat(32), DD_B: 'b'.repeat(40) });
  server.close();
  const roles = ['logs', 'metrics', 'deploys'].map((role) => found.of(`dd (datadog, ${role})`));
  expect(roles.map((role) => role?.status)).toStrictEqual(statuses);
  expect(roles[1]?.detail).toContain('(403)');
  expect(found.exitCode).toBe(statuses.includes('failed') ? 1 : 0);
});

it('looks at the repositories of services where the configuration lies beside none [cli:doctor:checks]', async () => {
  const place = join(state.path, 'operator');
  mkdirSync(place, { recursive: true });
  const named = (folder: string) => `version: 1\nservices: { app: { repository: ${JSON.stringify(folder)} } }\n`;
  const found = async (folder: string) => (await doctor(named(folder), {}, place)).of('repository');
  expect(await found(repository.path)).toMatchObject({ status: 'ok', detail: expect.stringContaining('HEAD') });
  expect(await found(place)).toMatchObject({ status: 'failed', fix: expect.stringContaining('at a service') });
});

it('says that a folder without a commit is no repository', async () => {
  const run = await execa(process.execPath, [join(root, 'bin/fixgate.js'), 'doctor', '--json'], {
    cwd: state.path,
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: state.path, FIXGATE_STATE_DIR: join(state.path, 'none') },
    reject: false,
  });
  const { findings } = JSON.parse(run.stdout) as { readonly findings: readonly Finding[] };
  expect(findings.find(({ check }) => check === 'repository')).toMatchObject({
    status: 'failed',
    fix: expect.stringContaining('repository: in fixgate.yaml'),
  });
});
