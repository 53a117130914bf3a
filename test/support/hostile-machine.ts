import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createStubJudge } from '#cli/stub-judge.ts';
import type { SandboxPlan } from '#domain/remediation.ts';
import { runCommand, type CommandRequest } from '#workspace/sandbox.ts';

/** A word that stands only in what hostile code must not read. */
export const SECRET = 'planted-secret-7f3a';
/** What a planted program prints when it really runs a call that the policy blocks. */
export const EFFECT = 'EFFECT-HAPPENED';

const blockedCommands = ['kubectl apply', 'docker push', 'npm publish', 'terraform apply'];

/** A machine as an operator has it: tools with an effect, credentials, a state folder with a worktree, and a service on loopback. */
export async function createHostileMachine() {
  const base = await mkdtemp(join(tmpdir(), 'hostile-'));
  const [tools, home, state] = ['tools', 'home', 'state'].map((name) => join(base, name)) as [string, string, string];
  const tree = join(state, 'worktrees/repo/PD-1');
  const effects = join(base, 'effects.log');
  for (const folder of [tools, join(home, '.aws'), join(state, 'clones/repo'), tree]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(join(home, '.aws/credentials'), SECRET);
  await writeFile(join(state, 'policy.yaml'), SECRET);
  await writeFile(join(state, 'clones/repo/config'), SECRET);
  await writeFile(join(tree, '.git'), `gitdir: ${join(state, 'clones/repo')}\n`);
  for (const name of ['kubectl', 'docker', 'terraform']) {
    const text = `#!/bin/sh\ncase "$1" in apply|push) echo ${EFFECT} >> ${effects}; echo ${EFFECT};; *) echo real ${name} "$@";; esac\n`;
    await writeFile(join(tools, name), text, { mode: 0o755 });
  }
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).end(SECRET);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let runs = 0;
  return {
    base,
    tools,
    home,
    state,
    tree,
    port,
    connections: () => connections,
    effects: () => readFile(effects),
    /** Runs a command of the repository, with files put into its tree first. */
    async run(
      argv: readonly string[],
      files: Readonly<Record<string, string>> = {},
      { sandbox, ...options }: Partial<Omit<CommandRequest, 'sandbox'>> & { sandbox?: Partial<SandboxPlan> } = {},
    ) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(tree, name), text, { mode: 0o755 });
      runs += 1;
      return runCommand({
        argv,
        cwd: tree,
        host: { PATH: `${tools}:/usr/local/bin:/usr/bin:/bin`, HOME: home, AWS_SECRET_ACCESS_KEY: SECRET },
        env: {},
        timeoutMs: 30_000,
        signal: new AbortController().signal,
        label: `hostile-${process.pid}-${runs}-${port}`,
        judge: createStubJudge(blockedCommands),
        sandbox: { isolation: 'full', ...sandbox },
        ...options,
      });
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await rm(base, { recursive: true, force: true });
    },
  };
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
