import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';

/** The name of the file that stops all writes while it is in the state folder. */
export const STOP_FILE = 'STOP';

/** Stops every process that shares a state folder, at once and across restarts. */
export interface KillSwitch {
  /** Why writes are stopped; undefined when they are not. */
  readonly halted: () => string | undefined;
  readonly file: string;
  on(reason: string): void;
  off(): void;
}

/** Makes the switch: the file `STOP` in the state folder, or `FIXGATE_READ_ONLY=1` in the environment. */
export function createKillSwitch(invocation: Pick<Invocation, 'environment' | 'workingDirectory'>): KillSwitch {
  const folder = stateFolderOf(invocation);
  const file = path.join(folder, STOP_FILE);
  const readOnly = invocation.environment['FIXGATE_READ_ONLY'];
  // Whatever else was meant by setting it, it was not `go on`.
  const forced = readOnly !== undefined && readOnly !== '' && readOnly !== '0' && readOnly !== 'false';
  return {
    file,
    halted() {
      if (forced) return 'FIXGATE_READ_ONLY is set';
      return isThere(file) ? 'the file STOP is in the state folder' : undefined;
    },
    on(reason) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, `${reason}\n`, { mode: 0o600 });
    },
    off: () => rmSync(file, { force: true }),
  };
}

/** A file that cannot be looked at may be there. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
