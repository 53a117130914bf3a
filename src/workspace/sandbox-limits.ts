import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

import type { Isolation, SandboxLimits } from '#domain/remediation.ts';

const PRLIMIT = '/usr/bin/prlimit';
const MIB = 1024 ** 2;

/** Processes and threads together; Node.js starts about a dozen threads per process. */
export const DEFAULT_PROCESSES = 4_096;
const DEFAULT_OPEN_FILES = 65_536;
const DEFAULT_FILE_MIB = 4_096;

/**
 * The words before a command that limit what each of its processes may use. Memory is limited as data, which is what a process really
 * writes: Node.js, Go and Java reserve far more addresses than memory, and would not start under a limit of addresses.
 */
export function limitPrefix(limits: SandboxLimits, isolation: Isolation): readonly string[] {
  if (!existsSync(PRLIMIT)) return [];
  const memoryMib = limits.memoryMib ?? Math.floor((totalmem() / MIB) * 0.75);
  // Without a namespace the system counts every process of the account.
  const processes = isolation === 'none' ? [] : [limit('nproc', limits.processes ?? DEFAULT_PROCESSES)];
  return [
    PRLIMIT,
    '--core=0:0',
    ...processes,
    limit('nofile', limits.openFiles ?? DEFAULT_OPEN_FILES),
    limit('fsize', (limits.fileMib ?? DEFAULT_FILE_MIB) * MIB),
    limit('data', memoryMib * MIB),
    '--',
  ];
}

const kernelNames: Readonly<Record<string, string>> = {
  nproc: 'Max processes',
  nofile: 'Max open files',
  fsize: 'Max file size',
  data: 'Max data size',
};

/** A process without privileges can only lower its limits. */
function limit(name: string, wanted: number): string {
  const value = Math.min(wanted, hardLimit(kernelNames[name] ?? name));
  return `--${name}=${value}:${value}`;
}

function hardLimit(name: string): number {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(name));
  const value = Number(line?.slice(name.length).trim().split(/\s+/)[1]);
  return Number.isFinite(value) ? value : Number.MAX_SAFE_INTEGER;
}
