import { nextState } from '#domain/incident.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import { consumeApproval } from '#state/approvals.ts';
import type { Transaction } from '#state/database.ts';
import { requireIncident, saveIncident } from '#state/incidents.ts';
import { appendEvent } from '#state/timeline-log.ts';

/** Lifts the escalation by a granted approval, which works once. */
export function resume(
  tx: Transaction,
  { id, approvalId }: { readonly id: string; readonly approvalId: string },
  event: NewTimelineEvent,
): void {
  const { escalation: _lifted, ...incident } = requireIncident(tx, id);
  consumeApproval(tx, id, approvalId);
  // The event first: the time of the escalation does not count.
  appendEvent(tx, id, event);
  saveIncident(tx, { ...incident, state: nextState(incident.state, 'resumed') });
}
