import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';

/** The name of the file that stops all writes while it is in the state folder. */
export const STOP_FILE = 'STOP';

/** The file that stops all writes, also for accounts that cannot look into the state folder. */
export function publicStopFile(config: string): string {
  return `${config}.stop`;
}

/** Stops every process that shares a state folder or a configuration, at once and across restarts. */
export interface KillSwitch {
  /** Why writes are stopped; undefined when they are not. */
  readonly halted: () => string | undefined;
  readonly file: string;
  /** Beside the configuration; undefined where there is none. */
  readonly publicFile: string | undefined;
  /** Turns it on; false where the public file was asked for and cannot be written. */
  on(reason: string, options: { readonly publicly: boolean }): boolean;
  off(): void;
}

/** Makes the switch: `STOP` in the state folder, `NAME.stop` beside the configuration, or `FIXGATE_READ_ONLY=1`. */
export function createKillSwitch(
  invocation: Pick<Invocation, 'environment' | 'workingDirectory'>,
  config: string | undefined,
): KillSwitch {
  const folder = stateFolderOf(invocation);
  const file = path.join(folder, STOP_FILE);
  const publicFile = config === undefined ? undefined : publicStopFile(config);
  const readOnly = invocation.environment['FIXGATE_READ_ONLY'];
  // Whatever else was meant by setting it, it was not `go on`.
  const forced = readOnly !== undefined && readOnly !== '' && readOnly !== '0' && readOnly !== 'false';
  return {
    file,
    publicFile,
    halted() {
      if (forced) return 'FIXGATE_READ_ONLY is set';
      if (publicFile !== undefined && isThere(publicFile)) return `the file ${path.basename(publicFile)} is there`;
      return isThere(file) ? 'the file STOP is in the state folder' : undefined;
    },
    on(reason, { publicly }) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, `${reason}\n`, { mode: 0o600 });
      return publicFile === undefined || !publicly || isWritten(publicFile);
    },
    off() {
      rmSync(file, { force: true });
      if (publicFile !== undefined) removeIfAllowed(publicFile);
    },
  };
}

/** Without the reason, which other accounts need not read; a link in its place is not followed. */
function isWritten(file: string): boolean {
  try {
    writeFileSync(file, '', { mode: 0o644, flag: 'wx' });
    return true;
  } catch {
    return isThere(file);
  }
}

/** What stays is told by `halted`. */
function removeIfAllowed(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder belongs to another account.
  }
}

/** A file that cannot be looked at may be there. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
