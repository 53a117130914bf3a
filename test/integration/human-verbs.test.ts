import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { plainSigner } from '#approvals/plain-signature.ts';
import { askKeygen, signWithKey } from '#approvals/ssh-keygen.ts';
import { APPROVAL_NAMESPACE } from '#domain/approval.ts';

import { compileCache } from '../support/compiled.ts';
import { hasProgram, missing } from '../support/needs.ts';
import { runResident, trimmed } from '../support/resident.ts';
import { shippedPolicy } from '../support/shipped-policy.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const fix = '--- a/src/a.js\n+++ b/src/a.js\n@@ -1 +1 @@\n-let leak = true;\n+let leak = false;\n';
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
  await execa('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', at('eve')]);
  writeFileSync(at('approvers'), `ada@example.com ${readFileSync(at('ada.pub'), 'utf8')}`);
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function fixgate(args: readonly string[], state = 'state') {
  const env = { PATH: process.env['PATH'] ?? '', FIXGATE_STATE_DIR: at(state), HOME: folder.path, ...compileCache };
  return trimmed(await runResident({ cwd: folder.path, env }, args));
}

const as = (name: string) => ['--reason', 'Seen and understood.', '--key', at(name)];
const open = (id: string, severity: string, ...more: readonly string[]) =>
  fixgate(['incident', 'open', '--id', id, '--repo', repository.path, '--severity', severity, ...more]);

async function incidentOf(id: string) {
  const { stdout } = await fixgate(['report', id, '--format', 'json']);
  const { incident, timeline } = JSON.parse(stdout);
  return { ...incident, last: timeline.at(-1) };
}

