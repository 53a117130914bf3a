import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createSqliteStore } from '#state/sqlite-store.ts';

import { compileCache } from '../support/compiled.ts';
import { runResident, trimmed } from '../support/resident.ts';
import { sampleEvent, sampleIncident } from '../support/store-samples.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

let folder: TemporaryFolder;
let repository: TemporaryRepository;

beforeAll(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({ 'package.json': '{}\n' });
  const shipped = readFileSync('policies/default.yaml', 'utf8');
  writeFileSync(join(folder.path, 'policy.yaml'), `${shipped}\napprovals: advisory\n`);
  writeFileSync(join(folder.path, 'fixgate.yaml'), 'version: 1\npolicy: ./policy.yaml\n');
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function fixgate(...args: readonly string[]) {
  const PATH = process.env['PATH'] ?? '';
  const env = { PATH, FIXGATE_STATE_DIR: join(folder.path, 'state'), HOME: folder.path, ...compileCache };
  return trimmed(await runResident({ cwd: folder.path, env }, args));
}

async function ask(incident: string): Promise<string> {
  const open = ['--id', incident, '--repo', repository.path, '--severity', 'SEV3'];
  await fixgate('incident', 'open', ...open);
  const patch = '--- a/package.json\n+++ b/package.json\n@@ -1 +1 @@\n-{}\n+{"version":"2.0.0"}\n';
  const args = JSON.stringify({ incident_id: incident, patch, reason: 'Only bumps the version.' });
  const { stdout } = await fixgate('call', 'apply_patch', '--json', args);
  return /A-[0-9a-f]{8}/.exec(stdout)?.[0] ?? stdout;
}

it('what waits is listed over all incidents, with the next command [cli:approvals:all]', async () => {
  const none = await fixgate('approvals');
  expect(none).toMatchObject({ exitCode: 0, stdout: '' });
  expect(none.stderr).toContain('Nothing waits for a human in ');
  const [first, second] = [await ask('L-1'), await ask('L-2')];
  const { stdout, stderr } = await fixgate('approvals', '--config', 'fixgate.yaml');
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  expect(lines).toEqual(
    [
      [first, 'L-1'],
      [second, 'L-2'],
    ].map(([id, incident]) => [
      id,
      incident,
      'patch',
      expect.stringMatching(/^until \d{4}-\d\d-\d\dT/),
      `fixgate approve ${id} --config 'fixgate.yaml' --reason REASON`,
    ]),
  );
  expect(stderr).toContain("`fixgate approvals INCIDENT --config 'fixgate.yaml'` shows what is asked");
  await fixgate('reject', first, '--reason', 'No.');
  await fixgate('incident', 'close', 'L-2', '--reason', 'Over.');
  expect((await fixgate('approvals')).stdout).toBe('');
});

it('a decision says what happens next [cli:approve:next]', async () => {
  const [first, second, third] = [await ask('N-1'), await ask('N-2'), await ask('N-3')];
  const next = async (...args: readonly string[]) =>
    (await fixgate(...args, '--reason', 'x')).stdout.split('\n').at(-1);
  expect(await next('approve', first)).toMatch(
    /^Next: the agent repeats its call of apply_patch exactly as it was, by \d{4}-[^ ]+Z; it counts once\.$/,
  );
  expect(await next('reject', second)).toBe(
    'Next: the agent is refused when it repeats its call of apply_patch, and does without it or hands over.',
  );
  await fixgate('stop', 'N-3', '--reason', 'x');
  expect(await next('approve', third)).toMatch(
    /^Next: N-3 is handed over, so first run `fixgate resume N-3 --reason REASON`; then the agent repeats /,
  );
});

it('what waits is found behind however many newer incidents, and a list says that it is cut [cli:approvals:all]', async () => {
  const id = await ask('F-1');
  {
    await using store = createSqliteStore({ folder: join(folder.path, 'state'), clock: { now: Date.now } });
    const openedAt = Date.now() + 60_000;
    for (let n = 0; n < 1_001; n += 1)
      store.openIncident(sampleIncident(`F-X${n}`, { openedAt }), sampleEvent('incident.opened'));
  }
  expect((await fixgate('approvals')).stdout).toContain(`${id}\tF-1`);
  const { stdout, stderr } = await fixgate('incident', 'list');
  expect(stdout.split('\n')).toHaveLength(100);
  expect(stderr).toContain('these are the newest 100; older ones are not listed');
});
