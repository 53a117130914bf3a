import type { Guard } from '#policy/verdict.ts';

/** Holds an incident to a small net diff: added plus removed lines since the base commit. */
export const maxLines: Guard = (action, policy) => {
  if (action.kind !== 'patch' && action.kind !== 'publish') return [];
  const lines = action.netChanges.reduce((sum, change) => sum + change.added + change.removed, 0);
  const cap = policy.limits.max_lines;
  if (lines <= cap) return [];
  const files = action.netChanges.map(({ path, added, removed }) => ({ path, added, removed }));
  return [
    {
      rule: 'max_lines',
      effect: 'deny',
      reason: `The change since the base commit would have ${lines} lines, added plus removed; the cap is ${cap} lines.`,
      fix: `Send a patch that makes the whole change at least ${lines - cap} lines smaller, without reformatting or moving code.`,
      evidence: { lines, cap, files: files.slice(0, 100) },
    },
  ];
};
