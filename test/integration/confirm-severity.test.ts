import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { compileCache } from '../support/compiled.ts';
import { hasProgram, missing } from '../support/needs.ts';
import { runResident, trimmed } from '../support/resident.ts';
import { shippedPolicy } from '../support/shipped-policy.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));

let folder: TemporaryFolder;
let repository: TemporaryRepository;
const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'let leak = true;\n' });
  writeFileSync(at('none.yaml'), 'version: 1\n');
  if (skip) return;
  for (const name of ['ada', 'mallory']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  writeFileSync(at('approvers'), `ada@example.com ${readFileSync(at('ada.pub'), 'utf8')}`);
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function fixgate(...args: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', FIXGATE_STATE_DIR: at('state'), HOME: folder.path, ...compileCache };
  return trimmed(await runResident({ cwd: folder.path, env }, args));
}

const open = (id: string, ...more: readonly string[]) =>
  fixgate('incident', 'open', '--id', id, '--repo', repository.path, ...more);
const confirm = (id: string, severity: string, ...more: readonly string[]) =>
  fixgate('incident', 'confirm', id, '--severity', severity, '--reason', 'x', ...more);

async function told(id: string) {
  const { incident, timeline } = JSON.parse((await fixgate('report', id, '--format', 'json')).stdout);
  const events = timeline.filter(({ event }: { event: string }) => event === 'incident.confirmed');
  return { severity: incident.severity, confirmed: incident.severity_confirmed, events: events.length };
}

describe.skipIf(skip)(`a severity${skip ? ` (${skip})` : ''}`, () => {
  it('is confirmed by a proved word alone, and once [human:verbs:severity]', async () => {
    await open('C-1', '--severity', 'SEV2');
    const unproved: readonly (readonly [string[], number, string])[] = [
      [[], 3, 'No key was named'],
      [['--key', at('nowhere')], 3, 'nowhere'],
      [['--key', at('mallory')], 1, 'is not in the approvers file'],
    ];
    for (const [key, exitCode, said] of unproved) {
      const answer = await confirm('C-1', 'SEV2', ...key);
      expect(answer).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(said) });
    }
    expect(await told('C-1')).toEqual({ severity: 'SEV2', confirmed: false, events: 0 });

    expect(await confirm('C-1', 'SEV2', '--key', at('ada'))).toMatchObject({ stdout: 'C-1 is SEV2, confirmed' });
    expect(await told('C-1')).toEqual({ severity: 'SEV2', confirmed: true, events: 1 });
    for (const key of [[], ['--key', at('ada')]])
      expect((await confirm('C-1', 'SEV2', ...key)).stdout).toBe('C-1 is SEV2, confirmed already');
    expect(await confirm('C-1', 'SEV2', '--key', at('mallory'))).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await told('C-1')).toEqual({ severity: 'SEV2', confirmed: true, events: 1 });
  });

  it('that is stricter is raised without proof, and not confirmed [human:verbs:severity]', async () => {
    await open('C-2', '--severity', 'SEV3', '--key', at('ada'));
    for (const key of ['nowhere', 'mallory']) expect((await confirm('C-2', 'SEV2', '--key', at(key))).stdout).toBe('');
    expect(await told('C-2')).toEqual({ severity: 'SEV3', confirmed: true, events: 0 });

    const { exitCode, stdout } = await confirm('C-2', 'SEV2');
    expect([exitCode, stdout]).toEqual([
      0,
      'C-2 is SEV2, raised and not confirmed: nobody signed. An approver confirms it with `fixgate incident confirm C-2 --severity SEV2 --key FILE`.',
    ]);
    expect(await told('C-2')).toEqual({ severity: 'SEV2', confirmed: false, events: 1 });
    expect((await confirm('C-2', 'SEV2')).exitCode).toBe(3);
    await confirm('C-2', 'SEV1', '--key', at('ada'));
    expect(await told('C-2')).toEqual({ severity: 'SEV1', confirmed: true, events: 2 });
  });

  it('that was given under a configuration without approvers is not believed where humans sign', async () => {
    await open('C-3', '--severity', 'SEV3');
    expect((await confirm('C-3', 'SEV2', '--config', 'none.yaml')).stdout).toBe('C-3 is SEV2, confirmed');
    expect(await told('C-3')).toMatchObject({ severity: 'SEV2', confirmed: false });
  });

  it('of what a human opened is no more confirmed under a configuration without approvers [human:verbs:severity]', async () => {
    await open('C-6', '--key', at('ada'));
    const severities = [(await told('C-6')).severity, 'SEV1'];
    for (const [index, severity] of severities.entries()) {
      expect((await confirm('C-6', severity, '--config', 'none.yaml')).exitCode).toBe(index === 0 ? 3 : 0);
      expect(await told('C-6')).toMatchObject({ severity, confirmed: false });
    }
    await confirm('C-6', 'SEV1', '--key', at('ada'));
    expect(await told('C-6')).toMatchObject({ severity: 'SEV1', confirmed: true });
  });

  it('that is only reported is worked on by no word under a policy of its own [human:verbs:severity, human:verbs:own-policy]', async () => {
    const shipped = readFileSync(join(process.cwd(), 'policies/default.yaml'), 'utf8');
    const strict = shipped
      .replace(/^ {2}level: pr_bot/m, '  level: observer')
      .replace(/^ {2}draft: false/m, '  draft: true');
    expect(strict).toMatch(/level: observer[^]*draft: true/);
    writeFileSync(at('strict.yaml'), strict);
    writeFileSync(at('strict-none.yaml'), 'version: 1\npolicy: ./strict.yaml\n');
    writeFileSync(at('strict-same.yaml'), 'version: 1\npolicy: ./strict.yaml\napprovers: ./approvers\n');
    await open('C-7', '--severity', 'SEV4', '--key', at('ada'));
    for (const config of ['none.yaml', 'strict-none.yaml', 'strict-same.yaml'])
      for (const severity of ['SEV2', 'SEV3'])
        expect(await confirm('C-7', severity, '--config', config)).toMatchObject({ exitCode: 3, stdout: '' });
    expect(await told('C-7')).toEqual({ severity: 'SEV4', confirmed: true, events: 0 });
  });

  it('that is believed against what is kept is not confirmed already [human:verbs:on-top]', async () => {
    writeFileSync(at('evil.policy.yaml'), shippedPolicy({ approvals: 'advisory' }));
    writeFileSync(at('evil.yaml'), 'version: 1\npolicy: ./evil.policy.yaml\n');
    await open('C-5', '--severity', 'SEV1', '--key', at('ada'));
    expect((await confirm('C-5', 'SEV3', '--config', 'evil.yaml')).exitCode).toBe(0);
    expect(await told('C-5')).toMatchObject({ severity: 'SEV1' });
    expect((await confirm('C-5', 'SEV1', '--key', at('ada'))).stdout).toBe('C-5 is SEV1, confirmed');
    expect((await confirm('C-5', 'SEV1', '--key', at('ada'))).stdout).toBe('C-5 is SEV1, confirmed already');
  });

  it('of what nobody signed is told as opened from the command line, with no other id', async () => {
    await open('C-10');
    const call = await fixgate('call', 'get_incident', '--json', '{"incident_id":"C-10"}');
    expect(JSON.parse(call.stdout).summary).toMatch(
      / It was opened from the command line, unsigned, at \d{4}-\d\d-\d\dT[\d:.]+Z\.$/,
    );
  });

  it('is waived no rule that the policy does not have', async () => {
    await open('C-4', '--severity', 'SEV3', '--key', at('ada'));
    const waive = (rule: string) => fixgate('waive', rule, '--incident', 'C-4', '--reason', 'x', '--key', at('ada'));
    const { exitCode, stdout, stderr } = await waive('built_in_files/gitt');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('The policy of C-4 has no rule "built_in_files/gitt"');
    expect((await waive('protected_files/foo')).stderr).toContain('Nothing was waived.');
    expect((await waive('sensitive_files/.ennv')).stderr).toMatch(
      /\(did you mean sensitive_files\/|Nothing was waived/,
    );
    expect((await waive('max_lines')).stdout).toMatch(/^max_lines is waived for C-4 until /);
    expect((await fixgate('approvals', 'C-4')).stdout).not.toContain('foo');
  });
});

it('an incident did not begin in the future', async () => {
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  const refused = await open('F-1', '--started-at', '2127-01-01T00:00:00Z', '--config', 'none.yaml');
  expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
  expect(refused.stderr).toContain('--started-at is in the future: 2127-01-01T00:00:00.000Z, and it is ');
  expect((await open('F-1', '--started-at', later(6), '--config', 'none.yaml')).exitCode).toBe(3);
  expect((await open('F-1', '--started-at', later(4), '--config', 'none.yaml')).exitCode).toBe(0);
});
