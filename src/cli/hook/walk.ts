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
  readonly whole: boolean;
}

/** Lists what is below a file or folder, installed dependencies left out where they are no matter; links are not followed. */
export function walk(root: string, { dependencies = false }: { readonly dependencies?: boolean } = {}): Walked {
  const isLeftOut = (name: string) => name === 'node_modules' && !dependencies;
  if (isLeftOut(path.basename(root))) return { files: [], whole: true };
  if (statOf(root)?.isDirectory() !== true) return { files: [root], whole: true };
  const files: string[] = [];
  const folders = [root];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (++seen > MAX_ENTRIES) return { files, whole: false };
      const file = path.join(folder, entry.name);
      if (!entry.isDirectory()) files.push(file);
      else if (entry.name === '.git') files.push(path.join(file, 'config'));
      else if (!isLeftOut(entry.name)) folders.push(file);
    }
  }
  return { files, whole: true };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What may not be listed cannot be changed or read as a whole either.
    return [];
  }
}
