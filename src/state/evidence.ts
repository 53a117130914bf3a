import { createHash } from 'node:crypto';

import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import type { Evidence, EvidencePurge } from '#state/store.ts';

type EvidenceRow = Omit<Evidence, 'uri' | 'mimeType' | 'purgedAt'> & {
  readonly mime_type: string;
  readonly purged_at: number | null;
};

const COLUMNS = 'n, title, mime_type, text, sha256, at, purged_at';

/** Keeps a text under the next number of the incident. */
export function insertEvidence(
  tx: Transaction,
  incidentId: string,
  evidence: Pick<Evidence, 'mimeType' | 'text' | 'title'> & { readonly key?: string },
): Evidence {
  requireIncident(tx, incidentId);
  const sql = 'SELECT coalesce(max(n), 0) + 1 AS n FROM evidence WHERE incident_id = ?';
  const n = (tx.get(sql, incidentId) as { readonly n: number } | undefined)?.n ?? 1;
  // UTF-8 has no lone surrogates: without this, what is read later would differ from what was hashed.
  const text = evidence.text.toWellFormed();
  const title = evidence.title.toWellFormed();
  const sha256 = createHash('sha256').update(text).digest('hex');
  tx.run(
    'INSERT INTO evidence (incident_id, n, title, mime_type, text, sha256, key, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    incidentId,
    n,
    title,
    evidence.mimeType,
    text,
    sha256,
    evidence.key ?? null,
    tx.now,
  );
  return { n, uri: evidenceUri(incidentId, n), title, mimeType: evidence.mimeType, text, sha256, at: tx.now };
}

/** One kept text, or undefined when the incident has none of this number. */
export function findEvidence(tx: Transaction, incidentId: string, n: number): Evidence | undefined {
  const sql = `SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? AND n = ?`;
  return toEvidence(incidentId, tx.get(sql, incidentId, n) as EvidenceRow | undefined);
}

/** The newest text of a key. */
export function findEvidenceByKey(tx: Transaction, incidentId: string, key: string): Evidence | undefined {
  const sql = `SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? AND key = ? ORDER BY n DESC LIMIT 1`;
  return toEvidence(incidentId, tx.get(sql, incidentId, key) as EvidenceRow | undefined);
}

/** All of an incident, oldest first. */
export function readEvidence(tx: Transaction, incidentId: string): readonly Evidence[] {
  const rows = tx.all(`SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? ORDER BY n`, incidentId) as EvidenceRow[];
  return rows.flatMap((row) => toEvidence(incidentId, row) ?? []);
}

/** Whether there is anything to remove. */
export function hasOldEvidence(tx: Transaction, { before }: EvidencePurge): boolean {
  return tx.get('SELECT 1 FROM evidence WHERE purged_at IS NULL AND at < ? LIMIT 1', before) !== undefined;
}

/** Removes the texts that were kept before a time, or of one incident; answers how many. What they were and their hash stays. */
export function purgeEvidence(tx: Transaction, { before, incidentId }: EvidencePurge): number {
  // What is removed must not stay readable in the file.
  tx.get('PRAGMA secure_delete = ON');
  const sql = "UPDATE evidence SET text = '', key = NULL, purged_at = ? WHERE purged_at IS NULL AND at < ?";
  if (incidentId === undefined) return tx.run(sql, tx.now, before);
  return tx.run(`${sql} AND incident_id = ?`, tx.now, before, incidentId);
}

function toEvidence(incidentId: string, row: EvidenceRow | undefined): Evidence | undefined {
  if (row === undefined) return undefined;
  const { n, title, mime_type: mimeType, text, sha256, at, purged_at: purgedAt } = row;
  const uri = evidenceUri(incidentId, n);
  return { n, uri, title, mimeType, text, sha256, at, ...(purgedAt !== null && { purgedAt }) };
}

function evidenceUri(incidentId: string, n: number): string {
  return `incident://${incidentId}/evidence/${n}`;
}
