/*
 * Runs code of the repository under repair, which is hostile: it may print without end, ignore signals, detach itself, look for
 * credentials, call out, and climb out of its folder. How well it is kept apart depends on the machine (sandbox-ladder.ts):
 * - full: bubblewrap. A user namespace of its own without capabilities, no network, a read-only view of the system's programs and
 *   nothing else of the machine but the tree; the programs of blocked commands are replaced by stubs in their place.
 * - partial: user, PID and (where loopback can be raised) network namespaces. Nothing outlives the command, other processes can be
 *   neither seen, traced nor signalled; files stay reachable, and stubs stand only first on PATH.
 * - none: plain processes. The process group, the descendants and every process that carries the command's mark are killed; a process
 *   that detaches AND clears its environment escapes.
 * In each case the environment is made from an allow-list, there is no input but the caller's, and HOME and TMPDIR are private.
 */
import type { ChildProcess } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { execa } from 'execa';

import { FixgateError } from '#domain/errors.ts';
import type { Isolation, SandboxPlan } from '#domain/remediation.ts';
import { removeTree } from '#workspace/copy-tree.ts';
import { limitProcesses, removeProcessLimit } from '#workspace/sandbox-cgroup.ts';
import { coveredDescriptors } from '#workspace/sandbox-descriptors.ts';
import { keptDevices } from '#workspace/sandbox-devices.ts';
import { watchDisk } from '#workspace/sandbox-disk.ts';
import type { HostEnvironment } from '#workspace/sandbox-env.ts';
import { seccompFilter } from '#workspace/sandbox-filter.ts';
import type { BlockedCall, CommandJudge } from '#workspace/sandbox-judge.ts';
import { findRung, probeIsolation, type Rung } from '#workspace/sandbox-ladder.ts';
import { INFO_FD, prepareLaunch, type Launch } from '#workspace/sandbox-launch.ts';
import { DEFAULT_PROCESSES } from '#workspace/sandbox-limits.ts';
import { createCappedOutput, type CappedOutput } from '#workspace/sandbox-output.ts';
import { childrenOf, descendantsOf, ended, kill, killMarked } from '#workspace/sandbox-tree.ts';

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
  /** Written to the command's standard input; there is none when absent. */
  readonly input?: string;
  /** Absolute folders searched before the operator's PATH. */
  readonly binFolders?: readonly string[];
  /** First bytes of standard output to keep apart, for reports that are printed; none when absent. */
  readonly stdoutBytes?: number;
  /** Bytes of output kept in the result. */
  readonly capBytes?: number;
  /** The folder that may be written, and the only one of the machine's that a sandbox shows; `cwd` when absent. */
  readonly tree?: string;
  /** Judges the programs of blocked commands; nothing is judged when absent. */
  readonly judge?: CommandJudge | undefined;
  /** The best isolation that works here, no network, no services and the usual limits when absent. */
  readonly sandbox?: Partial<SandboxPlan> | undefined;
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
  /** Blocked commands that stubs refused. */
  readonly blocked: readonly BlockedCall[];
}

/** How long pipes may stay open after everything was killed. */
const PIPE_GRACE_MS = 2_000;

/** Runs one command to its end, its time limit or its cancellation; no process of it is left in any case. */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const cwd = checkFolder(request.cwd);
  const tree = checkFolder(request.tree ?? request.cwd);
  const rung = await climb(request.sandbox?.isolation);
  await using scratch = await createScratch(request.label);
  const { network = false, services = [], limits = {} } = request.sandbox ?? {};
  await using launch = await prepareLaunch({
    ...request,
    cwd,
    tree,
    binFolders: request.binFolders ?? [],
    judge: request.judge,
    sandbox: { network, services, limits },
    scratch: scratch.folder,
    rung,
  });
  const processes = rung.isolation === 'none' ? undefined : (limits.processes ?? DEFAULT_PROCESSES);
  await using group = await limitProcesses(request.label, processes);
  using _ = keptDevices(rung.isolation === 'full' ? process.getuid?.() : undefined);
  return await execute({ ...launch, argv: [...group.prefix, ...launch.argv] }, { ...request, cwd }, rung);
}

async function climb(isolation: Isolation | undefined): Promise<Rung> {
  const wanted = isolation ?? (await probeIsolation());
  const rung = await findRung(wanted);
  if (rung) return rung;
  throw new FixgateError('misconfigured', `The isolation ${wanted} does not work on this machine.`, {
    fix: 'Install bubblewrap (apt-get install bubblewrap) and restart the server.',
  });
}

async function execute(
  launch: Pick<Launch, 'argv' | 'env' | 'refused'>,
  request: CommandRequest,
  { isolation }: Rung,
): Promise<CommandResult> {
  const [file = '', ...args] = launch.argv;
  const output = createCappedOutput(request.capBytes);
  const startedAt = performance.now();
  const own = isolation === 'full' ? (['pipe', seccompFilter(process.arch) ?? 'ignore'] as const) : [];
  using covered = coveredDescriptors(3 + own.length);
  const running = execa(file, args, {
    // A sandbox changes to the command's folder itself.
    cwd: request.cwd,
    env: { ...launch.env },
    extendEnv: false,
    // Of bubblewrap also where it names its first process, and its filter.
    stdio: [request.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...own, ...covered.stdio],
    buffer: false,
    reject: false,
    detached: true,
    encoding: 'buffer',
  });
  const child = running.nodeChildProcess;
  // A command that does not read to the end breaks the pipe.
  child.stdin?.on('error', () => undefined).end(request.input);
  using _ = watchDisk({
    folders: [request.tree ?? request.cwd, scratchFolder(request.label)],
    limitMib: request.sandbox?.limits?.diskMib,
    onFull: (why) => {
      output.push(Buffer.from(`\nfixgate: the run was ended: ${why}.\n`));
      killTree(child.pid, isolation);
    },
  });
  const first = isolation === 'full' ? readFirstPid(child) : Promise.resolve(undefined);
  const stdout = drain(child, output, request.stdoutBytes ?? 0);
  const stopped = await settle(child, request, isolation);
  await ended(await first);
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
    blocked: [...launch.refused],
  };
}

/** The pid of a sandbox's first process, with which the kernel ends all others; undefined when it never started. */
async function readFirstPid(child: ChildProcess): Promise<number | undefined> {
  const stream = child.stdio[INFO_FD];
  if (!(stream instanceof Readable)) return undefined;
  const said = await text(stream).catch(() => '');
  const pid = /"child-pid":\s*(\d+)/.exec(said)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Kills what a crashed or cancelled caller left of the command with this label, and removes its folders. */
export async function stopCommand(label: string): Promise<void> {
  await killMarked(label);
  await removeProcessLimit(label);
  await removeScratch(scratchFolder(label));
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
  const below = isolation === 'none' ? descendantsOf(pid) : childrenOf(pid);
  for (const each of below) kill(each);
  // Killing the first process of a namespace ends them all; the outer process exits by itself then.
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
  await removeTree(folder).catch(() => undefined);
}
