import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hasProgram, missing } from '../support/needs.ts';
import { runFixgate } from '../support/server-process.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('OpenSSH', ['ssh-keygen', 'ssh-agent', 'ssh-add'].every(hasProgram));
const script = '--- /dev/null\n+++ b/restart.sh\n@@ -0,0 +1 @@\n+kill -HUP 1\n';

let folder: TemporaryFolder;
let repository: TemporaryRepository;
const at = (name: string) => join(folder.path, name);

beforeEach(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'let leak = true;\n' });
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Makes the key of an approver, under a passphrase or not. */
async function makeKey(passphrase = ''): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', at('ada')]);
  writeFileSync(at('approvers'), `ada@example.com ${readFileSync(at('ada.pub'), 'utf8')}`);
  return at('ada');
}

/** What a person types or clicks, as a program. */
function askpass(name: string, text: string): Readonly<Record<string, string>> {
  writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return { SSH_ASKPASS: at(name), SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' };
}

async function fixgate(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...gitEnvironment, FIXGATE_STATE_DIR: at('state'), HOME: folder.path, ...more };
  return await runFixgate({ cwd: folder.path, env }, args);
}

async function patch(): Promise<Readonly<Record<string, unknown>>> {
  const args = { incident_id: 'PD-1', patch: script, reason: 'restart it by hand' };
  return JSON.parse((await fixgate(['call', 'apply_patch', '--json', JSON.stringify(args)])).stdout);
}

/** Lets an agent ask for something that needs a human; answers the id of the question. */
async function ask(): Promise<string> {
  const facts = ['--id', 'PD-1', '--repo', repository.path, '--severity', 'SEV3'];
  expect((await fixgate(['incident', 'open', ...facts])).exitCode).toBe(0);
  const answer = await patch();
  expect(answer).toMatchObject({ code: 'approval_required' });
  return (answer['evidence'] as { approval_id: string }).approval_id;
}

/** An SSH agent that holds the key, which is gone from the disk then. */
async function agentWith(key: string, options: readonly string[], env: Readonly<Record<string, string>>) {
  const { stdout } = await execa('ssh-agent', ['-a', at('agent.sock')], { env });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]);
  const SSH_AUTH_SOCK = at('agent.sock');
  await execa('ssh-add', ['-q', ...options, key], { env: { SSH_AUTH_SOCK } });
  rmSync(key);
  return { env: { SSH_AUTH_SOCK }, [Symbol.dispose]: () => void process.kill(pid) };
}

const why = ['--reason', 'Seen and understood.'];

describe.skipIf(skip)(`the key of a human${skip ? ` (${skip})` : ''}`, () => {
  it.each([
    ['approves when it is typed', 'right word', 0],
    ['approves nothing when another is typed', 'wrong word', 3],
  ])('under a passphrase %s [human:proof:plain]', async (_, word, exit) => {
    const key = await makeKey('right word');
    const id = await ask();
    const { exitCode } = await fixgate(['approve', id, ...why, '--key', key], askpass('typed', `echo '${word}'`));
    expect(exitCode).toBe(exit);
    expect(await patch()).toMatchObject(exit === 0 ? { applied: true } : { code: 'approval_required' });
  });

  it.each([
    ['that does not ask approves', [], 'exit 1', 0],
    ['that asks approves when it is told yes', ['-c'], 'exit 0', 0],
    ['that asks approves nothing when it is told no', ['-c'], 'exit 1', 3],
  ])('held by an SSH agent %s [human:proof:plain]', async (_, options, click, exit) => {
    const key = await makeKey();
    const id = await ask();
    using agent = await agentWith(key, options, askpass('clicked', click));
    const { exitCode } = await fixgate(['approve', id, ...why, '--key', `${key}.pub`], agent.env);
    expect(exitCode).toBe(exit);
    expect(await patch()).toMatchObject(exit === 0 ? { applied: true } : { code: 'approval_required' });
  });

  it('says no by `reject`, after which the same is refused for good with the reason [gate:approvals:bound]', async () => {
    const key = await makeKey();
    const id = await ask();
    const said = await fixgate(['reject', id, '--reason', 'Fix the code instead.', '--key', key]);
    expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${id} is rejected.`) });
    const refused = await patch();
    expect(refused).toMatchObject({ code: 'policy_denied', rule_ids: expect.arrayContaining(['approvals/rejected']) });
    expect(refused['message']).toContain('Fix the code instead.');
  });

  it('that somebody makes for himself approves nothing, whoever he says he is [gate:approvals:not-the-agent]', async () => {
    await makeKey();
    const id = await ask();
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@example.com', '-f', at('own')]);
    expect((await fixgate(['approve', id, ...why, '--key', at('own')])).exitCode).not.toBe(0);
    expect(await patch()).toMatchObject({ code: 'approval_required' });
  });
});

it('without approvers every verb of humans that lets agents do more is refused, and the guard says beforehand that it is advisory [human:verbs:told]', async () => {
  writeFileSync(at('fixgate.yaml'), 'version: 1\n');
  const id = await ask();
  for (const verb of [
    ['approve', id],
    ['reject', id],
    ['release', 'PD-1'],
  ])
    expect(await fixgate([...verb, ...why])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('approvers'),
    });
  expect(await patch()).toMatchObject({ code: 'approval_required' });
  const doctor = await fixgate(['doctor', '--guard']);
  expect(doctor).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^guard: advisory\n- /) });
});

it.skipIf(skip)(
  'a key that lies open under the account of the agent approves what the agent asks, and the guard says beforehand that it can [cli:doctor:next-steps]',
  async () => {
    const key = await makeKey();
    const before = await fixgate(['doctor', '--guard', '--http']);
    const id = await ask();
    expect((await fixgate(['approve', id, ...why, '--key', key])).exitCode).toBe(0);
    expect(before).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(
        /^guard: advisory\n- the configuration does not say that agents run under another account\n/,
      ),
    });
  },
);
