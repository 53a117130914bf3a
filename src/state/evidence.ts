import { createHash } from 'node:crypto';

import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import type { Evidence } from '#state/store.ts';

type EvidenceRow = Omit<Evidence, 'uri' | 'mimeType'> & { readonly mime_type: string };

/** Keeps a text under the next number of the incident. */
export function insertEvidence(
  tx: Transaction,
  incidentId: string,
  evidence: Pick<Evidence, 'mimeType' | 'text' | 'title'>,
): Evidence {
  requireIncident(tx, incidentId);
  const sql = 'SELECT coalesce(max(n), 0) + 1 AS n FROM evidence WHERE incident_id = ?';
  const n = (tx.get(sql, incidentId) as { readonly n: number } | undefined)?.n ?? 1;
  // UTF-8 has no lone surrogates: without this, what is read later would differ from what was hashed.
  const text = evidence.text.toWellFormed();
  const title = evidence.title.toWellFormed();
  const sha256 = createHash('sha256').update(text).digest('hex');
  tx.run(
    'INSERT INTO evidence (incident_id, n, title, mime_type, text, sha256) VALUES (?, ?, ?, ?, ?, ?)',
    incidentId,
    n,
    title,
    evidence.mimeType,
    text,
    sha256,
  );
  return { n, uri: evidenceUri(incidentId, n), title, mimeType: evidence.mimeType, text, sha256 };
}

/** One kept text, or undefined when the incident has none of this number. */
export function findEvidence(tx: Transaction, incidentId: string, n: number): Evidence | undefined {
  const sql = 'SELECT n, title, mime_type, text, sha256 FROM evidence WHERE incident_id = ? AND n = ?';
  const row = tx.get(sql, incidentId, n) as EvidenceRow | undefined;
  if (row === undefined) return undefined;
  const { title, mime_type: mimeType, text, sha256 } = row;
  return { n, uri: evidenceUri(incidentId, n), title, mimeType, text, sha256 };
}

function evidenceUri(incidentId: string, n: number): string {
  return `incident://${incidentId}/evidence/${n}`;
}
