import { createHash } from 'node:crypto';

import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import type { Evidence } from '#state/store.ts';

type EvidenceRow = Omit<Evidence, 'uri' | 'mimeType'> & { readonly mime_type: string };

const COLUMNS = 'n, title, mime_type, text, sha256, at';

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

function toEvidence(incidentId: string, row: EvidenceRow | undefined): Evidence | undefined {
  if (row === undefined) return undefined;
  const { n, title, mime_type: mimeType, text, sha256, at } = row;
  return { n, uri: evidenceUri(incidentId, n), title, mimeType, text, sha256, at };
}

function evidenceUri(incidentId: string, n: number): string {
  return `incident://${incidentId}/evidence/${n}`;
}
