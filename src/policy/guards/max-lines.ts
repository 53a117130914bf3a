import type { PatchAction, PublishAction } from '#domain/action.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Holds an incident to few lines, added plus removed since the base commit; what was ever changed counts, since undoing is no refund. */
export const maxLines: Guard = (action, policy) => {
  if (action.kind !== 'patch' && action.kind !== 'publish') return [];
  const cap = policy.limits.max_lines;
  return [...findNet(action, cap), ...findEver(action, cap)].slice(0, 1);
};

function findNet({ netChanges }: PatchAction | PublishAction, cap: number): readonly Finding[] {
  const lines = netChanges.reduce((sum, change) => sum + change.added + change.removed, 0);
  if (lines <= cap) return [];
  const files = netChanges.map(({ path, added, removed }) => ({ path, added, removed }));
  return [
    {
      rule: 'max_lines',
      effect: 'deny',
      reason: `The change since the base commit would have ${lines} lines, added plus removed; the cap is ${cap} lines.`,
      fix: `Send a patch that makes the whole change at least ${lines - cap} lines smaller, without reformatting or moving code.`,
      evidence: { lines, cap, files: files.slice(0, 100) },
    },
  ];
}

function findEver({ touched }: PatchAction | PublishAction, cap: number): readonly Finding[] {
  const lines = touched.reduce((sum, file) => sum + (file.lines ?? 0), 0);
  if (lines <= cap) return [];
  const files = touched.map(({ path, lines: most = 0 }) => ({ path, lines: most }));
  return [
    {
      rule: 'max_lines',
      effect: 'deny',
      reason: `The files that this incident touches would have ${lines} changed lines, added plus removed, each counted at its most; the cap is ${cap} lines.`,
      fix: `Send a patch that changes at least ${lines - cap} lines less; taking earlier changes back does not help.`,
      evidence: { lines, cap, files: files.slice(0, 100) },
    },
  ];
}
