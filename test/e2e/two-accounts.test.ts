import { chmodSync, chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { claude, reasonOf } from '../support/hook-call.ts';
import { fixPatch, reason } from '../support/incident-repository.ts';
import { connectClient, textOf } from '../support/mcp-clients.ts';
import { runResident } from '../support/resident.ts';
import { runFixgate, startHttpServer } from '../support/server-process.ts';
import type { TwoAccounts } from '../support/two-accounts.ts';
import { twoAccounts, withoutTwoAccounts } from '../support/two-accounts.ts';

const skip = withoutTwoAccounts();
const id = { incident_id: 'PD-1' };
const why = ['--reason', 'Seen and understood.'];
const foreign = 'belong to another account (uid 1), and this one may not use them. Nothing was done.';
/** Needs a human, whatever the policy says. */
const scriptPatch = `--- /dev/null\n+++ b/scripts/restart.sh\n@@ -0,0 +1 @@\n+kill -HUP 1\n`;

async function open({ config, operator, repository, key }: TwoAccounts, severity = 'SEV2'): Promise<void> {
  const facts = ['--id', 'PD-1', '--repo', repository.remote, '--severity', severity];
  const args = ['incident', 'open', ...facts, '--key', key, '--config', config];
  expect(await runResident(operator, args)).toMatchObject({ exitCode: 0 });
}

/** What the operator reads of the incident. */
async function reportOf({ config, operator }: TwoAccounts) {
  return JSON.parse((await runResident(operator, ['report', 'PD-1', '--format', 'json', '--config', config])).stdout);
}

/** Every verb by which a human says something. */
const verbs = (approval: string): readonly (readonly string[])[] => [
  ['approve', approval, ...why],
  ['reject', approval, ...why],
  ['release', 'PD-1', ...why],
  ['incident', 'confirm', 'PD-1', '--severity', 'SEV4', ...why],
  ['incident', 'close', 'PD-1', ...why],
  ['waive', 'max_files', '--incident', 'PD-1', ...why],
  ['resume', 'PD-1', '--grant', 'tool_calls=10', ...why],
  ['resume', '--all', ...why],
  ['stop', 'PD-1', ...why],
  ['stop', '--all', ...why],
];

describe.skipIf(skip)(`a server and an agent under two accounts${skip ? ` (${skip})` : ''}`, () => {
  it('are an enforced guard, which doctor says with its reason [guard:accounts:doctor]', async () => {
    await using both = await twoAccounts();
    await open(both);
    const doctor = () => both.fixgate(both.operator, ['doctor', '--guard', '--http']);
    expect(await doctor()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^guard: enforced\n- agents run under another account, which can write neither policy nor records\n/,
      ),
    });

    chownSync(both.config, 65_534, 65_534);
    const owned = await doctor();
    expect(owned.exitCode).toBe(1);
    expect(owned.stdout).toContain(`guard: advisory\n- ${both.config} belongs to another account (uid 65534)`);
    chownSync(both.config, 1, 1);

    chmodSync(both.operator.cwd, 0o777);
    const replaceable = await doctor();
    expect(replaceable.exitCode).toBe(1);
    expect(replaceable.stdout).toContain(`next: Run \`chmod go-w ${both.operator.cwd}\`.`);
  });

  it('keep keys and records from the agent, who may not even look [guard:accounts:unreadable]', async () => {
    await using both = await twoAccounts();
    await open(both);
    await using http = await startHttpServer(both.operator);
    await using client = await connectClient('v2 auto', { url: http.url });
    expect(textOf(await client.callTool('apply_patch', { ...id, patch: fixPatch, reason }))).toContain('Patch applied');
    const { stateFolder } = both.repository;
    const kept = [
      both.key,
      ...['state.db', 'keys/heads.pem', 'keys/heads.anchor'].map((name) => join(stateFolder, name)),
    ];

    for (const file of kept) {
      expect(statSync(file).uid).toBe(1);
      expect(both.shell('cat', file)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('Permission denied'),
      });
      expect(both.shell('cp', '/dev/null', file)).toMatchObject({ exitCode: 1 });
    }
    expect(both.shell('ls', stateFolder)).toMatchObject({ stdout: '' });
    expect(both.shell('sh', '-c', `echo x > ${stateFolder}/STOP`).exitCode).not.toBe(0);
    expect(readdirSync(stateFolder)).not.toContain('STOP');
  });

  it('have records that are signed with a key the agent cannot read [guard:accounts:signed]', async () => {
    await using both = await twoAccounts();
    await open(both);
    await using http = await startHttpServer(both.operator);
    await using client = await connectClient('v2 auto', { url: http.url });
    await client.callTool('apply_patch', { ...id, patch: fixPatch, reason });
    const audit = () => runFixgate(both.operator, ['audit', 'verify']);
    expect(await audit()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/SIGNED: \d+ heads? by the key SHA256:/),
    });
    expect((await reportOf(both)).guard).toMatchObject({ strength: 'enforced', reasons: [] });

    const database = join(both.repository.stateFolder, 'state.db');
    const forge = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(database)}).exec("DELETE FROM chain_heads")`;
    expect(both.shell(process.execPath, '-e', forge)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('unable to open'),
    });
    expect(await audit()).toMatchObject({ exitCode: 0 });
  });

  it('let no verb of humans pass from the agent, by whichever records, and say why [guard:accounts:verbs]', async () => {
    await using both = await twoAccounts();
    await open(both, 'SEV1');
    await using http = await startHttpServer(both.operator);
    await using client = await connectClient('v2 auto', { url: http.url });
    await client.callTool('get_incident', id);
    const before = await reportOf(both);

    const refused = { exitCode: 3, stderr: expect.stringContaining(foreign) };
    const said = await Promise.all(verbs('A-00000000').map((verb) => both.fixgate(both.curious, verb)));
    expect(said).toEqual(said.map(() => expect.objectContaining(refused)));
    // In records of its own it may say what it likes; the server reads others.
    for (const verb of verbs('A-00000000')) await both.fixgate(both.agent, verb);
    for (const look of [
      ['report', 'PD-1'],
      ['incident', 'list'],
      ['audit', 'verify'],
      ['doctor', '--guard'],
    ])
      expect(await both.fixgate(both.curious, look)).toMatchObject({ exitCode: 3 });
    const after = await reportOf(both);
    expect(after.incident).toEqual(before.incident);
    expect(after.timeline).toEqual(before.timeline);
    expect(textOf(await client.callTool('apply_patch', { ...id, patch: fixPatch, reason }))).toContain('severity/SEV1');
  });

  it('let a signed approval pass, and none by another key [guard:accounts:approved]', async () => {
    await using both = await twoAccounts();
    await open(both);
    await using http = await startHttpServer(both.operator);
    await using client = await connectClient('v2 auto', { url: http.url });
    const patch = () => client.callTool('apply_patch', { ...id, patch: scriptPatch, reason });
    const asked = textOf(await patch());
    const [approval = ''] = /A-[0-9a-f]{8}/.exec(asked) ?? [];
    expect(asked).toContain(`PENDING[${approval}]`);

    // The agent's own key, and the agent's account with the operator's key, which it cannot read.
    const own = join(both.agent.env['HOME'] ?? '', 'mallory');
    expect(both.shell('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', own)).toMatchObject({ exitCode: 0 });
    for (const key of [own, both.key])
      expect((await both.fixgate(both.curious, ['approve', approval, ...why, '--key', key])).exitCode).toBe(3);
    expect((await both.fixgate(both.operator, ['approve', approval, ...why, '--key', own])).exitCode).not.toBe(0);
    expect(textOf(await patch())).toContain('PENDING[');

    expect(await both.fixgate(both.operator, ['approve', approval, ...why, '--key', both.key])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`${approval} is approved`),
    });
    expect(textOf(await patch())).toContain('Patch applied');
  });
});

describe.skipIf(skip)(`the hook under the agent's account${skip ? ` (${skip})` : ''}`, () => {
  const words = (both: TwoAccounts) => ['--config', both.config];
  const call = (both: TwoAccounts, place: TwoAccounts['agent'], [tool, input]: readonly [string, object]) =>
    claude({ checkout: both.repository.checkout, place }, tool, input, { words: words(both) });

  it("judges by the operator's policy alone, whose files the agent cannot write [guard:accounts:hook]", async () => {
    await using both = await twoAccounts();
    await open(both, 'SEV1');
    const file = (name: string) => ({ file_path: join(both.repository.checkout, name) });
    const judge = async (tool: string, input: object) => reasonOf(await call(both, both.agent, [tool, input]));

    expect(await judge('Edit', file('src/queue.js'))).toBeUndefined();
    expect(await judge('Bash', { command: 'npm test' })).toBeUndefined();
    expect(await judge('Edit', file('.env'))).toMatch(/^DENIED\[protected_files\//);
    expect(await judge('Bash', { command: 'kubectl apply -f k8s' })).toMatch(/^DENIED\[blocked_commands\//);
    expect(await judge('Edit', { file_path: both.config })).toMatch(/^DENIED\[guard\/files\]/);
    for (const name of [both.config, join(both.operator.cwd, 'policy.yaml'), join(both.operator.cwd, 'approvers')])
      expect(both.shell('sh', '-c', `echo >> ${name}`).exitCode).not.toBe(0);
  });

  it('stops with the server, and may not go on before it [guard:accounts:kill-switch]', async () => {
    await using both = await twoAccounts();
    const edit = { file_path: join(both.repository.checkout, 'src/queue.js') };
    const judge = async () => reasonOf(await call(both, both.agent, ['Edit', edit]));
    const publicFile = `${both.config}.stop`;
    expect((await both.fixgate(both.operator, ['doctor', '--guard', '--http'])).stdout).toContain(
      `kill switch: \`fixgate stop --all\` makes ${publicFile}`,
    );
    expect(await judge()).toBeUndefined();

    expect(await both.fixgate(both.operator, ['stop', '--all'])).toMatchObject({ exitCode: 0 });
    expect(await judge()).toMatch(/^DENIED\[kill_switch\] .*\.stop is there/);
    expect(both.shell('rm', '-f', publicFile).exitCode).toBe(1);
    expect(await judge()).toMatch(/^DENIED\[kill_switch\]/);

    expect(await both.fixgate(both.operator, ['resume', '--all', ...why, '--key', both.key])).toMatchObject({
      exitCode: 0,
      stdout: 'Writes are allowed again.\n',
    });
    expect(await judge()).toBeUndefined();
  });

  it('refuses changes where it was pointed at records that it may not read [guard:accounts:hook-records]', async () => {
    await using both = await twoAccounts();
    await open(both);
    const file = (name: string) => ({ file_path: join(both.repository.checkout, name) });
    const judge = async (tool: string, input: object) => reasonOf(await call(both, both.curious, [tool, input]));
    const stateDb = join(both.repository.stateFolder, 'state.db');

    expect(await judge('Edit', file('src/queue.js'))).toMatch(/^DENIED\[guard\/records\] .*FIXGATE_STATE_DIR/);
    expect(await judge('Bash', { command: 'npm test' })).toMatch(/^DENIED\[guard\/records\]/);
    expect(await judge('Read', file('src/queue.js'))).toBeUndefined();
    expect(await judge('Read', { file_path: stateDb })).toMatch(/^DENIED\[guard\/files\]/);
  });
});
