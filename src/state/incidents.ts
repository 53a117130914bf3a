import { FixgateError } from '#domain/errors.ts';
import type { Escalation, Incident, IncidentEvent, IncidentState, Release, Severity } from '#domain/incident.ts';
import { nextState } from '#domain/incident.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { appendEvent } from '#state/timeline-log.ts';

interface IncidentRow {
  readonly record: string;
}

/** Adds an incident with its first event, or answers the one that has the id already. */
export function insertIncident(tx: Transaction, incident: Incident, event: NewTimelineEvent): Incident | undefined {
  const standing = findIncident(tx, incident.id);
  if (standing !== undefined) return standing;
  tx.run(
    'INSERT INTO incidents (id, opened_at, record) VALUES (?, ?, ?)',
    incident.id,
    Math.trunc(incident.openedAt),
    JSON.stringify(incident),
  );
  appendEvent(tx, incident.id, event);
  return undefined;
}

/** The incident as it stands, or undefined when it was never opened. */
export function findIncident(tx: Transaction, id: string): Incident | undefined {
  const row = tx.get('SELECT record FROM incidents WHERE id = ?', id) as IncidentRow | undefined;
  return row === undefined ? undefined : (JSON.parse(row.record) as Incident);
}

/** The incident, or `not_found`: no verb keeps anything for an incident that was never opened. */
export function requireIncident(tx: Transaction, id: string): Incident {
  const incident = findIncident(tx, id);
  if (incident !== undefined) return incident;
  throw new FixgateError('not_found', `No incident ${id.slice(0, 64)} was opened here.`, {
    fix: 'Use the id of an incident that was opened, or open this one first.',
  });
}

/** Newest first. */
export function listIncidents(tx: Transaction, limit: number): readonly Incident[] {
  const sql = 'SELECT record FROM incidents ORDER BY opened_at DESC, n DESC LIMIT ?';
  return (tx.all(sql, limit) as readonly IncidentRow[]).map((row) => JSON.parse(row.record) as Incident);
}

/** Sets the severity that a human gave. */
export function confirmSeverity(
  tx: Transaction,
  confirmed: { readonly id: string; readonly severity: Severity },
  event: NewTimelineEvent,
): void {
  const incident = requireIncident(tx, confirmed.id);
  saveIncident(tx, { ...incident, severity: confirmed.severity, severityConfirmed: true });
  appendEvent(tx, incident.id, event);
}

/** Lets work on a SEV1 begin. */
export function release(
  tx: Transaction,
  released: { readonly id: string; readonly release: Release },
  event: NewTimelineEvent,
): void {
  const incident = requireIncident(tx, released.id);
  saveIncident(tx, { ...incident, release: released.release });
  appendEvent(tx, incident.id, event);
}

/** Never leads out of `escalated`: the caller may have computed the state before another process escalated. */
export function setState(tx: Transaction, id: string, state: IncidentState): void {
  const incident = requireIncident(tx, id);
  if (incident.state === state || incident.state === 'escalated') return;
  saveIncident(tx, { ...incident, state });
}

/** Moves the incident by the state machine, from where it stands now. */
export function advance(tx: Transaction, id: string, event: IncidentEvent): void {
  setState(tx, id, nextState(requireIncident(tx, id).state, event));
}

/** Keeps the first escalation and writes its event; later ones change nothing. */
export function escalate(tx: Transaction, id: string, escalation: Escalation): void {
  const incident = requireIncident(tx, id);
  if (incident.escalation !== undefined) return;
  saveIncident(tx, { ...incident, state: nextState(incident.state, 'escalated'), escalation });
  appendEvent(tx, id, {
    type: 'incident.escalated',
    actor: 'server',
    summary: escalation.reason,
    data: { rule_id: escalation.ruleId },
  });
}

function saveIncident(tx: Transaction, incident: Incident): void {
  tx.run('UPDATE incidents SET record = ? WHERE id = ?', JSON.stringify(incident), incident.id);
}
