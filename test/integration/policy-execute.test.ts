import { describe, expect, it } from 'vitest';

import { executeRows } from '#cli/policy/execute-rows.ts';
import { createPreviews } from '#cli/policy/preview.ts';
import { parseCorpus } from '#policy/corpus.ts';
import type { Policy } from '#policy/schema.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';

import { missing } from '../support/needs.ts';
import { gitEnvironment, temporaryFolder } from '../support/temporary-repository.ts';
import { shipped } from '../unit/policy/samples.ts';

const unavailable = missing('Full isolation (bubblewrap)', (await probeIsolation()) === 'full');

async function execute(command: string, files: Readonly<Record<string, string>> = {}, policy: Policy = shipped) {
  await using folder = await temporaryFolder();
  await using previews = await createPreviews({ environment: gitEnvironment });
  const row = { id: 'r', command, must: 'deny', layer: 'exec', setup: { files } };
  const { commands } = parseCorpus(JSON.stringify([row]), 'rows');
  const [execution] =
    (await executeRows(commands, {
      policy,
      git: previews.repositories.git,
      folder: folder.path,
      environment: process.env,
    })) ?? [];
  return execution;
}

const hook = (text: string) => `#!/bin/sh\n${text}\n`;
const manifest = (scripts: Readonly<Record<string, string>>) =>
  JSON.stringify({ name: 'shop', version: '1.0.0', scripts });
const childProcess = "import { execFileSync } from 'node:child_process';\n";

describe.skipIf(unavailable !== undefined)(`a row that is executed${unavailable ? ` (${unavailable})` : ''}`, () => {
  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    [
      'a script around the tests',
      'npm test',
      { 'package.json': manifest({ posttest: 'npm publish', test: 'true' }) },
      'npm publish',
    ],
    ['a script of the installation', 'npm ci', { 'package.json': manifest({ prepare: 'npm pub' }) }, 'npm pub'],
    [
      'the configuration of a test runner',
      'npx jest --ci',
      { 'jest.config.mjs': `${childProcess}execFileSync('npm', ['publish']);` },
      'npm publish',
    ],
    [
      'the configuration of a linter, in TypeScript',
      'npx eslint src',
      { 'eslint.config.ts': `${childProcess}execFileSync('npm', ['--tag', 'x', 'publish']);` },
      'npm --tag x publish',
    ],
    [
      'a test file',
      'npx mocha',
      { 'test/a.spec.js': "require('node:child_process').execFileSync('npm', ['pu']);" },
      'npm pu',
    ],
    [
      'a hook of git',
      'git commit --message y',
      { '.git/hooks/commit-msg': hook('npm publish || exit 1') },
      'npm publish',
    ],
    [
      'a hook after a checkout',
      'git checkout -q -f HEAD -- src',
      { '.git/hooks/post-checkout': hook('npm publish') },
      'npm publish',
    ],
  ])('is stopped where %s reaches the program [gate:execution:rows]', async (_, command, files, call) => {
    expect(await execute(command, files)).toMatchObject({ outcome: 'stopped', calls: expect.arrayContaining([call]) });
  });

  it('is stopped at a program that this machine does not have', async () => {
    const policy = { ...shipped, blocked_commands: ['no-such-deployer go'] };
    const files = {
      'run.mk': 'all:\n\tno-such-deployer -v go\n',
      'deploy.sh': 'no-such-deployer status; no-such-deployer go live',
    };
    expect(await execute('sh ./deploy.sh', files, policy)).toMatchObject({
      outcome: 'stopped',
      calls: ['no-such-deployer go live'],
    });
    expect(await execute('no-such-deployer status', {}, policy)).toMatchObject({ outcome: 'not_reached' });
  });

  it('says so when it reached nothing, with how it ended', async () => {
    expect(await execute('echo before; exit 3')).toMatchObject({
      outcome: 'not_reached',
      calls: [],
      exitCode: 3,
      output: 'before',
    });
  });
});
