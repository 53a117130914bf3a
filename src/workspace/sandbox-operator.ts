import { execa } from 'execa';

import type { HostEnvironment } from '#workspace/sandbox-env.ts';

/** Characters of output; a command that prints more is stopped. */
const MAX_OUTPUT = 16 * 1024 * 1024;

/** A command of the operator's own. */
export interface OperatorCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: HostEnvironment;
  readonly timeoutMs: number;
}

/** Runs a command as the operator would, credentials included; never for argv that a repository or an agent wrote. */
export async function runAsOperator({
  argv,
  cwd,
  env,
  timeoutMs,
}: OperatorCommand): Promise<{ readonly ok: boolean; readonly output: string }> {
  const [file = '', ...args] = argv;
  const ended = await execa(file, args, {
    cwd,
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: timeoutMs,
    maxBuffer: { all: MAX_OUTPUT, stdout: MAX_OUTPUT, stderr: MAX_OUTPUT },
    killDescendants: true,
  });
  const output = ended.timedOut ? `it took longer than ${timeoutMs / 1_000} s` : ended.all || ended.shortMessage || '';
  return { ok: ended.exitCode === 0, output };
}
