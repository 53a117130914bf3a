import type { Action } from '#domain/action.ts';
import type { Finding } from '#policy/verdict.ts';

/** The rule by which a deploy that is under way, or an operator's freeze, allows drafts only. */
export const FROZEN = 'breaker/deploy_in_progress';

/** While the freeze lasts, which is named by its reason, a pull request is a draft. */
export function frozenFindings(action: Action, reason: string | undefined): readonly Finding[] {
  if (reason === undefined || action.kind !== 'publish' || action.draft) return [];
  return [
    {
      rule: FROZEN,
      effect: 'deny',
      reason: `${reason}, so a pull request can only be a draft.`,
      fix: 'Call open_pr again with draft true, or wait until the operator ends the freeze.',
      evidence: {},
      retry: 'later',
    },
  ];
}
