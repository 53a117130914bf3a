import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hasProgram, missing } from '../support/needs.ts';
import { runFixgate } from '../support/server-process.ts';
import { shippedPolicy } from '../support/shipped-policy.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));
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
  list('approvers', 'ada', 'bob');
  list('others', 'mallory');
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
  writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./others\n');
  writeFileSync(at('lax.policy.yaml'), shippedPolicy({ approvals: 'advisory' }));
  writeFileSync(at('lax.yaml'), 'version: 1\npolicy: ./lax.policy.yaml\n');
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

const own = () => ['--config', at('own.yaml')];
const lax = () => ['--config', at('lax.yaml')];
const as = (name: string) => ['--reason', 'Seen and understood.', '--key', at(name)];
const open = (severity: string, ...more: readonly string[]) =>
  fixgate(['incident', 'open', '--id', 'PD-1', '--repo', repository.path, '--severity', severity, ...more]);
const confirm = (severity: string, ...more: readonly string[]) =>
  fixgate(['incident', 'confirm', 'PD-1', '--severity', severity, '--reason', 'Because.', ...more]);

async function patch(text: string): Promise<Readonly<Record<string, unknown>>> {
  const args = { incident_id: 'PD-1', patch: text, reason: 'restart it by hand' };
  return JSON.parse((await fixgate(['call', 'apply_patch', '--json', JSON.stringify(args)])).stdout);
}

/** Programs of OpenSSH of which one waits until it is told to go on. */
function slowKeygen(when: string): Readonly<Record<string, string>> {
  mkdirSync(at('bin'));
  const waits = `case "$*" in *${when}*) touch '${at('waits')}'; while ! [ -e '${at('go')}' ]; do sleep 0.05; done;; esac`;
  const PATH = process.env['PATH'] ?? '';
  writeFileSync(at('bin/ssh-keygen'), `#!/bin/sh\n${waits}\nPATH='${PATH}' exec ssh-keygen "$@"\n`, { mode: 0o755 });
  return { PATH: `${at('bin')}:${PATH}` };
}