describe.skipIf(skip)(`verbs of humans${skip ? ` (${skip})` : ''}`, () => {
  it('lower a severity with proof alone, and raise it without [human:verbs:severity]', async () => {
    await open('H-1', 'SEV1', '--key', at('ada'));
    const confirm = (severity: string, ...more: readonly string[]) =>
      fixgate(['incident', 'confirm', 'H-1', '--severity', severity, ...more]);

    expect((await confirm('SEV3', ...as('mallory'))).exitCode).toBe(1);
    expect((await confirm('SEV3')).exitCode).toBe(3);
    expect(await incidentOf('H-1')).toMatchObject({ severity: 'SEV1' });
    expect((await confirm('SEV3', ...as('ada'))).stdout).toContain('H-1 is SEV3, confirmed');
    expect(await incidentOf('H-1')).toMatchObject({
      severity: 'SEV3',
      last: { event: 'incident.confirmed', actor: 'human:ada@example.com' },
    });
    expect((await confirm('SEV2')).exitCode).toBe(0);
    expect((await confirm('SEV3')).exitCode).toBe(3);
    expect(await incidentOf('H-1')).toMatchObject({ severity: 'SEV2' });
  });

  it('close an incident once, and nothing is done for it any more [human:verbs:close]', async () => {
    await open('H-2', 'SEV3', '--key', at('ada'));
    const close = (name: string) => fixgate(['incident', 'close', 'H-2', ...as(name)]);

    expect((await close('mallory')).exitCode).toBe(1);
    expect((await close('ada')).stdout).toBe('H-2 is closed (resolved).');
    const { stdout } = await fixgate([
      'call',
      'apply_patch',
      '--json',
      JSON.stringify({ incident_id: 'H-2', patch: fix, reason: 'stop the leak' }),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ rule_ids: ['incident/closed'] });
    for (const verb of [
      ['release', 'H-2'],
      ['resume', 'H-2'],
      ['incident', 'close', 'H-2'],
      ['waive', 'max_lines', '--incident', 'H-2'],
    ])
      expect((await fixgate([...verb, ...as('ada')])).stderr).toContain('H-2 is closed. Nothing was changed.');
    expect((await fixgate(['stop', 'H-2'])).stderr).toContain('H-2 is closed.');
  });

  it('open for an agent what nobody signed, and confirm nothing by opening again [human:verbs:open]', async () => {
    expect((await open('H-3', 'SEV3')).stdout).toContain('Its severity is not confirmed');
    expect(await incidentOf('H-3')).toMatchObject({ opened_by: 'agent', severity_confirmed: false });
    expect((await open('H-4', 'SEV3', '--key', at('mallory'))).exitCode).toBe(1);
    await open('H-5', 'SEV3', '--key', at('ada'));
    expect(await incidentOf('H-5')).toMatchObject({ opened_by: 'human', severity_confirmed: true });
    await open('H-3', 'SEV3', '--key', at('ada'));
    expect(await incidentOf('H-3')).toMatchObject({ severity_confirmed: false });
  });

  it('are told which facts opening again does not take, and how to give a severity [incidents:open:told]', async () => {
    const open = (...more: readonly string[]) =>
      fixgate(['incident', 'open', '--id', 'H-6', '--repo', repository.path, '--severity', ...more], 'told');
    const first = await open('SEV3');
    expect(first.stdout).toContain('`fixgate incident confirm H-6 --severity SEV3 --key FILE`');
    const named = await open('SEV3', '--config', 'fixgate.yaml');
    expect(named.stdout).toMatch(/--severity SEV3 --key FILE --config 'fixgate\.yaml'`/);
    for (const key of [[], ['--key', at('ada')]]) {
      const { exitCode, stdout, stderr } = await open('SEV1', '--title', 'All down', ...key);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain('another title, severity: it has title "Incident H-6", severity "SEV3".');
      expect(stderr).toContain('Run `fixgate incident confirm H-6 --severity SEV1 --key FILE`');
    }
    expect((await open('SEV3')).exitCode).toBe(0);
  });

  it('ask nothing where no key is [human:verbs:keyless]', async () => {
    const facts = ['--id', 'H-7', '--repo', repository.path, '--severity', 'SEV1', '--key', at('ada')];
    await fixgate(['incident', 'open', ...facts], 'keyless');
    await fixgate(['stop', 'H-7'], 'keyless');
    for (const verb of [
      ['resume', 'H-7'],
      ['release', 'H-7'],
      ['incident', 'close', 'H-7'],
      ['incident', 'confirm', 'H-7', '--severity', 'SEV3'],
      ['waive', 'max_lines', '--incident', 'H-7'],
    ])
      for (const key of [[], ['--key', at('nowhere')]]) {
        const { exitCode, stderr } = await fixgate([...verb, '--reason', 'x', ...key], 'keyless');
        expect(exitCode).toBe(3);
        expect(stderr).toContain(key.length === 0 ? 'No key was named and none is in ~/.ssh.' : 'nowhere');
      }
    expect((await fixgate(['approvals', 'H-7'], 'keyless')).stdout).toBe('H-7 waits for nothing.');
  });
});

describe.skipIf(skip)('what somebody said under a configuration of their own', () => {
  const evil = ['--config', 'evil.yaml', '--reason', 'Mine.'];
  beforeAll(() => {
    writeFileSync(at('evil.policy.yaml'), shippedPolicy({ approvals: 'advisory' }));
    writeFileSync(at('evil.yaml'), 'version: 1\npolicy: ./evil.policy.yaml\n');
  });

  it('stops no listed human from closing or releasing [human:verbs:on-top]', async () => {
    for (const [id, verb, state] of [
      ['E-1', ['incident', 'close', 'E-1'], 'closed'],
      ['E-2', ['resume', 'E-2'], 'investigating'],
    ] as const) {
      await open(id, 'SEV1', '--key', at('ada'));
      expect((await fixgate(['incident', 'close', id, ...evil])).exitCode).toBe(0);
      expect(await incidentOf(id)).toMatchObject({ state: 'escalated' });
      expect((await fixgate(['release', id, ...as('ada')])).exitCode).toBe(0);
      expect((await fixgate([...verb, ...as('ada')])).exitCode).toBe(0);
      expect(await incidentOf(id)).toMatchObject({ state });
    }
  });

  it('leaves a question to a listed human [human:verbs:on-top]', async () => {
    await open('E-6', 'SEV3', '--key', at('ada'));
    const patch = '--- /dev/null\n+++ b/package.json\n@@ -0,0 +1 @@\n+{}\n';
    const call = { incident_id: 'E-6', patch, reason: 'stop the leak' };
    const ask = async () => JSON.parse((await fixgate(['call', 'apply_patch', '--json', JSON.stringify(call)])).stdout);
    const asked = (await ask()).evidence.approval_id;
    expect((await fixgate(['approve', asked, ...evil])).exitCode).toBe(0);
    expect(await ask()).toMatchObject({ code: 'approval_required' });
    expect((await fixgate(['approve', asked, ...as('ada')])).stdout).toMatch(/is approved \(as A-[0-9a-f]{8}: /);
    expect((await ask()).code).not.toBe('approval_required');
  });

  it('takes back no proved end [human:verbs:ended]', async () => {
    // Where it began nobody could sign, so that any listed key counts under its own configuration.
    await open('E-3', 'SEV2', '--config', 'none.yaml');
    await fixgate(['incident', 'close', 'E-3', ...as('ada')]);
    writeFileSync(at('mallory-approvers'), `mallory@example.com ${readFileSync(at('mallory.pub'), 'utf8')}`);
    writeFileSync(at('mallory.yaml'), 'version: 1\napprovers: ./mallory-approvers\n');
    const resumed = await fixgate(['resume', 'E-3', '--config', 'mallory.yaml', ...as('mallory')]);
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(await incidentOf('E-3')).toMatchObject({ state: 'closed' });
    expect((await fixgate(['resume', 'E-3', ...as('ada')])).stderr).toContain('E-3 is closed.');
  });

  it('is told as not believed [human:verbs:doubted]', async () => {
    await open('E-4', 'SEV1', '--key', at('ada'));
    await fixgate(['incident', 'confirm', 'E-4', '--severity', 'SEV3', ...evil]);
    const { severity, last, not_believed: doubted } = await incidentOf('E-4');
    expect(severity).toBe('SEV1');
    expect(last.summary).toMatch(/^Not believed: Severity SEV3/);
    expect(doubted).toEqual([expect.stringMatching(/^severity approved by \S+ \(A-[0-9a-f]{8}\)$/)]);
    expect((await fixgate(['report', 'E-4'])).stdout).toContain('Not believed');
    expect((await fixgate(['approvals', 'E-4'])).stdout).toContain('(not believed)');
    expect((await fixgate(['incident', 'list'])).stdout).toContain('E-4\tSEV1');
  });

  it('is answered with the namespace that a listed key lacks [human:verbs:namespace]', async () => {
    await open('E-5', 'SEV1', '--key', at('ada'));
    writeFileSync(at('limited'), `ada@example.com namespaces="git" ${readFileSync(at('ada.pub'), 'utf8')}`);
    writeFileSync(at('limited.yaml'), 'version: 1\napprovers: ./limited\n');
    const { stderr } = await fixgate(['release', 'E-5', '--config', 'limited.yaml', ...as('ada')]);
    expect(stderr).toContain(`namespaces="git", and the namespace ${APPROVAL_NAMESPACE} is needed`);
  });
});

it('refuse with the lines that are missing where nobody can approve [human:verbs:told]', async () => {
  const here = (...args: readonly string[]) => fixgate([...args, '--config', at('none.yaml')], 'other');
  const opened = await here('incident', 'open', '--id', 'N-1', '--repo', repository.path, '--severity', 'SEV1');
  expect(opened.stdout).toContain('Next: agents may only look at a SEV1 until a human runs `fixgate release N-1');
  expect(opened.stdout).toContain('For that, humans need keys here first: `approvers:` in fixgate.yaml');
  expect(opened.stdout).not.toContain('tell your agent to remediate');
  const unsaid = await here('incident', 'open', '--id', 'N-1', '--repo', repository.path, '--severity', 'SEV2');
  expect(unsaid.stderr).toContain('`fixgate incident confirm N-1 --severity SEV2`');
  expect(unsaid.stderr).toContain('For that, humans need keys here first');

  for (const args of [
    ['release', 'N-1'],
    ['incident', 'close', 'N-1'],
    ['incident', 'confirm', 'N-1', '--severity', 'SEV2'],
  ]) {
    const { exitCode, stderr } = await here(...args, '--reason', 'x');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('`approvers: ./approvers` to fixgate.yaml');
    expect(stderr).toContain('`approvals: advisory` in a policy of your own that extends no other');
  }
});

describe.skipIf(skip)('a signature', () => {
  const text = 'exactly this';

  async function both(signature: string, approvers: string, said = text) {
    const lines = approvers.split('\n');
    const plain = plainSigner({ text: said, signature, approvers: lines, namespace: APPROVAL_NAMESPACE });
    return { plain, keygen: await askKeygen({ text: said, signature, approvers: lines }) };
  }

  it('is judged as ssh-keygen judges it, or left to it [human:proof:plain]', async () => {
    const [ada, mallory, eve] = await Promise.all(['ada', 'mallory', 'eve'].map((name) => signWithKey(text, at(name))));
    const pub = (name: string) => readFileSync(at(`${name}.pub`), 'utf8').trim();
    const line = (name: string) => `${name}@example.com ${pub(name)}\n`;
    const other = await execa('ssh-keygen', ['-Y', 'sign', '-n', 'other', '-f', at('ada')], { input: text });
    // One character of the signature itself, wherever the lines break.
    const last = (ada ?? '').slice(0, (ada ?? '').indexOf('\n-----END') - 8).search(/[A-Za-z0-9+/][^A-Za-z0-9+/]*$/);
    const damaged = (ada ?? '').slice(0, last) + (ada?.[last] === 'A' ? 'B' : 'A') + (ada ?? '').slice(last + 1);
    expect(damaged).not.toBe(ada);
    const cases: readonly [string | undefined, string, string][] = [
      [ada, line('ada'), text],
      [ada, `# us\n\n${line('mallory')}${line('ada')}`, text],
      [ada, line('ada'), 'something else'],
      [ada, line('mallory'), text],
      [mallory, line('ada'), text],
      [damaged, line('ada'), text],
      [`${other.stdout}\n`, line('ada'), text],
      [ada, line('ada').replace('ssh-ed25519', 'ssh-rsa'), text],
      [ada, line('ada').replace(/( AAAA\S+)/, '$1='), text],
      ['no signature', line('ada'), text],
      [eve, `${line('ada')}${line('eve')}`, text],
      [ada, `*@example.com ${pub('ada')}\n`, text],
      [ada, `ada@example.com namespaces="git" ${pub('ada')}\n`, text],
      [ada, `ada@example.com namespaces="${APPROVAL_NAMESPACE}" ${pub('ada')}\n`, text],
      [ada, `${line('ada')}bob@example.com ${pub('ada')}\n`, text],
    ];
    const judged = await cases.reduce<Promise<string[]>>(async (before, [signature = '', approvers, said]) => {
      const found = await before;
      const { plain, keygen } = await both(signature, approvers, said);
      expect(plain ? plain.principal : keygen).toBe(keygen);
      return [...found, plain ? 'plain' : 'left'];
    }, Promise.resolve([]));

    expect(judged.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 'plain'));
    expect(judged.slice(9)).toEqual(Array.from({ length: 6 }, () => 'left'));
  });
});
