import type { Guard } from '#policy/verdict.ts';

/** Where the policy asks for it, nothing is changed without a plan and nothing is published without a root cause. */
export const requirePlan: Guard = (action, policy) => {
  if (!policy.require_plan) return [];
  const missing =
    action.kind === 'patch' && !action.plan?.trim()
      ? { what: 'plan', of: 'apply_patch', why: 'what is meant to be done and how it is taken back' }
      : action.kind === 'publish' && !action.rootCause.trim()
        ? { what: 'root_cause', of: 'open_pr', why: 'the evidence for the cause, in words' }
        : undefined;
  if (!missing) return [];
  return [
    {
      rule: 'require_plan',
      effect: 'deny',
      reason: `The policy asks for ${missing.what} in ${missing.of}: ${missing.why}.`,
      fix: `Call ${missing.of} again with ${missing.what}.`,
      evidence: { missing: missing.what },
    },
  ];
};
