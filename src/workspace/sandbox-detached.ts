import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import { FixgateError } from '#domain/errors.ts';
import { descendantsOf, isRunning, kill } from '#workspace/sandbox-tree.ts';
import { stopCommand } from '#workspace/sandbox.ts';

/** A process of our own that outlives this one. */
export interface DetachedProcess {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets what the process prints. */
  readonly logFile: string;
}

/** Starts a process in a session of its own and answers its pid; trusted code only. */
export function startDetached(request: DetachedProcess): number {
  const [file = '', ...args] = request.argv;
  const log = openSync(request.logFile, 'a', 0o600);
  try {
    const child = spawn(file, args, {
      cwd: request.cwd,
      env: request.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    // A program that cannot be started has no pid, which is said below.
    child.on('error', () => undefined);
    child.unref();
    if (child.pid !== undefined) return child.pid;
  } finally {
    closeSync(log);
  }
  throw new FixgateError('internal', `The process ${file} could not be started.`, {
    fix: 'Ask the operator to look at the log of the server.',
  });
}

/** Kills a process that `startDetached` began, its group, and the sandboxed command with the same label. */
export async function stopDetached(pid: number | undefined, label: string): Promise<void> {
  if (pid !== undefined && isRunning(pid, label)) {
    const below = descendantsOf(pid);
    kill(-pid);
    for (const each of [pid, ...below]) kill(each);
  }
  await stopCommand(label);
}
