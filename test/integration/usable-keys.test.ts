import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { listedKeys } from '#approvals/approver-file.ts';
import { findUsableKeys } from '#approvals/usable-keys.ts';

import { hardwareKey, HARDWARE_KINDS } from '../support/hardware-key.ts';
import { hasProgram, missing } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen and ssh-agent', hasProgram('ssh-keygen') && hasProgram('ssh-agent'));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string) => path.join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  if (skip) return;
  const make = (name: string, ...words: readonly string[]) =>
    execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name), ...words]);
  await Promise.all([
    make('open'),
    make('readable'),
    make('old', '-t', 'ecdsa', '-m', 'PEM'),
    make('pkcs8', '-t', 'rsa', '-b', '2048', '-m', 'PKCS8'),
    make('locked', '-N', 'long words'),
    make('old-locked', '-t', 'ecdsa', '-m', 'PEM', '-N', 'long words'),
    make('other'),
  ]);
  chmodSync(at('readable'), 0o644);
  mkdirSync(at('folder'));
  mkdirSync(at('empty'));
  writeFileSync(at('torn'), '-----BEGIN OPENSSH PRIVATE KEY-----\nbm9uZQ==\n');
  symlinkSync('round', at('round'));
});
afterAll(() => folder[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

/** Listed keys, each under its own name. */
function listed(...names: readonly string[]): ReturnType<typeof listedKeys> {
  return listedKeys(names.map((name) => `${name}@example.com ${readFileSync(at(`${name}.pub`), 'utf8')}`).join('\n'));
}

const names = ['open', 'readable', 'old', 'pkcs8', 'locked', 'old-locked'];

/** An SSH agent with these keys, as long as it is used. */
async function startAgent(keys: readonly (readonly string[])[]) {
  const socket = path.join(folder.path, `agent-${keys.length}`);
  const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
  await vi.waitFor(async () => {
    const { exitCode } = await execa('ssh-add', ['-l'], { env: { SSH_AUTH_SOCK: socket }, reject: false });
    expect(exitCode).toBe(1);
  });
  for (const words of keys) await execa('ssh-add', ['-q', ...words], { env: { SSH_AUTH_SOCK: socket } });
  return {
    socket,
    async [Symbol.asyncDispose]() {
      agent.kill();
      await agent;
    },
  };
}

describe.skipIf(skip)(`keys of approvers that an account can use alone${skip ? ` (${skip})` : ''}`, () => {
  it('are private keys without a passphrase that belong to a listed one, in any format [cli:doctor:usable-keys]', async () => {
    const look = { listed: listed(...names), folder: folder.path, agent: undefined };
    const { usable, unseen } = await findUsableKeys(look);

    expect(usable.toSorted()).toEqual(
      ['old', 'open', 'pkcs8', 'readable'].map((name) => `${at(name)} of ${name}@example.com has no passphrase`),
    );
    expect(unseen).toEqual([]);
  });

  it('are not those of others, those in hardware and those of another folder [cli:doctor:usable-keys]', async () => {
    const nobody = { usable: [], unseen: [] };
    const { line } = hardwareKey(HARDWARE_KINDS[0]);
    const inHardware = listedKeys(`ada@example.com ${line}`);
    await using agent = await startAgent([]);

    expect(inHardware).toHaveLength(1);
    expect(await findUsableKeys({ listed: inHardware, folder: folder.path, agent: agent.socket })).toEqual(nobody);
    expect(await findUsableKeys({ listed: listed('locked'), folder: folder.path, agent: agent.socket })).toEqual(
      nobody,
    );
    expect(await findUsableKeys({ listed: listed('open'), folder: at('empty'), agent: undefined })).toEqual(nobody);
    expect(await findUsableKeys({ listed: listed('open'), folder: at('absent'), agent: undefined })).toEqual(nobody);
  });

  it('are those that an SSH agent holds, which does not say whether it asks [cli:doctor:usable-keys]', async () => {
    await using agent = await startAgent([[at('open')], ['-c', at('old')]]);
    const { stdout } = await execa('ssh-keygen', ['-lf', at('open.pub')]);
    const look = { folder: at('empty'), agent: agent.socket };

    expect(await findUsableKeys({ ...look, listed: listed('open', 'locked') })).toEqual({
      usable: [
        `the SSH agent holds ${stdout.split(' ')[1]} of open@example.com, and signs with it unasked unless it was added with \`ssh-add -c\``,
      ],
      unseen: [],
    });
    expect((await findUsableKeys({ ...look, listed: listed('old') })).usable).toHaveLength(1);
  });

  it('are not looked for where OpenSSH or the agent is not there, which is said [cli:doctor:usable-keys]', async () => {
    const dead = { listed: listed('open', 'old'), folder: folder.path, agent: at('nobody-listens') };
    expect((await findUsableKeys(dead)).unseen).toEqual(['the SSH agent of SSH_AUTH_SOCK does not answer']);
    vi.stubEnv('PATH', at('empty'));
    expect(await findUsableKeys(dead)).toEqual({
      usable: [`${at('open')} of open@example.com has no passphrase`],
      unseen: [
        'ssh-keygen is not installed, so keys in older formats were not looked at',
        'ssh-add is not installed, so the SSH agent was not asked',
      ],
    });
  });
});
