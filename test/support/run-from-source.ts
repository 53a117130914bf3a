import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { root } from './citations.ts';
import { temporaryFolder } from './temporary-repository.ts';

/** What one run of the program said. */
interface ProgramRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program without a build, in an empty folder with a state folder of its own. */
export async function runFromSource(args: readonly string[], stdin = ''): Promise<ProgramRun> {
  await using folder = await temporaryFolder();
  const child = spawn(process.execPath, [path.join(root, 'src/main.ts'), ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], FIXGATE_STATE_DIR: path.join(folder.path, 'state') },
  });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}