describe.skipIf(skip)(`the word of listed humans${skip ? ` (${skip})` : ''}`, () => {
  it('shuts out whom they struck off once one of them resumed, also under a file of his own [human:proof:bound]', async () => {
    await open('SEV3', '--key', at('ada'));
    list('approvers', 'ada');
    list('others', 'bob', 'mallory');
    await fixgate(['stop', 'PD-1']);
    expect(await fixgate(['resume', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
    await fixgate(['stop', 'PD-1']);
    const told = expect.stringContaining('or when one of them resumed it last');
    expect(await fixgate(['resume', 'PD-1', ...as('bob'), ...own()])).toMatchObject({ exitCode: 1, stderr: told });
  });

  it('is one to end what somebody resumed whom they struck off before any of them did [human:proof:bound]', async () => {
    await open('SEV3', '--key', at('ada'));
    list('approvers', 'ada');
    list('others', 'bob', 'mallory');
    await fixgate(['stop', 'PD-1']);
    expect(await fixgate(['resume', 'PD-1', ...as('bob'), ...own()])).toMatchObject({ exitCode: 0 });
    expect((await fixgate(['incident', 'list'])).stdout).toContain('escalated');
    expect((await fixgate(['resume', 'PD-1', ...as('ada')])).exitCode).toBe(1);
    expect((await open('SEV3')).stderr).toContain('Warning: others than the approvers listed here');
    expect(await fixgate(['incident', 'close', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
  });

  it('goes on with a new key where the old one is gone, once the old one resumed the incident [human:proof:bound]', async () => {
    list('approvers', 'ada');
    await open('SEV3', '--key', at('ada'));
    list('approvers', 'ada', 'bob');
    await fixgate(['stop', 'PD-1']);
    expect(await fixgate(['resume', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
    list('approvers', 'bob');
    expect(await fixgate(['resume', 'PD-1', ...as('bob')])).toMatchObject({ exitCode: 0 });
    expect(await patch(fix)).toMatchObject({ applied: true });
  });

  it('releases a SEV1 for good, whoever says that it was lowered and raised since [human:verbs:own-policy]', async () => {
    await open('SEV1', '--key', at('ada'));
    await fixgate(['release', 'PD-1', ...as('ada')]);
    expect(await confirm('SEV2', ...lax())).toMatchObject({ exitCode: 0 });
    expect(await confirm('SEV1', ...lax())).toMatchObject({ exitCode: 0 });
    expect(await patch(fix)).toMatchObject({ applied: true });
    const told = (await fixgate(['report', 'PD-1'])).stdout;
    expect(told).toContain('Not believed: Severity SEV2 confirmed: Because.');
    expect(told).toContain('Unproved: Severity SEV1 confirmed: Because.');
  });

  it.each([
    ['ends an incident that another one is about to resume', 'sign', ['incident', 'close', 'PD-1'], 'PD-1 is closed'],
    ['changes who is listed while another one signs', 'sign', undefined, 'changed the approvers file'],
  ])('%s [human:verbs:ended]', async (_, when, command, told) => {
    await open('SEV3', '--key', at('ada'));
    await fixgate(['stop', 'PD-1']);
    const late = fixgate(['resume', 'PD-1', ...as('bob')], slowKeygen(when));
    await expect.poll(() => existsSync(at('waits')), { timeout: 20_000 }).toBe(true);
    if (command) await fixgate([...command, ...as('ada')]);
    else list('approvers', 'bob');
    writeFileSync(at('go'), '');
    expect(await late).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(told) });
    const { stdout } = await fixgate(['incident', 'list']);
    expect(stdout).toContain(command ? 'closed' : 'escalated');
  });

  it('ends an incident as it says, whoever ends it once more, and nobody else does [human:verbs:ended]', async () => {
    await open('SEV3', '--key', at('ada'));
    await fixgate(['incident', 'close', 'PD-1', '--diagnosis', 'wrong', ...as('ada')]);
    const again = ['--resolution', 'false_alarm', '--diagnosis', 'right', ...as('mallory'), ...own()];
    expect(await fixgate(['incident', 'close', 'PD-1', ...again])).toMatchObject({ exitCode: 0 });
    const report = JSON.parse((await fixgate(['report', 'PD-1', '--format', 'json'])).stdout);
    expect(report).toMatchObject({ status: 'success', diagnosis: { judged: 'wrong' } });
    expect((await patch(fix))['message']).toContain('closed by a human (resolved): Seen and understood.');

    const other = ['--id', 'PD-2', '--repo', repository.path, '--severity', 'SEV3'];
    await fixgate(['incident', 'open', ...other, '--key', at('ada')]);
    await fixgate(['incident', 'close', 'PD-2', ...again]);
    expect((await fixgate(['incident', 'open', ...other])).stdout).toContain('PD-2 is open already');
  });

  it('decides which suites count, whatever a call under another configuration required [report:origins:suites]', async () => {
    const suites = (name: string, program: string) =>
      `suites: { ${name}: { argv: ["${program}"], format: exit_code, required: true, timeout_s: 60 } }\n`;
    writeFileSync(at('policy.yaml'), shippedPolicy({ sandbox: { least: 'none' } }));
    for (const [file, more] of [
      ['fixgate.yaml', suites('unit', 'false')],
      ['own.yaml', suites('lint', 'true')],
    ] as const)
      writeFileSync(at(file), `${readFileSync(at(file), 'utf8')}policy: ./policy.yaml\n${more}`);
    await open('SEV3', '--key', at('ada'));
    await patch(fix);
    for (const config of [[], own()])
      await fixgate(['call', 'run_tests', ...config, '--json', '{"incident_id":"PD-1"}']);
    const report = JSON.parse((await fixgate(['report', 'PD-1', '--format', 'json'])).stdout);
    expect(report.next_action).toContain('unit (fail');
    expect(report.times.verified_at).toBeNull();
    expect(report.verification.map(({ suite }: { readonly suite: string }) => suite)).toEqual(['unit']);
    expect(report.other_suites).toMatchObject([{ suite: 'lint', verdict: 'pass', on_current_tree: true }]);
    expect((await fixgate(['report', 'PD-1', '--format', 'markdown'])).stdout).toContain(
      'Nothing follows from `lint` of another configuration (pass).',
    );
    expect((await fixgate(['incident', 'list', ...own()])).stdout).toContain('PD-1\tSEV3\tverified\t');
    expect((await fixgate(['incident', 'list'])).stdout).toContain('PD-1\tSEV3\tpatching\t');
    // A list makes no clone.
    rmSync(at('state/repos'), { recursive: true });
    expect((await fixgate(['incident', 'list'])).stdout).toContain('PD-1\tSEV3\tverified\t');
    expect(existsSync(at('state/repos'))).toBe(false);
  });

  it('is missing where an agent opened the incident before, and whoever opens it again is told [human:proof:told]', async () => {
    await open('SEV3', '--key', at('mallory'), ...own());
    const { stderr } = await open('SEV3', '--key', at('ada'));
    expect(stderr).toContain('Warning: others than the approvers listed here opened PD-1 or resumed it');
    expect(stderr).toContain('fixgate incident close PD-1');
    expect((await open('SEV3', '--key', at('mallory'), ...own())).stderr).not.toContain('Warning');
  });
});
