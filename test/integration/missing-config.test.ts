import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { compileCache } from '../support/compiled.ts';
import { runResident, trimmed } from '../support/resident.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

let folder: TemporaryFolder;
let shop: TemporaryRepository;

beforeAll(async () => {
  folder = await temporaryFolder();
  shop = await temporaryRepository({ 'src/shop.js': '' });
});
afterAll(async () => {
  for (const each of [shop, folder]) await each[Symbol.asyncDispose]();
});

async function fixgate(...args: readonly string[]) {
  const PATH = process.env['PATH'] ?? '';
  const env = { PATH, FIXGATE_STATE_DIR: join(folder.path, 'state'), HOME: folder.path, ...compileCache };
  return trimmed(await runResident({ cwd: folder.path, env }, args));
}

const call = async (tool: string, id: string) => {
  const { stdout } = await fixgate('call', tool, '--json', JSON.stringify({ incident_id: id }));
  return JSON.parse(stdout) as { readonly message: string; readonly fix: string };
};

it('says first that no configuration was found, where, and how to name one [cli:config:missing]', async () => {
  const said = `No fixgate.yaml was found in ${folder.path}, so the defaults hold.`;
  const way = 'If there is one elsewhere, start in its folder or name it with --config FILE.';

  const opened = await fixgate('incident', 'open', '--id', 'PD-1');
  expect(opened).toMatchObject({ exitCode: 3, stdout: '' });
  const [message = '', fix = ''] = opened.stderr.split('\n');
  expect([message.startsWith(said), fix.startsWith(way)]).toEqual([true, true]);

  const unknown = await call('get_incident', 'PD-1');
  expect(unknown.message).toMatch(new RegExp(`^${RegExp.escape(said)} No incident PD-1 is open`));
  expect(unknown.fix.startsWith(way)).toBe(true);

  const { stdout } = await fixgate('doctor');
  expect(stdout).toContain(`configuration: ${said} ${way}\n`);
  expect(stdout).toContain(`repository: ${said} ${folder.path} is no git repository`);

  // Opened where it could be; read from a folder that knows nothing of its sources.
  expect((await fixgate('incident', 'open', '--id', 'PD-2', '--repo', shop.path)).exitCode).toBe(0);
  const logs = await call('get_incident_logs', 'PD-2');
  expect(logs.message).toBe(`${said} No source of logs is configured.`);
  expect(logs.fix.startsWith(way)).toBe(true);
});
