import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { SANDBOX_MARK } from '#workspace/sandbox-env.ts';

/** Sweeps repeat until nothing is found, because a process may fork between listing and killing. */
const MAX_SWEEPS = 50;

/** Direct children of a process; empty where the system has no /proc. */
export function childrenOf(pid: number): readonly number[] {
  return readText(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Every process below `pid`, by parent id. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = listProcesses().map((candidate) => ({ pid: candidate, parent: parentOf(candidate) }));
  const found = new Set([pid]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const each of parents) if (each.parent !== undefined && found.has(each.parent)) found.add(each.pid);
  }
  found.delete(pid);
  return [...found];
}

/** Looks in a row that must find nothing: a process that is just being forked is not listed yet. */
const QUIET_SWEEPS = 3;

/** Kills every process that carries the label in its environment, until none is left. */
export async function killMarked(label: string): Promise<void> {
  let quiet = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS && quiet < QUIET_SWEEPS; sweep += 1) {
    const strays = listProcesses().filter((pid) => pid !== process.pid && isMarked(pid, label));
    quiet = strays.length === 0 ? quiet + 1 : 0;
    for (const pid of strays) kill(pid);
    await sleep(10);
  }
}

/** Sends SIGKILL to a process, or to a process group when negative; one that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already, or never was ours.
  }
}

/** True when the process exists and its command line names `word`: a recycled pid is somebody else. */
export function isRunning(pid: number, word: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const line = readText(`/proc/${pid}/cmdline`);
  // A zombie has no command line: it is dead, only unread. Neither has a process at the moment when it becomes another program.
  return line === '' ? stateOf(pid) !== undefined : line.includes(word);
}

/** Waits until a process is gone or only unread, at most two seconds. */
export async function ended(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const deadline = performance.now() + 2_000;
  while (stateOf(pid) !== undefined && performance.now() < deadline) await sleep(1);
}

/** The letter by which the kernel tells what a process does; undefined for one that is dead. */
function stateOf(pid: number): string | undefined {
  const state = readText(`/proc/${pid}/stat`).split(') ').at(-1)?.[0];
  return state === 'Z' || state === 'X' ? undefined : state;
}

function isMarked(pid: number, label: string): boolean {
  return readText(`/proc/${pid}/environ`).split('\0').includes(`${SANDBOX_MARK}=${label}`);
}

function listProcesses(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  // The command in parentheses may itself hold parentheses and spaces.
  const fields = readText(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ');
  return fields?.[1] === undefined ? undefined : Number(fields[1]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
