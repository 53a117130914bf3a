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
import type { Session } from '#workspace/conversation.ts';
import { createConversation } from '#workspace/conversation.ts';
import { removeTree } from '#workspace/copy-tree.ts';

const UNSHARE = '/usr/bin/unshare';

/** A process started with these words may mount, and is root in its own namespace only. */
const mountNamespace = [UNSHARE, '--user', '--map-root-user', '--mount', '--propagation', 'private', '--'];

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
  if (process.platform !== 'linux' || !isExecutable(UNSHARE)) return undefined;
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
    await using mounter = createMounter(mountNamespace);
    await mounter.mount(overlay);
    return mountNamespace;
  } catch {
    return undefined;
  } finally {
    await removeTree(place);
  }
}

/** Mounts in the namespace of this process. Disposing leaves what is mounted. */
export interface Mounter extends AsyncDisposable {
  /** Gets ready while other things are prepared. */
  start(): void;
  /** Throws `internal` when the kernel refuses. */
  mount(overlay: Overlay): Promise<void>;
  /** Takes the mount away at once, even from under a process that still looks at it; without one nothing happens. */
  unmount(target: string): Promise<void>;
}

/** Reads what to do, the options and the target, a line each; answers with the exit code and what was said. */
const MOUNTING = `while IFS= read -r what && IFS= read -r options && IFS= read -r target; do
  said=
  case $what in
    mount) said=$(mount -t overlay -o "$options" overlay "$target" 2>&1) ;;
    unmount) said=$(umount --lazy -- "$target" 2>&1) ;;
  esac
  code=$?
  [ "$code" = 0 ] || said=$(printf %s "$said" | tr '\\n' ' ')
  printf '%s %s\\n' "$code" "$said"
done`;

/** Makes a mounter, which starts nothing yet. A small shell that stays: starting a program takes the longer the larger this process is. */
export function createMounter(prefix: readonly string[] = []): Mounter {
  const conversation = createConversation(() => startShell(prefix));
  const ask = async (what: string, options: string, target: string) => {
    const answer = await conversation.ask(`${what}\n${options}\n${target}\n`, (said) => said.line());
    const [code, said] = [answer.split(' ', 1)[0], answer.slice(answer.indexOf(' ') + 1)];
    return { ok: code === '0', said };
  };
  return {
    // What is wrong with it the next request tells.
    start: () => void ask('nothing', '', '').catch(() => undefined),
    async mount(overlay) {
      const { ok, said } = await ask('mount', optionsOf(overlay), overlay.target);
      if (ok) return;
      throw new FixgateError('internal', `The tree could not be mounted: ${said.slice(0, 300)}`, {
        fix: 'Ask the operator to look at the log of the server.',
      });
    },
    unmount: async (target) => void (await ask('unmount', '', target)),
    [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose](),
  };
}

function startShell(prefix: readonly string[]): Session {
  const [file, ...args] = [...prefix, '/bin/sh', '-c', MOUNTING];
  const shell = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
  });
  // An answer that does not come says it.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  const handles = [shell, shell.stdin, shell.stdout] as readonly Referable[];
  return {
    stdin: shell.stdin,
    stdout: shell.stdout,
    ref: () => handles.forEach((handle) => handle.ref?.()),
    unref: () => handles.forEach((handle) => handle.unref?.()),
    async [Symbol.asyncDispose]() {
      shell.kill('SIGKILL');
    },
  };
}

interface Referable {
  ref?(): unknown;
  unref?(): unknown;
}

/** False for folders whose names the options of a mount cannot hold. */
export function canOverlay({ lower, upper, work, target }: Overlay): boolean {
  const names = [...lower, upper, work];
  if (/\n/.test(target) || names.some((name) => /[,:\\"\n]/.test(name))) return false;
  return optionsOf({ lower, upper, work }).length <= MAX_OPTIONS;
}

function optionsOf({ lower, upper, work }: Omit<Overlay, 'target'>): string {
  // Without privilege the kernel keeps its marks in `user.` attributes. What a run writes is thrown away: unmounting it need not
  // wait until all that anybody has written to this file system is on the disk.
  return `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work},userxattr,volatile`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
