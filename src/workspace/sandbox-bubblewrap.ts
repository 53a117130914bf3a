import { lstatSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemMounts, type Mount } from '#workspace/sandbox-mounts.ts';
import type { Stubs } from '#workspace/sandbox-stubs.ts';

/** Where a sandbox has its own folders; nothing of them outlives it. */
export const SANDBOX_HOME = '/home/sandbox';
export const SANDBOX_TEMPORARY = '/tmp';
/** Shows the sandbox's own files: judge, client, stubs. */
export const SANDBOX_RUN = '/run/fixgate';

/** Bytes of each private folder; they are held in memory. */
const PRIVATE_BYTES = 1024 ** 3;

/**
 * The kernel asks who owns the files of `/proc/sys`, not for capabilities: below a server that runs as root they could be written, and
 * with them what the kernel executes.
 */
const readOnlyAgain = ['/proc', '/dev'];

/** Everything that one sandbox shows, and how its command starts. */
export interface SandboxView {
  /** The only folder of the machine that can be written. */
  readonly tree: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folder on the machine that is shown as `SANDBOX_RUN`. */
  readonly run: string;
  readonly toolchains: readonly Mount[];
  readonly stubs: Stubs | undefined;
  readonly network: boolean;
}

/** The options of bubblewrap for a view; `infoFd` is where it says the pid of the sandbox's first process. */
export async function bubblewrapOptions(view: SandboxView, infoFd: number): Promise<readonly string[]> {
  const etc = join(view.run, 'etc');
  await writeEtc(etc, view.network);
  return [
    ...(view.network ? ['--share-net'] : []),
    '--info-fd',
    String(infoFd),
    ...systemMounts(),
    ...['passwd', 'group', 'hosts', 'nsswitch.conf'].flatMap((name) => readOnly(join(etc, name), `/etc/${name}`)),
    ...(view.network ? ['--ro-bind-try', '/etc/resolv.conf', '/etc/resolv.conf'] : []),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...readOnlyAgain.flatMap((path) => ['--remount-ro', path]),
    ...[SANDBOX_TEMPORARY, '/var/tmp', '/dev/shm', SANDBOX_HOME].flatMap(privateFolder),
    ...view.toolchains.flatMap(({ source, target }) => readOnly(source, target)),
    ...readOnly(view.run, SANDBOX_RUN),
    '--bind',
    view.tree,
    view.tree,
    ...hideGit(join(view.tree, '.git'), join(etc, 'gitfile')),
    ...(view.stubs?.kept ?? []).flatMap(({ real, at }) => readOnly(real, at)),
    ...(view.stubs?.masks ?? []).flatMap(({ stub, over }) => readOnly(stub, over)),
    ...Object.entries(view.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--chdir',
    view.cwd,
    '--remount-ro',
    '/',
    '--',
  ];
}

function readOnly(source: string, target: string): readonly string[] {
  return ['--ro-bind', source, target];
}

function privateFolder(target: string): readonly string[] {
  return ['--perms', '1777', '--size', String(PRIVATE_BYTES), '--tmpfs', target];
}

/** The clone holds every branch and the server's records: the tree's way to it leads nowhere, and no repository can be planted there. */
function hideGit(git: string, nowhere: string): readonly string[] {
  const found = lstatSync(git, { throwIfNoEntry: false });
  if (found?.isFile()) return readOnly(nowhere, git);
  return found?.isDirectory() ? ['--tmpfs', git, '--remount-ro', git] : [];
}

/** Names of users and hosts that say nothing of the machine. */
async function writeEtc(folder: string, network: boolean): Promise<void> {
  await mkdir(folder);
  const files: Readonly<Record<string, string>> = {
    passwd: `root:x:0:0:root:/nonexistent:/bin/false\nnobody:x:65534:65534:nobody:${SANDBOX_HOME}:/bin/sh\n`,
    group: 'root:x:0:\nnogroup:x:65534:\n',
    hosts: '127.0.0.1 localhost sandbox\n::1 localhost sandbox\n',
    'nsswitch.conf': `passwd: files\ngroup: files\nhosts: files${network ? ' dns' : ''}\n`,
    gitfile: 'gitdir: /nonexistent\n',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}
