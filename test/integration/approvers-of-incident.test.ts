import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hasProgram, missing } from '../support/needs.ts';
import { runFixgate } from '../support/server-process.ts';
import { shippedPolicy } from '../support/shipped-policy.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));
const script = '--- /dev/null\n+++ b/restart.sh\n@@ -0,0 +1 @@\n+kill -HUP 1\n';
const fix = '--- a/src/a.js\n+++ b/src/a.js\n@@ -1 +1 @@\n-let leak = true;\n+let leak = false;\n';

let folder: TemporaryFolder;
let repository: TemporaryRepository;
const at = (name: string) => join(folder.path, name);

beforeEach(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'let leak = true;\n' });
  if (skip) return;
  for (const name of ['ada', 'bob', 'mallory'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  list('approvers', 'ada');
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Writes a file of approvers. */
function list(file: string, ...names: readonly string[]): void {
  writeFileSync(
    at(file),
    names.map((name) => `${name}@example.com ${readFileSync(at(`${name}.pub`), 'utf8')}`).join(''),
  );
}

async function fixgate(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...gitEnvironment, FIXGATE_STATE_DIR: at('state'), HOME: folder.path, ...more };
  return await runFixgate({ cwd: folder.path, env }, args);
}

const open = (...more: readonly string[]) =>
  fixgate(['incident', 'open', '--id', 'PD-1', '--repo', repository.path, '--severity', 'SEV3', ...more]);
const as = (name: string) => ['--reason', 'Seen and understood.', '--key', at(name)];

async function patch(...config: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const args = { incident_id: 'PD-1', patch: script, reason: 'restart it by hand' };
  return JSON.parse((await fixgate(['call', 'apply_patch', ...config, '--json', JSON.stringify(args)])).stdout);
}

async function ask(...config: readonly string[]): Promise<string> {
  const answer = await patch(...config);
  expect(answer).toMatchObject({ code: 'approval_required' });
  return (answer['evidence'] as { approval_id: string }).approval_id;
}

const notThen = { exitCode: 1, stderr: expect.stringContaining('was not among the approvers when PD-1 began') };

describe.skipIf(skip)(`the approvers of an incident${skip ? ` (${skip})` : ''}`, () => {
  it.each([
    ['alone', ['mallory']],
    ['beside the operator’s', ['ada', 'mallory']],
  ])(
    'are not whom an agent lists %s in a configuration of its own with the same policy [human:proof:bound]',
    async (_, names) => {
      await open();
      list('others', ...names);
      writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./others\n');
      const own = ['--config', at('own.yaml')];
      const id = await ask(...own);
      expect(await fixgate(['approve', id, ...as('mallory'), ...own])).toMatchObject(notThen);
      expect(await patch(...own)).toMatchObject({ code: 'approval_required' });
      for (const words of [
        ['release', 'PD-1'],
        ['waive', 'max_lines', '--incident', 'PD-1'],
        ['incident', 'confirm', 'PD-1', '--severity', 'SEV3'],
        ['resume', 'PD-1', '--grant', 'tool_calls=5'],
      ])
        expect(await fixgate([...words, ...as('mallory'), ...own])).toMatchObject(notThen);
      // Whom the operator lists decides, under whichever of the two.
      const again = await ask();
      expect(await fixgate(['approve', again, ...as('ada')])).toMatchObject({ exitCode: 0 });
      expect(await patch()).toMatchObject({ applied: true });
    },
  );

  it('grow by a resumption that one of them signed, and by nothing else [human:proof:bound]', async () => {
    await open('--key', at('ada'));
    list('approvers', 'ada', 'bob');
    const id = await ask();
    const refused = await fixgate(['approve', id, ...as('bob')]);
    expect(refused).toMatchObject(notThen);
    expect(refused.stderr).toContain('`fixgate stop PD-1` and `fixgate resume PD-1 --reason "…" --key FILE`');
    await fixgate(['stop', 'PD-1']);
    expect(await fixgate(['resume', 'PD-1', ...as('bob')])).toMatchObject(notThen);
    expect(await fixgate(['resume', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
    expect(await fixgate(['approve', id, ...as('bob')])).toMatchObject({ exitCode: 0 });
    expect(await patch()).toMatchObject({ applied: true });
  });

  it('take no word any more of whom the operator has struck off since [human:proof:bound]', async () => {
    list('approvers', 'ada', 'bob');
    await open();
    list('approvers', 'ada');
    const id = await ask();
    expect(await fixgate(['approve', id, ...as('bob')])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is not in the approvers file'),
    });
    expect(await fixgate(['approve', id, ...as('ada')])).toMatchObject({ exitCode: 0 });
  });

  it('end what an agent opened under keys of its own, so that it blocks nobody, and free no agent by a word of its own [human:proof:bound]', async () => {
    await open('--key', at('ada'));
    list('others', 'mallory');
    writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./others\n');
    const own = ['--config', at('own.yaml')];
    const sev1 = (id: string) => ['incident', 'open', '--id', id, '--repo', repository.path, '--severity', 'SEV1'];
    await fixgate([...sev1('PD-2'), '--key', at('mallory'), ...own]);
    expect(await patch()).toMatchObject({ rule_ids: expect.arrayContaining(['breaker/sev1_active']) });
    const released = await fixgate(['release', 'PD-2', ...as('ada')]);
    expect(released).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('`fixgate incident close`') });
    expect(await fixgate(['incident', 'close', 'PD-2', ...as('ada')])).toMatchObject({ exitCode: 0 });
    expect(await patch()).toMatchObject({ code: 'approval_required' });

    await fixgate([...sev1('PD-3'), '--key', at('ada')]);
    expect(await fixgate(['incident', 'close', 'PD-3', ...as('mallory'), ...own])).toMatchObject({ exitCode: 0 });
    for (const config of [[], own])
      expect(await patch(...config)).toMatchObject({ rule_ids: expect.arrayContaining(['breaker/sev1_active']) });
  });

  it('keep their word when what their key may sign is mended, and new ones can end what they cannot go on with [human:proof:bound]', async () => {
    const line = (options: string, name = 'ada') =>
      writeFileSync(at('approvers'), `ada@example.com ${options} ${readFileSync(at(`${name}.pub`), 'utf8')}`);
    line('namespaces="git"');
    await open();
    const id = await ask();
    expect((await fixgate(['approve', id, ...as('ada')])).exitCode).toBe(1);
    line('namespaces="git,fixgate-approval"');
    expect(await fixgate(['approve', id, ...as('ada')])).toMatchObject({ exitCode: 0 });
    line('', 'bob');
    expect(await fixgate(['waive', 'max_lines', '--incident', 'PD-1', ...as('bob')])).toMatchObject(notThen);
    // A pager that says again what it said has no word in it.
    expect(await open('--key', at('bob'))).toMatchObject({ exitCode: 0 });
    expect(await fixgate(['incident', 'close', 'PD-1', ...as('bob')])).toMatchObject({ exitCode: 0 });
  });

  it('are believed under whichever of the names that their key is listed with, in any order [human:proof:bound]', async () => {
    const key = readFileSync(at('ada.pub'), 'utf8').trim();
    writeFileSync(at('approvers'), `zoe@example.com ${key}\n`);
    await open('--key', at('ada'));
    const id = await ask();
    expect(await fixgate(['approve', id, ...as('ada')])).toMatchObject({ exitCode: 0 });
    writeFileSync(
      at('approvers'),
      `aaa@example.com namespaces="git" ${key}\nada@example.com ${key}\nzoe@example.com ${key}\n`,
    );
    expect((await fixgate(['approvals', 'PD-1'])).stdout).toContain('approved by zoe@example.com');
    expect((await fixgate(['approvals', 'PD-1'])).stdout).not.toContain('not believed');
    expect(await patch()).toMatchObject({ applied: true });
  });

  it('are not replaced by a resumption that was signed before the work began and comes after it [human:proof:bound]', async () => {
    writeFileSync(at('fixgate.yaml'), 'version: 1\n');
    await open();
    await fixgate(['stop', 'PD-1']);
    // An entry with options is left to ssh-keygen, and this one takes its time.
    list('others', 'mallory');
    writeFileSync(at('others'), readFileSync(at('others'), 'utf8').replace(' ', ' namespaces="fixgate-approval" '));
    writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./others\n');
    mkdirSync(at('bin'));
    const waits = `case "$*" in *verify*) touch '${at('waits')}'; while ! [ -e '${at('go')}' ]; do sleep 0.05; done;; esac`;
    const PATH = process.env['PATH'] ?? '';
    writeFileSync(at('bin/ssh-keygen'), `#!/bin/sh\n${waits}\nPATH='${PATH}' exec ssh-keygen "$@"\n`, { mode: 0o755 });
    const late = fixgate(['resume', 'PD-1', ...as('mallory'), '--config', at('own.yaml')], {
      PATH: `${at('bin')}:${PATH}`,
    });
    await expect.poll(() => existsSync(at('waits')), { timeout: 20_000 }).toBe(true);
    writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
    expect(await fixgate(['resume', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
    const call = { incident_id: 'PD-1', patch: fix, reason: 'stop the leak' };
    expect((await fixgate(['call', 'apply_patch', '--json', JSON.stringify(call)])).exitCode).toBe(0);
    writeFileSync(at('go'), '');
    expect(await late).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Run the command again.') });
    const id = await ask();
    expect(await fixgate(['approve', id, ...as('ada')])).toMatchObject({ exitCode: 0 });
  });

  it('leave no question to others by a command that they could not sign, and say what a release does not do [human:verbs:told]', async () => {
    await open('--key', at('ada'));
    await fixgate(['stop', 'PD-1']);
    expect((await fixgate(['resume', 'PD-1', ...as('mallory')])).exitCode).toBe(1);
    const { stdout } = await fixgate(['report', 'PD-1', '--format', 'json']);
    expect(JSON.parse(stdout).next_action).not.toContain('fixgate approve');
    const released = await fixgate(['release', 'PD-1', ...as('ada')]);
    expect(released.stdout).toContain('It is a SEV3, which needs none');
    expect(released.stdout).toContain(
      'It is handed over: work goes on once you run `fixgate resume PD-1 --reason "…" --key FILE`.',
    );
    const waived = await fixgate(['waive', 'built_in_files/git', '--incident', 'PD-1', ...as('ada')]);
    expect(waived.stderr).toContain('The rule "built_in_files/git" cannot be waived.');
    await fixgate(['incident', 'close', 'PD-1', ...as('ada')]);
    list('approvers', 'bob');
    for (const words of [
      ['incident', 'list'],
      ['report', 'PD-1'],
    ])
      expect((await fixgate(words)).stderr).toContain(
        'where a key was removed since, let a listed approver say it again',
      );
    expect((await fixgate(['incident', 'close', 'PD-1', ...as('bob')])).exitCode).toBe(0);
    expect((await fixgate(['report', 'PD-1'])).stderr).toBe('');
  });

  it('may say no as soon as they are listed [human:proof:bound]', async () => {
    await open();
    list('approvers', 'ada', 'bob');
    const id = await ask();
    expect(await fixgate(['reject', id, ...as('bob')])).toMatchObject({ exitCode: 0 });
    expect(await patch()).toMatchObject({ rule_ids: expect.arrayContaining(['approvals/rejected']) });
  });
});

it.skipIf(skip)(
  'where anybody is believed nobody is shut out by a resumption that somebody signed [human:proof:bound]',
  async () => {
    writeFileSync(at('anybody.policy.yaml'), shippedPolicy({ approvals: 'advisory' }));
    writeFileSync(at('fixgate.yaml'), 'version: 1\npolicy: ./anybody.policy.yaml\n');
    await open();
    const change = '--- a/src/a.js\n+++ b/src/a.js\n@@ -1 +1 @@\n-let leak = true;\n+let leak = false;\n';
    const args = { incident_id: 'PD-1', patch: change, reason: 'stop the leak' };
    expect((await fixgate(['call', 'apply_patch', '--json', JSON.stringify(args)])).exitCode).toBe(0);
    writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./approvers\n');
    await fixgate(['stop', 'PD-1']);
    expect((await fixgate(['resume', 'PD-1', ...as('ada'), '--config', at('own.yaml')])).exitCode).toBe(0);
    expect(await patch()).toMatchObject({ rule_ids: expect.arrayContaining(['policy/changed']) });
    await fixgate(['stop', 'PD-1']);
    expect((await fixgate(['resume', 'PD-1', '--reason', 'On purpose.'])).exitCode).toBe(0);
    expect(await patch()).toMatchObject({ code: 'approval_required' });
  },
);
