import { statfsSync } from 'node:fs';

const MIB = 1024 ** 2;
/** What a run may take of a file system when its suite says nothing. */
const DEFAULT_DISK_MIB = 16_384;
/** What is left to the machine in any case; checked only once a run takes something. */
const RESERVE_MIB = 512;
const EVERY_MS = 200;

/** What is watched, and what happens when too much is taken. */
export interface DiskWatch {
  /** Folders that the run can write. */
  readonly folders: readonly string[];
  readonly limitMib: number | undefined;
  /** Called once, with the reason. */
  readonly onFull: (why: string) => void;
  /** Free MiB of the file system of a folder; the kernel's answer when absent. */
  readonly freeMib?: (folder: string) => number | undefined;
}

/**
 * Ends a run that fills the disk. The kernel limits single files only, and a folder that is bound into a sandbox has no limit of its
 * own, so that the free space of its file system is looked at: what others write meanwhile counts too.
 */
export function watchDisk({
  folders,
  limitMib = DEFAULT_DISK_MIB,
  onFull,
  freeMib = askKernel,
}: DiskWatch): Disposable {
  const before = new Map(folders.map((folder) => [folder, freeMib(folder)]));
  const timer = setInterval(() => {
    for (const [folder, free] of before) {
      const now = freeMib(folder);
      if (free === undefined || now === undefined) continue;
      const taken = free - now;
      if (taken <= limitMib && (taken <= RESERVE_MIB || now >= RESERVE_MIB)) continue;
      clearInterval(timer);
      const limit = taken > limitMib ? `the limit is ${limitMib} MiB` : `${RESERVE_MIB} MiB are kept free`;
      return onFull(`it took ${Math.round(taken)} MiB of the disk, and ${limit}`);
    }
  }, EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function askKernel(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return (bavail * bsize) / MIB;
  } catch {
    return undefined;
  }
}
