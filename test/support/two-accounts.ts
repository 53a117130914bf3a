import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stringify } from 'yaml';

import type { IncidentRepository } from './incident-repository.ts';
import { incidentRepository } from './incident-repository.ts';
import { missing } from './needs.ts';
import type { Finished, Place } from './server-process.ts';
import { fixgateEntry, runFixgate } from './server-process.ts';

/** Two accounts that every Linux has, and that own nothing: `daemon` or `bin`, and `nobody`. */
const OPERATOR = { uid: 1, gid: 1 };
const AGENT = { uid: 65_534, gid: 65_534 };

/** An operator's server and an agent's shell under accounts of their own. */
export interface TwoAccounts extends AsyncDisposable {
  readonly repository: IncidentRepository;
  /** Where the server runs: its home, configuration, keys and records belong to the operator. */
  readonly operator: Place;
  /** Where the agent runs: it has a checkout of its own, and is told nothing of the records. */
  readonly agent: Place;
  /** The same for an agent that was told, or has guessed, where they are. */
  readonly curious: Place;
  readonly config: string;
  /** A key whose signatures count, readable by the operator alone. */
  readonly key: string;
  /** Runs a program as the agent. */
  shell(program: string, ...args: string[]): Finished;
  /** `fixgate` as one of them, with the operator's configuration. */
  fixgate(place: Place, args: readonly string[], input?: string): Promise<Finished>;
}

/** Why tests with two accounts cannot run here; undefined when they can. */
export function withoutTwoAccounts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Only root on Linux can start processes under two accounts.';
  const starts = [OPERATOR, AGENT].every(
    (as) => spawnSync(process.execPath, [fixgateEntry, '--version'], { ...as, cwd: '/', env: {} }).status === 0,
  );
  return missing('A program that other accounts can read', starts);
}

/** Makes both in one temporary folder; nothing of them is left behind. */
export async function twoAccounts(): Promise<TwoAccounts> {
  const repository = await incidentRepository();
  const { folder, checkout, remote, stateFolder, place } = repository;
  const [home, shellHome] = [join(folder, 'operator-home'), join(folder, 'agent-home')];
  await chmod(folder, 0o755);
  for (const each of [home, shellHome, stateFolder]) await mkdir(each, { mode: 0o700 });
  const key = join(home, 'ada');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const { cwd } = await repository.configure({}, {});
  await writeFile(join(cwd, 'approvers'), `ada@example.com ${await readFile(`${key}.pub`, 'utf8')}`);
  const config = join(cwd, 'fixgate.yaml');
  const settings = { repository: remote, policy: './policy.yaml', approvers: './approvers', agents: 'other_account' };
  await writeFile(config, stringify({ version: 1, ...settings }));
  give(OPERATOR, home, stateFolder, cwd, remote);
  give(AGENT, shellHome, checkout);
  const { FIXGATE_STATE_DIR: state = '', ...rest } = place.env;
  const agent: Place = { cwd: checkout, env: { ...rest, HOME: shellHome }, as: AGENT };
  return {
    repository,
    operator: { cwd, env: { ...rest, HOME: home, FIXGATE_STATE_DIR: state }, as: OPERATOR },
    agent,
    curious: { ...agent, env: { ...agent.env, FIXGATE_STATE_DIR: state } },
    config,
    key,
    shell(program, ...args) {
      const { status, stdout, stderr } = spawnSync(program, args, {
        ...AGENT,
        cwd: checkout,
        env: agent.env,
        encoding: 'utf8',
      });
      return { exitCode: status, stdout, stderr };
    },
    fixgate: (where, args, input) => runFixgate(where, [...args, '--config', config], input),
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

function give({ uid, gid }: { readonly uid: number; readonly gid: number }, ...folders: string[]): void {
  execFileSync('chown', ['-R', `${uid}:${gid}`, ...folders]);
}
