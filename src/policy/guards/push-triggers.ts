import { listOf, quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Asks a human before a push that would start a workflow with secrets or a deployment: it runs what the agent wrote. */
export const pushTriggers: Guard = (action) => {
  if (action.kind !== 'publish') return [];
  return action.triggers.map(({ path, holds }) => ({
    rule: 'branches/triggers_workflow',
    effect: 'require_approval' as const,
    reason: `Pushing ${quote(action.branch)} would start ${quote(path)}, which holds ${listOf(holds.slice(0, 5).map(quote))}.`,
    fix: 'Ask the on-call for approval, or the operator to filter the branches of that workflow.',
    unasked: 'Publish once the operator filters the branches of that workflow.',
    evidence: { path, branch: action.branch, holds },
  }));
};
