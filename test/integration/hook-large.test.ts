import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { guardedProject } from '../support/guarded-project.ts';

let project: Awaited<ReturnType<typeof guardedProject>>;

/** As many files as a middling repository has. */
beforeAll(async () => {
  project = await guardedProject();
  for (const folder of Array.from({ length: 60 }, (_, index) => path.join(project.repository.path, `lib/m${index}`))) {
    await mkdir(folder, { recursive: true });
    await Promise.all(Array.from({ length: 100 }, (_, index) => writeFile(path.join(folder, `f${index}.ts`), '')));
  }
  await writeFile(path.join(project.repository.path, 'lib/m59/.env'), '');
  await symlink('../../config/production.json', path.join(project.repository.path, 'lib/m58/alias'));
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

const keeps = { policy: { sensitive_files: ['.env', 'config/production.*'] } };

it.each<[string, string, readonly string[]]>([
  ['Grep', '{"pattern":"x","path":"lib/m1"}', []],
  ['Grep', '{"pattern":"x","path":"lib","glob":"*.ts"}', []],
  ['Grep', '{"pattern":"x","path":"lib"}', ['sensitive_files/.env', 'sensitive_files/config/production.*']],
  ['Bash', 'grep -rn x lib', ['sensitive_files/.env', 'sensitive_files/config/production.*']],
  ['Bash', 'rm -rf lib/m5*', ['protected_files/.env', 'protected_files/config/production.*']],
])('%s %s is judged in time among thousands of files [hook:time:large]', async (tool, call, rules) => {
  const started = process.cpuUsage();
  const found = await project.rulesOf(call, { ...keeps, tool });
  const { user, system } = process.cpuUsage(started);
  expect(found.filter((rule) => rules.includes(rule)).toSorted()).toEqual(rules.toSorted());
  expect(rules.length === 0 ? found : []).toEqual([]);
  expect((user + system) / 1_000).toBeLessThan(700);
});

it('a list of globs that is too long to be tried leaves out nothing [hook:reads:inside]', async () => {
  const choices = (last: string) => `{${Array.from({ length: 20 }, (_, index) => `n${index}`).join(',')},${last}}`;
  const glob = ['.', 'e', 'n', 'v'].map(choices).join('');
  expect(await project.rulesOf(JSON.stringify({ pattern: 'x', glob }), { ...keeps, tool: 'Grep' })).toContain(
    'sensitive_files/.env',
  );
});
