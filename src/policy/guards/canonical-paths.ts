import { touchedPaths } from '#policy/guards/touched-paths.ts';
import { quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Refuses paths in any spelling but the one that every rule is written for; two spellings of one file would pass as two. */
export const canonicalPaths: Guard = (action) =>
  touchedPaths(action)
    .filter((touched) => touched.problem !== undefined)
    .map(({ path, problem }) => ({
      rule: 'path_canonical',
      effect: 'deny',
      reason: `The path ${quote(path)} ${problem}, so it cannot be compared with the protected files.`,
      fix: `Send the same patch with the file's plain path from the repository root instead of ${quote(path)}, such as src/app.ts.`,
      evidence: { path, problem: problem ?? null },
    }));
