import { accessSync, constants } from 'node:fs';

import { execa } from 'execa';

import type { Isolation } from '#domain/remediation.ts';
import { seccompFilter } from '#workspace/sandbox-filter.ts';

/** Where bubblewrap reads the filter of system calls. */
export const FILTER_FD = 4;

/** How commands are started on each rung that works here; a rung that is absent does not. */
export interface Rung {
  readonly isolation: Isolation;
  /** Put before the command; for `full` the options that every sandbox gets. */
  readonly prefix: readonly string[];
}

const BWRAP_PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap', '/run/current-system/sw/bin/bwrap'];
const IP_PLACES = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'];
const UNSHARE = '/usr/bin/unshare';
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Without a user namespace of its own, the sandbox of a server that runs as root keeps root's capabilities and can remount
 * everything; `--uid` is nobody's, and no further user namespace can be made inside.
 */
const ownUser = ['--unshare-all', '--unshare-user', '--uid', '65534', '--gid', '65534', '--cap-drop', 'ALL'];
const lifetime = ['--die-with-parent', '--new-session', '--clearenv', '--hostname', 'sandbox'];

const namespaces = ['--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
// A shell as first process of the namespace reaps orphans and leaves default signal handling to the command.
const init = ['/bin/sh', '-c', '"$@"; exit "$?"', 'sh'];
/** A new network has its loopback down, and only the first process may raise it: the command gets no capability. PATH is not asked. */
const initWithLoopback = ['/bin/sh', '-c', '"$0" link set lo up || exit 126; "$@"; exit "$?"'];
const dropAll = [
  '/usr/bin/setpriv',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--ambient-caps=-all',
  '--',
];

const candidates: Readonly<Record<'full' | 'partial', () => readonly (readonly string[])[]>> = {
  full: () =>
    BWRAP_PLACES.filter(isExecutable).flatMap((file) => [
      // bubblewrap before 0.8 does not know it: nested namespaces are possible then, but gain nothing.
      [file, ...ownUser, '--disable-userns', ...lifetime],
      [file, ...ownUser, ...lifetime],
    ]),
  partial: () => [
    ...IP_PLACES.filter(isExecutable).map((ip) => [
      UNSHARE,
      ...namespaces,
      '--net',
      '--keep-caps',
      ...initWithLoopback,
      ip,
      ...dropAll,
    ]),
    [UNSHARE, ...namespaces, ...init],
  ],
};

const probed = new Map<string, Promise<readonly string[] | undefined>>();

/** The best isolation that works here; kernels, container profiles and missing programs may forbid one. Tried once in a process. */
export async function probeIsolation(): Promise<Isolation> {
  if (await prefixOf('full')) return 'full';
  return (await prefixOf('partial')) ? 'partial' : 'none';
}

/** How a command is started with an isolation that works here; undefined when it does not. */
export async function findRung(isolation: Isolation): Promise<Rung | undefined> {
  if (isolation === 'none') return { isolation, prefix: [] };
  const prefix = await prefixOf(isolation);
  return prefix && { isolation, prefix };
}

function prefixOf(isolation: 'full' | 'partial'): Promise<readonly string[] | undefined> {
  const known = probed.get(isolation) ?? tryEach(isolation);
  probed.set(isolation, known);
  return known;
}

async function tryEach(isolation: 'full' | 'partial'): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  for (const prefix of candidates[isolation]()) if (await works(isolation, prefix)) return prefix;
  return undefined;
}

async function works(isolation: 'full' | 'partial', [file = '', ...args]: readonly string[]): Promise<boolean> {
  const isFull = isolation === 'full';
  const filter = isFull ? seccompFilter(process.arch) : undefined;
  const view = isFull
    ? [...filterOptions(filter), '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--']
    : [];
  const result = await execa(file, [...args, ...view, '/bin/true'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ignore', filter ?? 'ignore'],
    reject: false,
    timeout: PROBE_TIMEOUT_MS,
  });
  return result.exitCode === 0;
}

/** The option by which bubblewrap takes a filter; none for a processor that has none. */
export function filterOptions(filter: Buffer | undefined): readonly string[] {
  return filter ? ['--seccomp', String(FILTER_FD)] : [];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
