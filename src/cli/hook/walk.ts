import type { Dirent } from 'node:fs';
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { statOf } from '#cli/hook/real-path.ts';

/** Entries that one call may look at: about 50 ms. */
const MAX_ENTRIES = 20_000;

/** What is below a folder; `whole` is false when there was too much to look at. */
export interface Walked {
  /** Absolute paths of files and links. */
  readonly files: readonly string[];
  /** Which of them are links. */
  readonly links: ReadonlySet<string>;
  readonly whole: boolean;
}

interface WalkOptions {
  /** With installed dependencies, where they matter. */
  readonly dependencies?: boolean;
  /** With what is below folders that links lead to, each once. */
  readonly links?: boolean;
}

/** Lists what is below a file or folder. */
export function walk(root: string, { dependencies = false, links = false }: WalkOptions = {}): Walked {
  const entered = new Set<string>();
  const isLeftOut = (name: string) => name === 'node_modules' && !dependencies;
  const found = new Set<string>();
  if (isLeftOut(path.basename(root))) return { files: [], links: found, whole: true };
  // What is no folder may be a link.
  if (statOf(root)?.isDirectory() !== true) return { files: [root], links: new Set([root]), whole: true };
  const files: string[] = [];
  const folders = [root];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (++seen > MAX_ENTRIES) return { files, links: found, whole: false };
      const file = `${folder === '/' ? '' : folder}/${entry.name}`;
      if (!entry.isFile() && !entry.isDirectory()) found.add(file);
      if (links && entry.isSymbolicLink() && isNewFolder(file, entered)) folders.push(file);
      if (!entry.isDirectory()) files.push(file);
      else if (entry.name === '.git') files.push(path.join(file, 'config'));
      else if (!isLeftOut(entry.name)) folders.push(file);
    }
  }
  return { files, links: found, whole: true };
}

/** Whether a link leads to a folder that no other did, so that links in a circle end. */
function isNewFolder(link: string, entered: Set<string>): boolean {
  const found = statOf(link);
  const key = `${found?.dev}/${found?.ino}`;
  if (found?.isDirectory() !== true || entered.has(key)) return false;
  entered.add(key);
  return true;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What may not be listed cannot be changed or read as a whole either.
    return [];
  }
}
