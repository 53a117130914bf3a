import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Finished, Place } from './server-process.ts';

/** A command line for the resident process; its answer carries the same number. */
export interface Asked {
  readonly number: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

interface Answered {
  readonly number: number;
  readonly finished: Finished;
}

const file = fileURLToPath(new URL('./resident-process.ts', import.meta.url));
/** One for each account. */
const running = new Map<number | undefined, ChildProcess>();
let asked = 0;

/**
 * Runs a command line of the built program in a process that the test file starts once: starting one for each takes ten times what
 * most commands do. Nothing is kept between two command lines but what they wrote. What a test proves of the process itself, its
 * streams, signals or end, needs `runFixgate`.
 */
export async function runResident(place: Place, args: readonly string[]): Promise<Finished> {
  const account = place.as?.uid;
  const child = running.get(account) ?? start(place);
  running.set(account, child);
  const number = (asked += 1);
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const onMessage = (answer: Answered) => answer.number === number && resolve(answer.finished);
  const onExit = () => reject(new Error(`The resident process ended in: fixgate ${args.join(' ')}`));
  child.on('message', onMessage).on('exit', onExit);
  child.send({ number, cwd: place.cwd, env: { ...place.env }, args } satisfies Asked);
  return promise.finally(() => child.off('message', onMessage).off('exit', onExit));
}

/** What a command printed without the last line ends, as shells hand it on. */
export function trimmed({ exitCode, stdout, stderr }: Finished): Finished {
  return { exitCode, stdout: stdout.replace(/\n$/, ''), stderr: stderr.replace(/\n$/, '') };
}

/** It ends with the process that started it, and keeps that one from nothing. */
function start({ cwd, env, as }: Place): ChildProcess {
  const child = fork(file, {
    cwd,
    env: { ...env },
    ...as,
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.setMaxListeners(0);
  child.once('exit', () => running.delete(as?.uid));
  child.unref();
  child.channel?.unref();
  return child;
}
