import type { FileChange } from '#domain/remediation.ts';
import type { ReportInput } from '#report/input.ts';
import type { ReportedAttempt } from '#report/schema.ts';
import { toLine } from '#report/text.ts';
import { latestRuns } from '#report/verification.ts';

/** A change in architect's words. */
export function toChangedFile({ path, change, added, removed }: FileChange): ReportedAttempt['files'][number] {
  const action = change === 'add' ? 'created' : change === 'delete' ? 'deleted' : 'modified';
  return { path, action, lines_added: added, lines_removed: removed };
}

/** Every patch that was applied, with what the tests said of the tree it made. */
export function toAttempts({ patches, runs }: ReportInput): ReportedAttempt[] {
  return patches.map(({ n, at, reason, tree, diffHash, files }) => ({
    n,
    at: new Date(at).toISOString(),
    reason: toLine(reason, 1_000),
    tree,
    diff_hash: diffHash,
    files: files.map(toChangedFile),
    tests: latestRuns(
      runs.filter(({ plan }) => plan.tree === tree),
      tree,
    ).map(({ plan, result, status }) => ({
      suite: plan.suite,
      verdict: result?.verdict ?? status,
      failing: (result?.failures ?? []).slice(0, 20).map(({ test }) => toLine(test, 300)),
      message: toLine(result?.failures[0]?.message ?? '', 200) || null,
    })),
  }));
}
