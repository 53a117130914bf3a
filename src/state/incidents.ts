import { FixgateError } from '#domain/errors.ts';
import type { Escalation, Incident, IncidentEvent, Release, RepositoryPlace } from '#domain/incident.ts';
import { nextState } from '#domain/incident.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { countOpening } from '#state/ledgers.ts';
import { AT_LOCATION, BY_IDENTITY, OF_REPOSITORY, placeValues } from '#state/of-repository.ts';
import type { OpeningQuota } from '#state/store.ts';
import { appendEvent } from '#state/timeline-log.ts';

interface IncidentRow {
  readonly record: string;
}

/** Adds an incident with its first event, or answers the one that has the id already. */
export function insertIncident(
  tx: Transaction,
  { incident, quota }: { readonly incident: Incident; readonly quota: OpeningQuota | undefined },
  event: NewTimelineEvent,
): Incident | undefined {
  const standing = findIncident(tx, incident.id);
  if (standing !== undefined) return standing;
  if (quota && !countOpening(tx, quota)) throw tooManyOpened(quota);
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

/** Whether some process has taken the root span of an incident's trace upon itself. */
export function hasRootSpan(tx: Transaction, incidentId: string): boolean {
  return tx.get('SELECT 1 FROM root_spans WHERE incident_id = ?', incidentId) !== undefined;
}

/** Takes the root span of an incident's trace; false when another process has it. */
export function claimRootSpan(tx: Transaction, incidentId: string): boolean {
  requireIncident(tx, incidentId);
  return tx.run('INSERT OR IGNORE INTO root_spans (incident_id) VALUES (?)', incidentId) > 0;
}

/** Gives the root span of an incident's trace back: it did not arrive. */
export function releaseRootSpan(tx: Transaction, incidentId: string): void {
  tx.run('DELETE FROM root_spans WHERE incident_id = ?', incidentId);
}

/**
 * Takes the spans of an incident's records up to one of them; answers up to which they were taken before, or undefined when nothing
 * is left to take.
 */
export function claimTold(tx: Transaction, incidentId: string, seq: number): number | undefined {
  requireIncident(tx, incidentId);
  const before = toldUpTo(tx, incidentId);
  if (before >= seq) return undefined;
  setTold(tx, incidentId, seq);
  return before;
}

/** Gives the spans of an incident's records back, from one of them on: they did not arrive. */
export function releaseTold(tx: Transaction, incidentId: string, seq: number): void {
  if (toldUpTo(tx, incidentId) >= seq) setTold(tx, incidentId, seq - 1);
}

/** Up to which of its records the spans of an incident were taken. */
export function toldUpTo(tx: Transaction, incidentId: string): number {
  const row = tx.get('SELECT seq FROM told_records WHERE incident_id = ?', incidentId);
  return (row as { readonly seq: number } | undefined)?.seq ?? 0;
}

function setTold(tx: Transaction, incidentId: string, seq: number): void {
  const sql =
    'INSERT INTO told_records (incident_id, seq) VALUES (?, ?) ON CONFLICT (incident_id) DO UPDATE SET seq = excluded.seq';
  tx.run(sql, incidentId, seq);
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

/** What moves an incident, and the tree that it was found out about. */
export interface Move {
  readonly event: IncidentEvent;
  readonly tree?: string | undefined;
}

/** Moves the incident by the state machine, from where it stands now. */
export function advance(tx: Transaction, id: string, { event, tree }: Move): void {
  // They need a reason and leave an event.
  if (event === 'escalated' || event === 'resumed' || event === 'closed')
    throw new RangeError(`An incident is not ${event} in passing.`);
  const incident = requireIncident(tx, id);
  if (tree !== undefined && tree !== lastTree(tx, id)) return;
  const { escalation } = incident;
  if (incident.state === 'escalated' && escalation) {
    // What was under way when it was handed over still ends.
    const from = nextState(escalation.from ?? 'investigating', event);
    if (from !== escalation.from) saveIncident(tx, { ...incident, escalation: { ...escalation, from } });
    return;
  }
  const state = nextState(incident.state, event);
  if (state !== incident.state) saveIncident(tx, { ...incident, state });
}

/** Keeps the first escalation and writes its event; later ones change nothing. */
export function escalate(tx: Transaction, id: string, escalation: Escalation): void {
  const incident = requireIncident(tx, id);
  if (incident.escalation !== undefined || incident.state === 'closed') return;
  // The event first: the time until now still counts.
  appendEvent(tx, id, {
    type: 'incident.escalated',
    actor: 'server',
    summary: escalation.reason,
    data: { rule_id: escalation.ruleId },
  });
  saveIncident(tx, {
    ...incident,
    state: nextState(incident.state, 'escalated'),
    escalation: { ...escalation, from: incident.state },
  });
}

const IS_SEV1 = "json_extract(i.record, '$.severity') = 'SEV1'";
const SEV1_INCIDENTS = `SELECT record FROM incidents WHERE n IN (
      SELECT n FROM incidents i WHERE ${AT_LOCATION} AND ${IS_SEV1}
      UNION ALL SELECT n FROM incidents i WHERE ${BY_IDENTITY} AND ${IS_SEV1}
      UNION ALL SELECT i.n FROM approvals a JOIN incidents i ON i.id = a.incident_id WHERE ${OF_REPOSITORY} AND a.consumed_at IS NOT NULL
      AND json_extract(a.record, '$.kind') = 'severity' AND json_extract(a.record, '$.facts.from') = 'SEV1')
    ORDER BY n`;

/** Every SEV1 of a repository and what was lowered from one, oldest first. */
export function sev1Incidents(tx: Transaction, repository: RepositoryPlace): readonly Incident[] {
  const place = placeValues(repository);
  return (tx.all(SEV1_INCIDENTS, ...place, ...place) as readonly IncidentRow[]).map(
    (row) => JSON.parse(row.record) as Incident,
  );
}

function lastTree(tx: Transaction, id: string): string | undefined {
  const sql = 'SELECT tree FROM patches WHERE incident_id = ? ORDER BY n DESC LIMIT 1';
  return (tx.get(sql, id) as { readonly tree: string } | undefined)?.tree;
}

function tooManyOpened({ cap }: OpeningQuota): FixgateError {
  return new FixgateError(
    'budget_exhausted',
    `Agents have opened ${cap} incidents in this repository today, and no more are allowed. Nothing was opened.`,
    {
      ruleIds: ['incidents_opened_by_agents/max_per_day'],
      fix: 'Work on an incident that is open, or ask the on-call engineer to open this one with `fixgate incident open`.',
      retry: 'never',
      evidence: { cap },
    },
  );
}

/** Keeps the first hash of an incident's errors. */
export function keepFingerprint(tx: Transaction, id: string, fingerprint: string): void {
  const incident = requireIncident(tx, id);
  if (incident.fingerprint === undefined) saveIncident(tx, { ...incident, fingerprint });
}

/** Replaces the record. */
export function saveIncident(tx: Transaction, incident: Incident): void {
  tx.run('UPDATE incidents SET record = ? WHERE id = ?', JSON.stringify(incident), incident.id);
}
