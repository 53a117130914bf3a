import { statfsSync } from 'node:fs';

const MIB = 1024 ** 2;
/** What a run may take of a file system when its suite says nothing. */
const DEFAULT_DISK_MIB = 16_384;
/** What is left to the machine in any case; checked only once a run takes something. */
const RESERVE_MIB = 512;
/** Files and folders that a run may add to a file system, which holds only so many; dependencies are some hundred thousand. */
const MAX_FILES = 2_000_000;
/** What is left to the machine in any case; checked only once a run adds as many. */
const RESERVE_FILES = 50_000;
const EVERY_MS = 200;

/** What a file system has left, and how many files it holds. */
export interface Free {
  readonly mib: number;
  /** Files that there are, and that there is room for; the latter shrinks with the space on some systems. Undefined where none are counted. */
  readonly files?: { readonly used: number; readonly left: number } | undefined;
}

/** What is watched, and what happens when too much is taken. */
export interface DiskWatch {
  /** Folders that the run can write. */
  readonly folders: readonly string[];
  readonly limitMib: number | undefined;
  /** Called once, with the reason. */
  readonly onFull: (why: string) => void;
  /** What the file system of a folder has left; the kernel's answer when absent. */
  readonly look?: (folder: string) => Free | undefined;
}

/**
 * Ends a run that fills the disk. The kernel limits single files only, and a folder that is bound into a sandbox has no limit of its
 * own, so that the free space of its file system is looked at: what others write meanwhile counts too.
 */
export function watchDisk({ folders, limitMib = DEFAULT_DISK_MIB, onFull, look = askKernel }: DiskWatch): Disposable {
  const before = new Map(folders.map((folder) => [folder, look(folder)]));
  const timer = setInterval(() => {
    for (const [folder, free] of before) {
      const now = look(folder);
      const why = free && now && (tooMuch(free.mib, now.mib, limitMib) ?? tooMany(free, now));
      if (why === undefined) continue;
      clearInterval(timer);
      return onFull(why);
    }
  }, EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function tooMuch(before: number, now: number, limitMib: number): string | undefined {
  const taken = before - now;
  if (taken <= limitMib && (taken <= RESERVE_MIB || now >= RESERVE_MIB)) return undefined;
  const limit = taken > limitMib ? `the limit is ${limitMib} MiB` : `${RESERVE_MIB} MiB are kept free`;
  return `it took ${Math.round(taken)} MiB of the disk, and ${limit}`;
}

function tooMany({ files: before }: Free, { files: now }: Free): string | undefined {
  if (before === undefined || now === undefined) return undefined;
  const added = now.used - before.used;
  if (added <= MAX_FILES && (added <= RESERVE_FILES || now.left >= RESERVE_FILES)) return undefined;
  const limit = added > MAX_FILES ? `the limit is ${MAX_FILES}` : `places for ${RESERVE_FILES} are kept free`;
  return `it added ${added} files and folders to the disk, and ${limit}`;
}

function askKernel(folder: string): Free | undefined {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    return { mib: (bavail * bsize) / MIB, files: files > 0 ? { used: files - ffree, left: ffree } : undefined };
  } catch {
    return undefined;
  }
}
