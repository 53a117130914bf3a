/*
 * Runs code of the repository under repair, which is hostile: it may print without end, ignore signals, detach itself and look for
 * credentials. It gets an environment from an allow-list, no input, private HOME and TMPDIR, and, where the kernel lets us, user and
 * PID namespaces of its own: nothing outlives the command, and other processes can be neither seen, traced nor signalled. Files and
 * network stay reachable. Without namespaces the process group, the descendants and every process that carries the command's mark are
 * killed; a process that detaches AND clears its environment can then escape, and the result says `isolation: 'none'`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync, realpathSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { FixgateError } from '#domain/errors.ts';
import { findProgram, toSandboxEnvironment, type HostEnvironment } from '#workspace/sandbox-env.ts';
import { createCappedOutput, type CappedOutput } from '#workspace/sandbox-output.ts';
import { childrenOf, descendantsOf, isRunning, kill, killMarked } from '#workspace/sandbox-tree.ts';

/** How well a command was kept apart: `partial` is PID and user namespaces, `none` is plain processes. */
export type Isolation = 'partial' | 'none';

/** One command to run. */
export interface CommandRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly host: HostEnvironment;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Unique, `[A-Za-z0-9-]+`; finds the command's processes and folders again after a crash. */
  readonly label: string;
  /** Absolute folders searched before the operator's PATH. */
  readonly binFolders?: readonly string[];
  /** First bytes of standard output to keep apart, for reports that are printed; none when absent. */
  readonly stdoutBytes?: number;
  /** Bytes of output kept in the result. */
  readonly capBytes?: number;
  /** The best that works here when absent. */
  readonly isolation?: Isolation;
}

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  readonly durationMs: number;
  /** Standard output and error in order of arrival; untrusted. */
  readonly output: string;
  readonly outputTruncated: boolean;
  /** The first `stdoutBytes` of standard output alone. */
  readonly stdout: string;
  readonly isolation: Isolation;
}

/** How long pipes may stay open after everything was killed. */
const PIPE_GRACE_MS = 2_000;

const UNSHARE = '/usr/bin/unshare';
const namespaces = ['--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
// A shell as first process of the namespace reaps orphans and leaves default signal handling to the command.
const init = ['/bin/sh', '-c', '"$@"; exit "$?"', 'sh'];

/** Runs one command to its end, its time limit or its cancellation; no process of it is left in any case. */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const cwd = checkFolder(request.cwd);
  const isolation = request.isolation ?? (await probeIsolation());
  await using scratch = await createScratch(request.label);
  const env = toSandboxEnvironment({
    host: request.host,
    extra: request.env,
    home: join(scratch.folder, 'home'),
    temporary: join(scratch.folder, 'tmp'),
    binFolders: request.binFolders ?? [],
    label: request.label,
  });
  const [file = '', ...args] = toIsolatedArgv(request.argv, { cwd, isolation, path: env['PATH'] ?? '' });
  const output = createCappedOutput(request.capBytes);
  const startedAt = performance.now();
  const running = execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    detached: true,
    encoding: 'buffer',
  });
  const child = running.nodeChildProcess;
  const stdout = drain(child, output, request.stdoutBytes ?? 0);
  const stopped = await settle(child, request, isolation);
  await closed(child, running);
  return {
    exitCode: child.exitCode,
    signal: child.signalCode ?? signalOf(child.exitCode),
    ...stopped,
    durationMs: Math.round(performance.now() - startedAt),
    output: output.text(),
    outputTruncated: output.truncated(),
    stdout: Buffer.concat(stdout).toString('utf8'),
    isolation,
  };
}

function toIsolatedArgv(
  [name = '', ...args]: readonly string[],
  where: { readonly cwd: string; readonly isolation: Isolation; readonly path: string },
): readonly string[] {
  const command = [findProgram(name, where.cwd, where.path), ...args];
  return where.isolation === 'partial' ? [UNSHARE, ...namespaces, ...init, ...command] : command;
}

/** Kills what a crashed or cancelled caller left of the command with this label, and removes its folders. */
export async function stopCommand(label: string): Promise<void> {
  await killMarked(label);
  await removeScratch(scratchFolder(label));
}

