import type { Closure, Severity } from '#domain/incident.ts';
import { nextState } from '#domain/incident.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import { consumeApproval } from '#state/approvals.ts';
import type { Transaction } from '#state/database.ts';
import { requireIncident, saveIncident } from '#state/incidents.ts';
import { appendEvent } from '#state/timeline-log.ts';

/** A severity that a human gave; one that lets agents do more uses up the approval that proves it. */
export interface GivenSeverity {
  readonly id: string;
  readonly severity: Severity;
  readonly approvalId: string | undefined;
}

/** Sets the severity that a human gave; an event that says `confirmed: false` raises it and confirms nothing. */
export function confirmSeverity(
  tx: Transaction,
  { id, severity, approvalId }: GivenSeverity,
  event: NewTimelineEvent,
): void {
  const incident = requireIncident(tx, id);
  if (approvalId !== undefined) consumeApproval(tx, id, approvalId);
  saveIncident(tx, { ...incident, severity, severityConfirmed: event.data['confirmed'] !== false });
  appendEvent(tx, id, event);
}

/** Lifts the escalation by a granted approval, which works once; also of an incident whose end nobody proved, which its caller knows. */
export function resume(
  tx: Transaction,
  { id, approvalId }: { readonly id: string; readonly approvalId: string },
  event: NewTimelineEvent,
): void {
  const { escalation: lifted, ...incident } = requireIncident(tx, id);
  consumeApproval(tx, id, approvalId);
  // The event first: the time of the escalation does not count.
  appendEvent(tx, id, event);
  const from = incident.state === 'closed' ? 'escalated' : incident.state;
  saveIncident(tx, { ...incident, state: nextState(from, 'resumed', lifted?.from) });
}

/** Ends an incident for good by a granted approval, which works once. */
export function close(
  tx: Transaction,
  { id, closure, approvalId }: { readonly id: string; readonly closure: Closure; readonly approvalId: string },
  event: NewTimelineEvent,
): void {
  const incident = requireIncident(tx, id);
  consumeApproval(tx, id, approvalId);
  appendEvent(tx, id, event);
  saveIncident(tx, { ...incident, state: nextState(incident.state, 'closed'), closure });
}
