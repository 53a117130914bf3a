import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { root } from '../support/citations.ts';
import { runFromSource } from '../support/run-from-source.ts';

it.each([
  [''],
  ['serve'],
  ['call'],
  ['incident'],
  ['incident open'],
  ['incident confirm'],
  ['incident close'],
  ['incident list'],
  ['report'],
  ['audit'],
  ['audit verify'],
  ['policy'],
  ['policy check'],
  ['policy explain'],
  ['policy test'],
  ['approve'],
  ['reject'],
  ['release'],
  ['approvals'],
  ['waive'],
  ['stop'],
  ['resume'],
  ['workspace'],
  ['workspace prune'],
  ['evidence'],
  ['evidence list'],
  ['evidence show'],
  ['evidence purge'],
  ['doctor'],
])('the help of "fixgate %s" is as it is committed [cli:help:snapshot]', async (command) => {
  const words = command.split(' ').filter((word) => word !== '');
  const run = await runFromSource([...words, '--help']);

  expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: '' });
  await expect(run.stdout).toMatchFileSnapshot(`snapshots/help/${['fixgate', ...words].join('-')}.txt`);
});

it('fixgate --version prints the version of the package [cli:version:package]', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

  expect(await runFromSource(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
});
