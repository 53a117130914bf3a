import { touchedPaths } from '#policy/guards/touched-paths.ts';
import { canonicalProblem } from '#policy/path-canonical.ts';
import { quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Refuses paths in any spelling but the one that every rule is written for; two spellings of one file would pass as two. */
export const canonicalPaths: Guard = (action, _policy, { repository }) =>
  touchedPaths(action)
    .filter((touched) => touched.problem !== undefined)
    .map(({ path, problem }) => ({
      rule: 'path_canonical',
      effect: 'deny',
      reason: `The path ${quote(path)} ${problem}, so it cannot be compared with the protected files.`,
      fix: `Send the same patch with the file's plain path from the repository root instead of ${quote(path)}, ${exampleFor(path, repository.location)}.`,
      evidence: { path, problem: problem ?? null },
    }));

/** The path in the repository that an absolute one names, where it is plain; else what such a path looks like. */
function exampleFor(path: string, root: string): string {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : '';
  return canonicalProblem(inside) === undefined ? `which is ${quote(inside)}` : 'such as src/app.ts';
}
