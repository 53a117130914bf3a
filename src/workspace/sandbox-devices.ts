import { chmodSync, statSync } from 'node:fs';

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);
/** As every Linux has them. */
const FOR_EVERYBODY = 0o666;

/**
 * Opens the machine's own devices again when a run has ended. A sandbox shows them, and below a server that runs as root its processes
 * own them: no capability is asked for to close `/dev/null` to everybody else.
 */
export function keptDevices(uid: number | undefined = process.getuid?.()): Disposable {
  return {
    [Symbol.dispose]() {
      if (uid !== 0) return;
      for (const device of DEVICES) if (!isOpen(device)) chmodSync(device, FOR_EVERYBODY);
    },
  };
}

function isOpen(device: string): boolean {
  const found = statSync(device, { throwIfNoEntry: false });
  return found === undefined || (found.mode & 0o777) === FOR_EVERYBODY;
}
