import type { Approval, ApprovalDecision, ApprovalMatter } from '#domain/approval.ts';
import { isExpired } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import { appendEvent } from '#state/timeline-log.ts';

interface ApprovalRow {
  readonly record: string;
  readonly consumed_at: number | null;
  readonly expired_at: number | null;
}

const COLUMNS = 'record, consumed_at, expired_at';

/** Keeps a question, or answers the open one about the same subject. */
export function requestApproval(
  tx: Transaction,
  { approval, matter }: { readonly approval: Approval; readonly matter: ApprovalMatter | undefined },
  event: NewTimelineEvent,
): Approval {
  requireIncident(tx, approval.incidentId);
  const sql = `SELECT ${COLUMNS} FROM approvals WHERE incident_id = ? AND binding = ? AND verdict IS NULL AND expired_at IS NULL AND expires_at > ? ORDER BY n DESC LIMIT 1`;
  const open = tx.get(sql, approval.incidentId, approval.binding, tx.now) as ApprovalRow | undefined;
  if (open) return toApproval(open);
  tx.run(
    'INSERT INTO approvals (id, incident_id, binding, expires_at, record, matter) VALUES (?, ?, ?, ?, ?, ?)',
    approval.id,
    approval.incidentId,
    approval.binding,
    approval.expiresAt,
    JSON.stringify(approval),
    matter === undefined ? null : JSON.stringify(matter),
  );
  appendEvent(tx, approval.incidentId, event);
  return approval;
}

/** What a human looks at before the decision. It may be long, so it is read for nobody else. */
export function findMatter(tx: Transaction, id: string): ApprovalMatter | undefined {
  const row = tx.get('SELECT matter FROM approvals WHERE id = ?', id) as { readonly matter: string | null } | undefined;
  return typeof row?.matter === 'string' ? (JSON.parse(row.matter) as ApprovalMatter) : undefined;
}

/** Keeps the one decision of an open question. */
export function decideApproval(
  tx: Transaction,
  { id, decision }: { readonly id: string; readonly decision: ApprovalDecision },
  event: NewTimelineEvent,
): boolean {
  const approval = findApproval(tx, id);
  if (!approval || approval.decision || isExpired(approval, tx.now)) return false;
  tx.run(
    'UPDATE approvals SET record = ?, verdict = ? WHERE id = ?',
    JSON.stringify({ ...approval, decision }),
    decision.verdict,
    id,
  );
  appendEvent(tx, approval.incidentId, event);
  return true;
}

/** Uses up a granted approval in the transaction that spends the budget; throws when there is nothing to use. */
export function consumeApproval(tx: Transaction, incidentId: string, id: string): void {
  const sql =
    "SELECT 1 FROM approvals WHERE id = ? AND incident_id = ? AND verdict = 'approved' AND consumed_at IS NULL AND expired_at IS NULL AND expires_at > ?";
  if (tx.get(sql, id, incidentId, tx.now) === undefined) throw usedMeanwhile(id);
  tx.run('UPDATE approvals SET consumed_at = ? WHERE id = ?', tx.now, id);
}

/** One question with its answer, if any. */
export function findApproval(tx: Transaction, id: string): Approval | undefined {
  const row = tx.get(`SELECT ${COLUMNS} FROM approvals WHERE id = ?`, id) as ApprovalRow | undefined;
  return row && toApproval(row);
}

/** Oldest first. */
export function readApprovals(tx: Transaction, incidentId: string): readonly Approval[] {
  const sql = `SELECT ${COLUMNS} FROM approvals WHERE incident_id = ? ORDER BY n`;
  return (tx.all(sql, incidentId) as readonly ApprovalRow[]).map(toApproval);
}

/** What is neither used nor expired, in all incidents, oldest first. */
export function readUnused(tx: Transaction): readonly Approval[] {
  const sql = `SELECT ${COLUMNS} FROM approvals WHERE consumed_at IS NULL AND expired_at IS NULL AND expires_at > ? ORDER BY n`;
  return (tx.all(sql, tx.now) as readonly ApprovalRow[]).map(toApproval);
}

function toApproval({ record, consumed_at: consumedAt, expired_at: expiredAt }: ApprovalRow): Approval {
  const approval = JSON.parse(record) as Approval;
  return { ...approval, ...(consumedAt !== null && { consumedAt }), ...(expiredAt !== null && { expiredAt }) };
}

function usedMeanwhile(id: string): FixgateError {
  return new FixgateError('conflict', `The approval ${id} was used by another call or has expired. Nothing was done.`, {
    fix: 'Call again: a new approval is asked for.',
  });
}
