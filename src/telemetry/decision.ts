import type { TimelineEvent } from '#domain/timeline.ts';

/** What the policy can say of a call. */
export const decisions = ['allow', 'require_approval', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/** What the policy said of a call, read from the call's record; undefined for events that are no decision. */
export function decisionOf({ type, data }: Pick<TimelineEvent, 'type' | 'data'>): Decision | undefined {
  if (type === 'call.admitted' || type === 'call.free') return 'allow';
  if (type !== 'call.denied') return undefined;
  return data['code'] === 'approval_required' ? 'require_approval' : 'deny';
}
