import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { root } from './citations.ts';
import { compileCache } from './compiled.ts';
import { fixgateEntry } from './server-process.ts';
import { temporaryFolder } from './temporary-repository.ts';

/** What one run of the program said. */
interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program without a build, in an empty folder with a state folder of its own. */
export function runFromSource(args: readonly string[], stdin = ''): Promise<ProgramRun> {
  return run([path.join(root, 'src/main.ts'), ...args], stdin);
}

/** Runs command lines that only print, all in one process; what the process itself prints to standard error is in each. */
export async function printFromSource(lines: readonly (readonly string[])[]): Promise<readonly ProgramRun[]> {
  const program = path.join(root, 'test/support/help-process.ts');
  const { stdout, stderr, exitCode } = await run([program, JSON.stringify(lines)], '');
  if (exitCode !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as readonly Omit<ProgramRun, 'stderr'>[]).map((printed) => ({ ...printed, stderr }));
}

/** Runs the built program, which starts faster. */
export function runBuilt(args: readonly string[]): Promise<ProgramRun> {
  return run([fixgateEntry, ...args], '');
}

async function run(argv: readonly string[], stdin: string): Promise<ProgramRun> {
  await using folder = await temporaryFolder();
  const child = spawn(process.execPath, argv, {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], FIXGATE_STATE_DIR: path.join(folder.path, 'state'), ...compileCache },
  });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}
