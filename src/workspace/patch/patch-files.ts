import type { Patcher } from '#workspace/git-workspace.ts';

import { applyPatch, patchPaths } from './apply-patch.ts';
import { parsePatch } from './parse-patch.ts';
import type { SourceFile } from './resolve-section.ts';
import { suggestPaths } from './suggest-path.ts';

/** Parses a patch of any form and applies it in memory, reading only the files that it names. */
export const patchFiles: Patcher = async (text, tree) => {
  const parsed = parsePatch(text);
  const files = new Map<string, SourceFile>();
  for (const path of patchPaths(parsed)) {
    const file = await tree.read(path);
    if (file) files.set(path, file);
  }
  const unknown = parsed.files.some(
    ({ kind, paths }) => kind !== 'add' && !paths.some(({ oldPath = '' }) => files.has(oldPath)),
  );
  const known = unknown ? await tree.paths() : [];
  return applyPatch(parsed, { files, suggest: (path) => suggestPaths(path, known) });
};
