import { createHash } from 'node:crypto';

import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import type { Evidence, EvidencePurge } from '#state/store.ts';

/** Digest of the settings that the sources of this process have; undefined where they are not all known. */
export type ReadUnder = string | undefined;

type EvidenceRow = Omit<Evidence, 'uri' | 'mimeType' | 'purgedAt' | 'isForeign'> & {
  readonly mime_type: string;
  readonly purged_at: number | null;
  readonly read_under: string | null;
};

const COLUMNS = 'n, title, mime_type, text, sha256, at, purged_at, read_under';

/** Keeps a text under the next number of the incident. */
export function insertEvidence(
  tx: Transaction,
  incidentId: string,
  evidence: Pick<Evidence, 'mimeType' | 'text' | 'title'> & { readonly key?: string },
  readUnder: ReadUnder,
): Evidence {
  requireIncident(tx, incidentId);
  const sql = 'SELECT coalesce(max(n), 0) + 1 AS n FROM evidence WHERE incident_id = ?';
  const n = (tx.get(sql, incidentId) as { readonly n: number } | undefined)?.n ?? 1;
  // UTF-8 has no lone surrogates: without this, what is read later would differ from what was hashed.
  const text = evidence.text.toWellFormed();
  const title = evidence.title.toWellFormed();
  const sha256 = createHash('sha256').update(text).digest('hex');
  tx.run(
    'INSERT INTO evidence (incident_id, n, title, mime_type, text, sha256, key, at, read_under) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    incidentId,
    n,
    title,
    evidence.mimeType,
    text,
    sha256,
    evidence.key ?? null,
    tx.now,
    readUnder ?? null,
  );
  return { n, uri: evidenceUri(incidentId, n), title, mimeType: evidence.mimeType, text, sha256, at: tx.now };
}

/** One kept text, or undefined when the incident has none of this number. */
export function findEvidence(tx: Transaction, incidentId: string, n: number, own: ReadUnder): Evidence | undefined {
  const sql = `SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? AND n = ?`;
  return toEvidence(incidentId, tx.get(sql, incidentId, n) as EvidenceRow | undefined, own);
}

/** The newest text of a key that was read under the same settings. */
export function findEvidenceByKey(
  tx: Transaction,
  incidentId: string,
  key: string,
  own: ReadUnder,
): Evidence | undefined {
  const sql = `SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? AND key = ? AND read_under IS ? ORDER BY n DESC LIMIT 1`;
  return toEvidence(incidentId, tx.get(sql, incidentId, key, own ?? null) as EvidenceRow | undefined, own);
}

/** All of an incident, oldest first. */
export function readEvidence(tx: Transaction, incidentId: string, own: ReadUnder): readonly Evidence[] {
  const rows = tx.all(`SELECT ${COLUMNS} FROM evidence WHERE incident_id = ? ORDER BY n`, incidentId) as EvidenceRow[];
  return rows.flatMap((row) => toEvidence(incidentId, row, own) ?? []);
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

function toEvidence(incidentId: string, row: EvidenceRow | undefined, own: ReadUnder): Evidence | undefined {
  if (row === undefined) return undefined;
  const { n, title, mime_type: mimeType, text, sha256, at, purged_at: purgedAt, read_under: readUnder } = row;
  const uri = evidenceUri(incidentId, n);
  // Records of before do not say it.
  const isForeign = own !== undefined && readUnder !== null && readUnder !== own;
  return {
    n,
    uri,
    title,
    mimeType,
    text,
    sha256,
    at,
    ...(purgedAt !== null && { purgedAt }),
    ...(isForeign && { isForeign }),
  };
}

function evidenceUri(incidentId: string, n: number): string {
  return `incident://${incidentId}/evidence/${n}`;
}
