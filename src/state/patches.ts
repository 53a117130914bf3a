import type { KeptWrite } from '#domain/kept-write.ts';
import type { GitMode, PatchRecord, PullRequestRecord } from '#domain/remediation.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { advance, requireIncident } from '#state/incidents.ts';
import type { FateAnswer, FateEvents, NewPatchRecord } from '#state/store.ts';
import { appendEvent } from '#state/timeline-log.ts';

interface RecordRow {
  readonly record: string;
}

/** What one accepted patch leaves behind. */
export interface NewPatch {
  readonly patch: NewPatchRecord;
  readonly everTouched: readonly string[];
  readonly event: NewTimelineEvent;
}

/** Keeps a patch when the incident still stands on the tree it was made for; else undefined, and nothing is written. */
export function recordPatch(
  tx: Transaction,
  incidentId: string,
  { patch: { writes, ...patch }, everTouched, event }: NewPatch,
): PatchRecord | undefined {
  requireIncident(tx, incidentId);
  const sql = 'SELECT n, tree FROM patches WHERE incident_id = ? ORDER BY n DESC LIMIT 1';
  const last = tx.get(sql, incidentId) as { readonly n: number; readonly tree: string } | undefined;
  if (last !== undefined && last.tree !== patch.fromTree) return undefined;
  const record: PatchRecord = { ...patch, n: (last?.n ?? 0) + 1 };
  tx.run(
    'INSERT INTO patches (incident_id, n, tree, record) VALUES (?, ?, ?, ?)',
    incidentId,
    record.n,
    record.tree,
    JSON.stringify(record),
  );
  for (const write of writes) insertWrite(tx, { incidentId, n: record.n }, write);
  for (const path of everTouched) {
    tx.run('INSERT INTO touched_paths (incident_id, path) VALUES (?, ?) ON CONFLICT DO NOTHING', incidentId, path);
  }
  appendEvent(tx, incidentId, event);
  advance(tx, incidentId, { event: 'patched' });
  return record;
}

/** Oldest first. */
export function readPatches(tx: Transaction, incidentId: string): readonly PatchRecord[] {
  const sql = 'SELECT record FROM patches WHERE incident_id = ? ORDER BY n';
  return (tx.all(sql, incidentId) as readonly RecordRow[]).map((row) => JSON.parse(row.record) as PatchRecord);
}

function insertWrite(
  tx: Transaction,
  { incidentId, n }: { readonly incidentId: string; readonly n: number },
  { path, after }: KeptWrite,
): void {
  tx.run(
    'INSERT INTO patch_writes (incident_id, n, path, mode, head, tail, middle) VALUES (?, ?, ?, ?, ?, ?, ?)',
    incidentId,
    n,
    path,
    after?.mode ?? null,
    after?.head ?? null,
    after?.tail ?? null,
    after?.middle ?? null,
  );
}

interface WriteRow {
  readonly path: string;
  readonly mode: GitMode | null;
  readonly head: number;
  readonly tail: number;
  readonly middle: Uint8Array;
}

/** Undefined when none was kept: no patch writes nothing. */
export function readPatchWrites(tx: Transaction, incidentId: string, n: number): readonly KeptWrite[] | undefined {
  const sql = 'SELECT path, mode, head, tail, middle FROM patch_writes WHERE incident_id = ? AND n = ? ORDER BY path';
  const rows = tx.all(sql, incidentId, n) as readonly WriteRow[];
  if (rows.length === 0) return undefined;
  return rows.map(({ path, mode, ...content }) => ({ path, ...(mode !== null && { after: { mode, ...content } }) }));
}

/** In byte order. */
export function readTouchedPaths(tx: Transaction, incidentId: string): readonly string[] {
  const sql = 'SELECT path FROM touched_paths WHERE incident_id = ? ORDER BY path';
  return (tx.all(sql, incidentId) as readonly { readonly path: string }[]).map((row) => row.path);
}

interface OpenedPullRequest {
  readonly incidentId: string;
  readonly pullRequest: PullRequestRecord;
  readonly openedUnder: string | undefined;
}

/** Keeps the incident's one pull request, replacing what was known of it. */
export function recordPullRequest(
  tx: Transaction,
  { incidentId, pullRequest, openedUnder }: OpenedPullRequest,
  event: NewTimelineEvent,
): void {
  requireIncident(tx, incidentId);
  tx.run(
    `INSERT INTO pull_requests (incident_id, record) VALUES (?, ?)
     ON CONFLICT (incident_id) DO UPDATE SET record = excluded.record`,
    incidentId,
    JSON.stringify({ ...pullRequest, openedUnder }),
  );
  appendEvent(tx, incidentId, event);
  advance(tx, incidentId, { event: 'published' });
}

/** Keeps what became of the pull request, and writes what is new of it. */
export function recordFate(
  tx: Transaction,
  { incidentId, answer }: { readonly incidentId: string; readonly answer: FateAnswer },
  toEvents: FateEvents,
): void {
  requireIncident(tx, incidentId);
  const known = keptPullRequest(tx, incidentId);
  if (known?.commit !== answer.commit) return;
  const { at, fate } = answer;
  const record: PullRequestRecord = { ...known, askedAt: at, ...(fate && { fate, answeredAt: at }) };
  tx.run('UPDATE pull_requests SET record = ? WHERE incident_id = ?', JSON.stringify(record), incidentId);
  for (const event of fate ? toEvents(fate, known.fate, known) : []) appendEvent(tx, incidentId, event);
}

/** The incident's one pull request, as far as it was recorded; of one of another code host what became of it is left out. */
export function readPullRequest(
  tx: Transaction,
  incidentId: string,
  own: string | undefined,
): PullRequestRecord | undefined {
  const kept = keptPullRequest(tx, incidentId);
  // Records of before do not say it.
  if ([own, kept?.openedUnder].includes(undefined) || kept?.openedUnder === own) return kept;
  const { fate: _fate, askedAt: _askedAt, answeredAt: _answeredAt, ...opened } = kept as PullRequestRecord;
  return { ...opened, isForeign: true };
}

function keptPullRequest(tx: Transaction, incidentId: string): PullRequestRecord | undefined {
  const row = tx.get('SELECT record FROM pull_requests WHERE incident_id = ?', incidentId) as RecordRow | undefined;
  return row === undefined ? undefined : (JSON.parse(row.record) as PullRequestRecord);
}
