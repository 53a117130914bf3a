import { exampleChange, exampleIncident } from '#policy/examples.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import { bareFinding } from '#policy/path-bare.ts';
import type { WorkTree } from '#policy/path-links.ts';
import { reachedPaths } from '#policy/path-links.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

/** The guards that look at names alone. */
export const pathGuards: readonly Guard[] = [canonicalPaths, protectedFiles, builtInFiles];

/** What only the files around a path show: links that lead to protected files or away, and planted repositories. */
export function findInTree(
  paths: readonly string[],
  {
    policy,
    tree,
    has = tree.has,
  }: { readonly policy: Policy; readonly tree: WorkTree; readonly has?: WorkTree['has'] },
): readonly Finding[] {
  return paths.flatMap((path) => [...findLinked(path, policy, tree), ...[bareFinding(path, has) ?? []].flat()]);
}

function findLinked(path: string, policy: Policy, tree: WorkTree): readonly Finding[] {
  const { paths, problem } = reachedPaths(path, tree);
  const found = paths.flatMap((reached) => {
    const verdict = judge(pathGuards, exampleChange([reached]), policy, exampleIncident);
    const findings = verdict.effect === 'allow' ? [] : verdict.findings;
    return findings.map((finding) => ({
      ...finding,
      reason: `${quote(path)} is linked with ${quote(reached)}: ${finding.reason}`,
      evidence: { ...finding.evidence, path, linked_with: reached },
    }));
  });
  if (problem === undefined) return found;
  const finding: Finding = {
    rule: 'path_links',
    effect: 'deny',
    reason: `${quote(path)} ${problem}, so a change of it would land where no rule looks.`,
    fix: `Send the same change without ${quote(path)}.`,
    evidence: { path, problem },
  };
  return [...found, finding];
}
