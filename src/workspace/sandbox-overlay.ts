/*
 * A tree for a test run in milliseconds: the kernel lays the files of one patch over a prepared checkout that it never writes. Mounting
 * needs no privilege inside a user namespace of one's own, so that the process of a test run is started in one; whatever it mounts is
 * seen by it and its sandboxes alone, and goes away with it.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import { removeTree } from '#workspace/copy-tree.ts';

const UNSHARE = '/usr/bin/unshare';
const MOUNT_PLACES = ['/usr/bin/mount', '/bin/mount'];
const UMOUNT_PLACES = ['/usr/bin/umount', '/bin/umount'];

/** A process started with these words may mount, and is root in its own namespace only. */
const mountNamespace = [UNSHARE, '--user', '--map-root-user', '--mount', '--propagation', 'private', '--'];

const MOUNT_TIMEOUT_MS = 10_000;
/** The kernel takes one page of options; the rest is left to it. */
const MAX_OPTIONS = 3_500;

/** Folders that are laid over each other. */
export interface Overlay {
  /** Read-only; the first wins. */
  readonly lower: readonly string[];
  /** Gets everything that is written. */
  readonly upper: string;
  /** Empty; the kernel's own. */
  readonly work: string;
  readonly target: string;
}

const probed = new Map<string, Promise<readonly string[] | undefined>>();

/** How a process that mounts overlays below `folder` is started; undefined where kernel, container or file system forbid it. Tried once. */
export function overlayPrefix(folder: string): Promise<readonly string[] | undefined> {
  const known = probed.get(folder) ?? probe(folder);
  probed.set(folder, known);
  return known;
}

async function probe(folder: string): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux' || !isExecutable(UNSHARE) || !mountProgram()) return undefined;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await mkdtemp(join(folder, 'overlay-probe-'));
  try {
    const overlay = {
      lower: [join(place, 'l')],
      upper: join(place, 'u'),
      work: join(place, 'w'),
      target: join(place, 't'),
    };
    await Promise.all(['l', 'u', 'w', 't'].map((name) => mkdir(join(place, name))));
    const { ok } = await run([...mountNamespace, ...mountWords(overlay)]);
    return ok ? mountNamespace : undefined;
  } catch {
    return undefined;
  } finally {
    await removeTree(place);
  }
}

/** Mounts an overlay in the namespace of this process; throws `internal` when the kernel refuses. */
export async function mountOverlay(overlay: Overlay): Promise<void> {
  const { ok, said } = await run(mountWords(overlay));
  if (ok) return;
  throw new FixgateError('internal', `The tree could not be mounted: ${said.slice(0, 300)}`, {
    fix: 'Ask the operator to look at the log of the server.',
  });
}

/** Takes the mount away at once, even from under a process that still looks at it; without one nothing happens. */
export async function unmountOverlay(target: string): Promise<void> {
  await run([UMOUNT_PLACES.find(isExecutable) ?? 'umount', '--lazy', '--', target]);
}

/** Starts a program and waits for its end. Plainly: of what takes time here, most is starting programs. */
function run([file = '', ...args]: readonly string[]): Promise<{ readonly ok: boolean; readonly said: string }> {
  return new Promise((resolve) => {
    const started = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: MOUNT_TIMEOUT_MS });
    let said = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    started.on('error', (error) => resolve({ ok: false, said: error.message }));
    started.on('close', (code) => resolve({ ok: code === 0, said }));
  });
}

/** False for folders whose names the options of a mount cannot hold. */
export function canOverlay({ lower, upper, work }: Overlay): boolean {
  const names = [...lower, upper, work];
  return !names.some((name) => /[,:\\"]/.test(name)) && optionsOf({ lower, upper, work }).length <= MAX_OPTIONS;
}

function mountWords(overlay: Overlay): readonly string[] {
  return [mountProgram() ?? 'mount', '-t', 'overlay', '-o', optionsOf(overlay), 'overlay', overlay.target];
}

function optionsOf({ lower, upper, work }: Omit<Overlay, 'target'>): string {
  // Without privilege the kernel keeps its marks in `user.` attributes.
  return `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work},userxattr`;
}

function mountProgram(): string | undefined {
  return MOUNT_PLACES.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
