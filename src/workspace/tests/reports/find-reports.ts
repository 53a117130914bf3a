import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

import { minimatch } from 'minimatch';

/** Entries of the tree that are looked at for reports. */
const MAX_ENTRIES = 100_000;
/** Report files that are read. */
const MAX_REPORTS = 5_000;

/** Folders that hold neither reports nor sources of one's own. */
const passedOver = new Set(['.git', 'node_modules', '.gradle', '.venv', 'venv', 'vendor', 'classes', 'test-classes']);

/** Below these a class lies at the path of its package: https://maven.apache.org/guides/introduction/introduction-to-the-standard-directory-layout.html */
const sourceRoot = /^(?:.*\/)?src\/[\w-]+\/(?:java|kotlin|groovy|scala)$/;

/** Whether a report's path stands for several files. */
export function isPattern(path: string): boolean {
  return path.includes('*');
}

/** What lies below a folder, as paths relative to it. */
interface Found {
  /** Report files that fit the pattern. */
  readonly files: readonly string[];
  readonly sourceRoots: readonly string[];
  /** A folder that cannot be read, where other reports may lie: tests may take its permissions or nest it too deep. */
  readonly unread?: string;
}

/** Looks for report files that fit a pattern, and for source roots. Links are not followed. */
export async function findReports(folder: string, pattern: string): Promise<Found> {
  const files: string[] = [];
  const sourceRoots: string[] = [];
  const open = [''];
  let unread: string | undefined;
  let looked = 0;
  for (let path = open.pop(); path !== undefined && looked < MAX_ENTRIES; path = open.pop()) {
    const entries = await opendir(join(folder, path)).catch(() => undefined);
    if (!entries) unread ??= path === '' ? '.' : path;
    for await (const entry of entries ?? []) {
      looked += 1;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && !passedOver.has(entry.name)) open.push(below);
      if (entry.isDirectory() && sourceRoot.test(below)) sourceRoots.push(below);
      if (entry.isFile() && files.length < MAX_REPORTS && minimatch(below, pattern, { dot: true })) files.push(below);
    }
  }
  const found = { files: files.toSorted(), sourceRoots: sourceRoots.toSorted() };
  return unread === undefined ? found : { ...found, unread };
}
