import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { compileCache } from '../support/compiled.ts';
import { hasProgram } from '../support/needs.ts';
import { runResident } from '../support/resident.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm9yT5sBYUQp0hHJ2lTnZr1v3bqkqkqkqkqkqkqkqkq';

let state: TemporaryFolder;
let repository: TemporaryRepository;

beforeAll(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'run.sh': '#!/bin/sh\n' });
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

async function doctor(config: string, ...args: readonly string[]) {
  writeFileSync(join(repository.path, 'fixgate.yaml'), config);
  const env = { PATH: process.env['PATH'] ?? '', HOME: state.path, FIXGATE_STATE_DIR: join(state.path, 'state') };
  const place = { cwd: repository.path, env: { ...env, ...compileCache } };
  return await runResident(place, ['doctor', ...args]);
}

async function found(config: string, name: string): Promise<Finding | undefined> {
  const { stdout } = await doctor(config, '--json');
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  return findings.find(({ check }) => check === name);
}

describe('doctor', () => {
  it.each([
    ['is missing', undefined, 'failed', 'approvers-is-missing is not there'],
    ['is empty', '\n# nobody yet\n', 'failed', 'names nobody'],
    ['holds a line that is none', `ada@example.com ${KEY}\ngarbage\n`, 'failed', 'line 2'],
    ['names a key', `ada@example.com ${KEY} ada\n`, 'ok', '1 key'],
  ])('tells that the approvers file %s [cli:doctor:checks]', async (name, content, status, said) => {
    const file = `approvers-${name.replaceAll(' ', '-')}`;
    if (content !== undefined) writeFileSync(join(repository.path, file), content);
    const finding = await found(`approvers: ./${file}\n`, 'approvers');
    expect(finding).toMatchObject({ status, detail: expect.stringContaining(said) });
    expect(finding?.fix === undefined).toBe(status === 'ok');
  });

  it.each([
    ['valid-before="20200101Z"', 'line 3 (bob@example.com) counts before 20200101Z alone, which is over'],
    ['valid-before="soon"', 'line 3 (bob@example.com) counts before soon alone'],
    ['valid-after="20990101"', 'line 3 (bob@example.com) counts from 20990101 on, which is still to come'],
    ['namespaces="git,file"', 'counts in the namespaces git,file, and fixgate-approval is needed'],
    ['namespaces="!fixgate-approval,*"', 'and fixgate-approval is needed'],
    ['cert-authority', 'line 3 (bob@example.com) signs keys and no words'],
    ['cert-authority,valid-before="20200101"', 'alone, which is over; line 3 (bob@example.com) signs keys'],
    ['namespaces="git,fix*"', undefined],
    ['valid-after="20200101",valid-before="20990101"', undefined],
  ])('names the line of a key that is listed with %s [cli:doctor:approvers]', async (options, said) => {
    const lines = `# who may\nada@example.com ${KEY}\nbob@example.com ${options} ${KEY}\n`;
    writeFileSync(join(repository.path, 'approvers-limited'), lines);
    const { status, detail, fix } = (await found('approvers: ./approvers-limited\n', 'approvers')) ?? {};
    expect([status, fix !== undefined]).toEqual(said === undefined ? ['ok', false] : ['warning', true]);
    expect(detail).toContain(said ?? '2 keys');
  });

  it('says that the policy refuses a suite, by its command or by the script that it runs [cli:doctor:suites]', async () => {
    await repository.write('package.json', '{"scripts":{"deploy":"npm publish","test":"node --test"}}');
    repository.commit();
    const suites =
      'suites: { bad: { argv: [kubectl, apply] }, deep: { argv: [npm, run, deploy] }, some: { argv: [node, --test], affected_argv: [npm, publish] }, good: { argv: [npm, test] } }\n';
    for (const name of ['bad', 'deep', 'some'])
      expect(await found(suites, `suite ${name}`)).toMatchObject({
        status: 'warning',
        detail: expect.stringMatching(
          new RegExp(`run_tests will be refused: The suite "${name}" would execute .* which is blocked`),
        ),
        fix: expect.stringContaining(`\`suites.${name}\``),
      });
    expect(await found(suites, 'suite good')).toMatchObject({ status: 'ok' });
  });

  it.skipIf(!hasProgram('ssh-keygen'))(
    'names a listed key that whatever runs in its account can sign with, and whose it is [cli:doctor:usable-keys]',
    async () => {
      const key = join(state.path, '.ssh/id_ed25519');
      mkdirSync(join(state.path, '.ssh'), { mode: 0o700 });
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      writeFileSync(join(repository.path, 'approvers-open'), `ada@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
      const config = 'approvers: ./approvers-open\n';
      const weak = `${key} of ada@example.com has no passphrase`;

      expect(await found(config, 'approvers')).toMatchObject({
        status: 'warning',
        detail: expect.stringMatching(new RegExp(`approvers-open, 1 key; whatever runs in this account .*${weak}$`)),
        fix: expect.stringContaining('ssh-add -c'),
      });
      expect((await doctor(config)).exitCode).toBe(0);
      expect((await doctor(config, '--guard')).stdout).toContain(
        `approvals: signed, but whatever runs in this account signs too: ${weak}\n  next: Give the key a passphrase`,
      );
      execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'long words', '-f', key]);
      expect(await found(config, 'approvers')).toMatchObject({ status: 'ok' });
      expect((await doctor(config, '--guard')).stdout).toContain('approvals: signed\nrecords:');
    },
  );

  it('names the program of a suite that is not there [cli:doctor:checks]', async () => {
    const suites =
      'suites: { unit: { argv: [pytset, -q] }, own: { argv: [node, --test] }, file: { argv: [./gone] } }\n';
    expect(await found(suites, 'suite unit')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('The program pytset was not found in PATH'),
      fix: 'Install it, or mend `suites.unit` in fixgate.yaml.',
    });
    expect(await found(suites, 'suite own')).toMatchObject({ status: 'ok' });
    expect(await found(suites, 'suite file')).toMatchObject({ status: 'warning' });
  });

  it('warns where there are no logs to read, with the line to write [cli:doctor:logs]', async () => {
    const none = 'services: { shop: { environments: [production] } }\n';
    expect(await found(none, 'logs')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining(`no logs/ or log/ folder in ${repository.path}`),
      fix: expect.stringContaining('`app-logs: { provider: files, paths: [/var/log/shop/*.log] }`'),
    });
    expect((await doctor(none)).exitCode).toBe(0);
    const loki = 'sources: { loki: { provider: loki, url: http://127.0.0.1:9 } }\n';
    expect(await found(loki, 'logs')).toBeUndefined();
    mkdirSync(join(repository.path, 'log'));
    expect(await found(none, 'logs')).toMatchObject({ status: 'ok', detail: `read from ${repository.path}/log` });
    rmSync(join(repository.path, 'log'), { recursive: true });
  });

  it('warns of a repository without a remote, and fails for none of it [cli:doctor:checks]', async () => {
    const { exitCode, stdout } = await doctor('version: 1\n');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('warning push: open_pr will be refused: ');
    expect(stdout).toContain('  next: Add the remote with git remote add origin URL.');
    expect(stdout).toMatch(/Everything that was checked works\. 2 warnings: see above\.\n$/);
    repository.git('remote', 'add', 'origin', 'https://ada:s3cret@example.com/shop.git');
    expect(await found('version: 1\n', 'push')).toMatchObject({
      status: 'ok',
      detail: 'https://example.com/shop.git',
    });
  });
});
