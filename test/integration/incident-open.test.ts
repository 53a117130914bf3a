import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { compileCache } from '../support/compiled.ts';
import { runResident, trimmed } from '../support/resident.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

let folder: TemporaryFolder;
let shop: TemporaryRepository;
let common: TemporaryRepository;

beforeAll(async () => {
  folder = await temporaryFolder();
  [shop, common] = await Promise.all([
    temporaryRepository({ 'src/shop.js': '' }),
    temporaryRepository({ 'src/common.js': '' }),
  ]);
});
afterAll(async () => {
  for (const each of [shop, common, folder]) await each[Symbol.asyncDispose]();
});

async function fixgate(...args: readonly string[]) {
  const PATH = process.env['PATH'] ?? '';
  const env = { PATH, FIXGATE_STATE_DIR: join(folder.path, 'state'), HOME: folder.path, ...compileCache };
  return trimmed(await runResident({ cwd: folder.path, env }, args));
}

const open = (id: string, ...more: readonly string[]) => fixgate('incident', 'open', '--id', id, ...more);

it('takes the repository that the configuration names, and asks where it names none [incidents:open:repository]', async () => {
  const file = join(folder.path, 'fixgate.yaml');
  const none = await open('PD-1', '--service', 'shop');
  expect(none).toMatchObject({ exitCode: 3, stdout: '' });
  expect(none.stderr).toContain('No repository is named for PD-1, neither with --repo nor in the configuration.');
  expect(none.stderr).toContain('--repo PATH');
  expect(none.stderr).toContain('`services.shop.repository`');

  writeFileSync(file, `services: { shop: { repository: '${shop.path}', environments: [production] } }\n`);
  expect(await open('PD-1', '--service', 'shop')).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await open('PD-2', '--service', 'billing')).exitCode).toBe(3);
  const mistyped = await open('PD-2', '--service', 'shopp');
  expect(mistyped.exitCode).toBe(3);
  expect(mistyped.stderr).toMatch(
    /^`services` of the configuration has no "shopp" \(did you mean shop\?\)\. No repository /,
  );
  expect((await open('PD-2')).stderr).toContain('`repository`');
  writeFileSync(file, `repository: '${common.path}'\nservices: { shop: { environments: [staging] } }\n`);
  expect((await open('PD-2', '--service', 'billing')).exitCode).toBe(0);
  // What is configured otherwise since was said by nobody.
  expect(await open('PD-1', '--service', 'shop')).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await open('PD-1', '--service', 'shop', '--repo', common.path)).stderr).toContain('another repo: ');
  const repositoryOf = async (id: string) => {
    const { incident } = JSON.parse((await fixgate('report', id, '--format', 'json')).stdout);
    return incident.repository;
  };
  expect(await repositoryOf('PD-1')).toContain(shop.path);
  expect(await repositoryOf('PD-2')).toContain(common.path);
  rmSync(file);
});

it('warns of a service that the configuration does not have, and opens all the same [incidents:open:service]', async () => {
  const file = join(folder.path, 'fixgate.yaml');
  writeFileSync(file, `repository: '${common.path}'\nservices: { checkout: {}, billing: {} }\n`);
  const mistyped = await open('PD-9', '--service', 'chekout');
  expect(mistyped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('PD-9 opened') });
  expect(mistyped.stderr).toContain('has no "chekout" (did you mean checkout?)');
  expect((await open('PD-10', '--service', 'a-new-one')).stderr).toMatch(/has no "a-new-one"\. /);
  expect(await open('PD-11', '--service', 'billing')).toMatchObject({ exitCode: 0, stderr: '' });
  writeFileSync(file, `repository: '${common.path}'\n`);
  expect(await open('PD-12', '--service', 'chekout')).toMatchObject({ exitCode: 0, stderr: '' });
  rmSync(file);
});

it('succeeds again with a time that counts from now, as a pager repeats it [incidents:open:again]', async () => {
  const again = () => open('PD-3', '--repo', shop.path, '--severity', 'SEV3', '--started-at', '40m');
  expect((await again()).stdout).toContain('opened');
  await setTimeout(1_100);
  expect(await again()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is open already'), stderr: '' });
  const other = await open('PD-3', '--repo', shop.path, '--started-at', '2h ago');
  expect(other).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/another started-at: it has started-at "20/),
  });
});

it('says that a remote is needed to publish, where there is none [incidents:open:notes]', async () => {
  const NOTE = 'Note: the repository has no remote, which open_pr needs to publish a fix: git remote add origin URL.';
  const lonely = await open('PD-20', '--repo', common.path);
  expect(lonely).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining(NOTE) });
  expect((await open('PD-20', '--repo', common.path)).stdout).not.toContain('Note:');
  await using remote = await temporaryRepository({ 'src/a.js': '' });
  remote.git('remote', 'add', 'origin', 'https://git.example/shop.git');
  const { stdout, exitCode } = await open('PD-21', '--repo', remote.path);
  expect([exitCode, stdout.includes('remote')]).toEqual([0, false]);
});

it('says which commits of an analysis the repository does not hold, and get_incident says it too [incidents:open:notes]', async () => {
  const head = common.git('rev-parse', 'HEAD').trim();
  const rca = `Commit a1b2c3d drops the bound, after commit ${head.slice(0, 9)}; trace 4bf92f3577b34da6a3ce929d0e0e4736.`;
  const { stdout } = await open('PD-22', '--repo', common.path, '--rca', rca);
  expect(stdout).toContain('Note: the analysis names a commit that the repository does not hold: a1b2c3d.');
  const called = await fixgate('call', 'get_incident', '--json', '{"incident_id":"PD-22"}');
  expect(called.stdout).toContain(' The analysis names a commit that the repository does not hold: a1b2c3d.');
  expect(called.stdout).toContain(head);
});

it('does not tell an agent to ask what has no source [tools:incident:allowed-next]', async () => {
  await open('PD-23', '--repo', common.path);
  const { stdout } = await fixgate('call', 'get_incident', '--json', '{"incident_id":"PD-23"}');
  const { allowed_next: next, not_allowed: not } = JSON.parse(stdout);
  expect(next).toEqual(['get_incident', 'list_recent_deploys', 'apply_patch', 'run_tests', 'escalate']);
  expect(not).toContainEqual({
    tool: 'query_metrics',
    why: expect.stringMatching(/No source of metrics is configured\.$/),
  });
});
