import { readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { root } from '../support/citations.ts';
import { printFromSource, runFromSource } from '../support/run-from-source.ts';

const commands = [
  '',
  'serve',
  'call',
  'incident',
  'incident open',
  'incident confirm',
  'incident close',
  'incident list',
  'report',
  'audit',
  'audit verify',
  'policy',
  'policy check',
  'policy explain',
  'policy test',
  'approve',
  'reject',
  'release',
  'approvals',
  'waive',
  'stop',
  'resume',
  'workspace',
  'workspace prune',
  'evidence',
  'evidence list',
  'evidence show',
  'evidence purge',
  'doctor',
];
const wordsOf = (command: string) => command.split(' ').filter((word) => word !== '');

describe('the help', () => {
  let printed: ReadonlyMap<string, Awaited<ReturnType<typeof runFromSource>>>;
  beforeAll(async () => {
    const runs = await printFromSource(commands.map((command) => [...wordsOf(command), '--help']));
    printed = new Map(runs.map((run, index) => [commands[index] ?? '', run]));
  });

  it.each(commands)('of "fixgate %s" is as it is committed [cli:help:snapshot]', async (command) => {
    const run = printed.get(command);

    expect({ exitCode: run?.exitCode, stderr: run?.stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(run?.stdout).toMatchFileSnapshot(`snapshots/help/${['fixgate', ...wordsOf(command)].join('-')}.txt`);
  });

  it.each(['', 'incident open'])(
    'of "fixgate %s" is the same in a process of its own [cli:help:snapshot]',
    async (command) => {
      expect(await runFromSource([...wordsOf(command), '--help'])).toEqual(printed.get(command));
    },
  );
});

it('fixgate --version prints the version of the package [cli:version:package]', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

  expect(await runFromSource(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
});