/** A process of our own that outlives this one. */
export interface DetachedProcess {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Gets what the process prints. */
  readonly logFile: string;
}

/** Starts a process in a session of its own and answers its pid; trusted code only. */
export function startDetached(request: DetachedProcess): number {
  const [file, ...args] = request.argv;
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

let probed: Promise<Isolation> | undefined;

/** Tries the namespaces once: container profiles and kernels may forbid them. */
export function probeIsolation(): Promise<Isolation> {
  probed ??= execa(UNSHARE, [...namespaces, ...init, '/bin/true'], {
    stdio: 'ignore',
    reject: false,
    timeout: 5_000,
  }).then((result) => (result.exitCode === 0 ? 'partial' : 'none'));
  return probed;
}

async function settle(
  child: ChildProcess,
  request: CommandRequest,
  isolation: Isolation,
): Promise<{ timedOut: boolean; cancelled: boolean }> {
  const outcome = { timedOut: false, cancelled: false };
  const end = (why: keyof typeof outcome) => {
    if (outcome.timedOut || outcome.cancelled) return;
    outcome[why] = true;
    killTree(child.pid, isolation);
  };
  const cancel = () => end('cancelled');
  const timer = setTimeout(() => end('timedOut'), request.timeoutMs);
  request.signal.addEventListener('abort', cancel);
  if (request.signal.aborted) cancel();
  try {
    await exited(child);
    // In a namespace the kernel has ended everything by now; else the group first: its members may have cleared their environment.
    if (isolation === 'none' && child.pid !== undefined) kill(-child.pid);
    if (isolation === 'none') await killMarked(request.label);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', cancel);
  }
  return outcome;
}

function killTree(pid: number | undefined, isolation: Isolation): void {
  if (pid === undefined) return;
  const below = isolation === 'partial' ? childrenOf(pid) : descendantsOf(pid);
  for (const each of below) kill(each);
  // Killing the first process of a namespace ends them all, and `unshare` exits only when the kernel is done with that.
  if (isolation === 'none' || below.length === 0) kill(-pid);
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

async function closed(child: ChildProcess, running: PromiseLike<unknown>): Promise<void> {
  const streams = [child.stdout, child.stderr];
  const timer = setTimeout(() => streams.forEach((stream) => stream?.destroy()), PIPE_GRACE_MS);
  await running;
  clearTimeout(timer);
}

/** Takes everything that is printed; answers the chunks of the first `stdoutBytes` of standard output. */
function drain(child: ChildProcess, output: CappedOutput, stdoutBytes: number): readonly Buffer[] {
  const kept: Buffer[] = [];
  let room = stdoutBytes;
  child.stdout?.on('data', (chunk: Buffer) => {
    output.push(chunk);
    if (room > 0) kept.push(Buffer.from(chunk.subarray(0, room)));
    room -= chunk.length;
  });
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  return kept;
}

function checkFolder(folder: string): string {
  try {
    if (statSync(folder).isDirectory()) return realpathSync(folder);
  } catch {
    // Said below.
  }
  throw new FixgateError('not_found', 'The folder that the command should run in does not exist.', {
    fix: 'Name a folder of the repository.',
  });
}

/** Shells and our first process report a death by signal as 128 + its number. */
function signalOf(exitCode: number | null): string | null {
  const names: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' };
  return names[exitCode ?? 0] ?? null;
}

function scratchFolder(label: string): string {
  return join(realpathSync(tmpdir()), `fixgate-${label}`);
}

async function createScratch(label: string): Promise<{ folder: string } & AsyncDisposable> {
  const folder = scratchFolder(label);
  // Fails when somebody else made it first: a shared temporary folder is not trusted.
  await mkdir(folder, { mode: 0o700 });
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'tmp'));
  return { folder, [Symbol.asyncDispose]: () => removeScratch(folder) };
}

async function removeScratch(folder: string): Promise<void> {
  // Tests may leave folders that cannot be removed; the system cleans its temporary folder.
  await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
}
