import { existsSync, readFileSync } from 'node:fs';
import { access, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A limit on the processes of one command. */
export interface ProcessLimit extends AsyncDisposable {
  /** Words before the command by which it enters the limit; none where there is no limit. */
  readonly prefix: readonly string[];
}

const CGROUPS = '/sys/fs/cgroup';
const enter = ['/bin/sh', '-c', 'echo 0 > "$0" && exec "$@"'];

/** Limits processes by a control group, for a server that runs as root: the kernel exempts root from the usual limit. */
export async function limitProcesses(label: string, processes: number | undefined): Promise<ProcessLimit> {
  const folder =
    processes !== undefined && process.getuid?.() === 0 ? await createGroup(`fixgate-${label}`, processes) : undefined;
  return {
    prefix: folder === undefined ? [] : [...enter, join(folder, 'cgroup.procs')],
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await removeGroup(folder);
    },
  };
}

/** Removes what a killed server left of a command's limit. */
export async function removeProcessLimit(label: string): Promise<void> {
  for (const parent of parents()) {
    const folder = join(parent, `fixgate-${label}`);
    if (existsSync(folder)) await removeGroup(folder);
  }
}

async function createGroup(name: string, processes: number): Promise<string | undefined> {
  for (const parent of parents()) {
    const folder = join(parent, name);
    try {
      await mkdir(folder);
    } catch {
      // Read-only in most containers: the time limit of the suite is what is left then.
      continue;
    }
    try {
      await access(join(folder, 'pids.max'));
      await writeFile(join(folder, 'pids.max'), String(processes));
      return folder;
    } catch {
      await removeGroup(folder);
    }
  }
  return undefined;
}

/** The server's own groups: of the first version of control groups that for processes, of the second the only one. */
function parents(): readonly string[] {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
        if (path === undefined) return [];
        if (controllers === '') return [join(CGROUPS, path)];
        return controllers?.split(',').includes('pids') ? [join(CGROUPS, 'pids', path)] : [];
      });
  } catch {
    return [];
  }
}

/** A group can be removed when the kernel is done with its last process. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      return await rmdir(folder);
    } catch {
      await sleep(10);
    }
  }
}
