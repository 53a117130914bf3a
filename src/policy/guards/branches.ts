import { quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Lets an incident push its own hotfix branch and nothing else, least of all the base branch. */
export const branches: Guard = (action, _policy, incident) => {
  if (action.kind !== 'publish') return [];
  const expected = `hotfix/${incident.id}`;
  const isBase = [action.baseBranch, incident.repository.baseBranch].some(
    (base) => toShort(base) === toShort(action.branch),
  );
  if (action.branch === expected && !isBase) return [];
  return [
    {
      rule: 'branches',
      effect: 'deny',
      reason: isBase
        ? `The branch ${quote(action.branch)} is the base branch, which is never pushed.`
        : `The branch ${quote(action.branch)} is not this incident's; only ${expected} may be pushed.`,
      fix: isBase
        ? 'Hand the incident over to a human, who can open it again with another base branch or another id.'
        : `Publish the branch ${expected}.`,
      evidence: { branch: action.branch, expected, base_branch: action.baseBranch },
    },
  ];
};

function toShort(branch: string): string {
  return branch.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, '').toLowerCase();
}
