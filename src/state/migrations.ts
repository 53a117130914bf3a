import type { DatabaseSync } from 'node:sqlite';

import { FixgateError } from '#domain/errors.ts';

/** Amounts stay below 2^53, so that JavaScript reads them exactly. */
const initial = `
CREATE TABLE incidents (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  opened_at INTEGER NOT NULL,
  record TEXT NOT NULL,
  wall_ms INTEGER CHECK (wall_ms >= 0),
  wall_at INTEGER
) STRICT;

CREATE TABLE events (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  body TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, seq)
) STRICT;

CREATE TABLE chain_heads (
  chain TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END;

CREATE TRIGGER events_are_only_appended BEFORE INSERT ON events
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM events WHERE chain = NEW.chain), 0)
BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END;

CREATE TABLE ledgers (
  ledger TEXT NOT NULL,
  kind TEXT NOT NULL,
  used INTEGER NOT NULL CHECK (used BETWEEN 0 AND 9007199254740991),
  PRIMARY KEY (ledger, kind)
) STRICT;

CREATE TABLE ledger_days (
  ledger TEXT PRIMARY KEY,
  day TEXT NOT NULL
) STRICT;

CREATE TABLE calls (
  call_id TEXT PRIMARY KEY,
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  tool TEXT NOT NULL,
  daily_ledger TEXT,
  admitted_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;

CREATE INDEX calls_without_end ON calls (incident_id) WHERE settled_at IS NULL;

CREATE TABLE holds (
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  kind TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held BETWEEN 0 AND 9007199254740991),
  job_id TEXT REFERENCES test_runs (job_id),
  PRIMARY KEY (call_id, kind)
) STRICT;

CREATE TABLE patches (
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  n INTEGER NOT NULL,
  tree TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (incident_id, n)
) STRICT;

CREATE TABLE touched_paths (
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  path TEXT NOT NULL,
  PRIMARY KEY (incident_id, path)
) STRICT;

CREATE TABLE test_runs (
  n INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  call_id TEXT NOT NULL,
  plan TEXT NOT NULL,
  pid INTEGER,
  started_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  finished_at INTEGER,
  result TEXT
) STRICT;

CREATE INDEX test_runs_of_incident ON test_runs (incident_id);

CREATE TABLE pull_requests (
  incident_id TEXT PRIMARY KEY REFERENCES incidents (id),
  record TEXT NOT NULL
) STRICT;

CREATE TABLE approvals (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  binding TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  record TEXT NOT NULL,
  verdict TEXT,
  consumed_at INTEGER
) STRICT;

CREATE INDEX approvals_of_binding ON approvals (incident_id, binding);

CREATE TABLE evidence (
  incident_id TEXT NOT NULL REFERENCES incidents (id),
  n INTEGER NOT NULL,
  title TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  text TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (incident_id, n)
) STRICT;
`;

/** Answers are found again by what was asked, and test runs by their tree. */
const lookups = `
ALTER TABLE evidence ADD COLUMN key TEXT;
ALTER TABLE evidence ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX evidence_of_key ON evidence (incident_id, key) WHERE key IS NOT NULL;
CREATE INDEX test_runs_of_tree ON test_runs (json_extract(plan, '$.tree'));
`;

/** A run says what it is doing, and what a selection found on a base tree is kept. */
const baseOutcomes = `
ALTER TABLE test_runs ADD COLUMN phase TEXT;
CREATE TABLE base_outcomes (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
`;

/** What a patch wrote, so that its tree can be made again where the clone was lost. */
const patchWrites = `
CREATE TABLE patch_writes (
  incident_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  path TEXT NOT NULL,
  mode TEXT,
  head INTEGER,
  tail INTEGER,
  middle BLOB,
  PRIMARY KEY (incident_id, n, path),
  FOREIGN KEY (incident_id, n) REFERENCES patches (incident_id, n)
) STRICT;
`;

/** Heads of chains are signed; `total` counts the events of all chains when the head was written. */
const signedHeads = `
ALTER TABLE chain_heads ADD COLUMN signature TEXT;
ALTER TABLE chain_heads ADD COLUMN signed_since INTEGER;
ALTER TABLE chain_heads ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
UPDATE chain_heads SET total = (SELECT sum(seq) FROM chain_heads);
CREATE INDEX chain_heads_by_total ON chain_heads (total);
`;

/** Kept texts end; that they were kept, and their hash, stays. */
const purgedEvidence = `
ALTER TABLE evidence ADD COLUMN purged_at INTEGER;
CREATE INDEX evidence_by_age ON evidence (at) WHERE purged_at IS NULL;
`;

/** What other systems are to be told, and how far that came with each of them. */
const outbox = `
CREATE TABLE outbox (
  n INTEGER PRIMARY KEY,
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (chain, seq)
) STRICT;
CREATE INDEX outbox_by_age ON outbox (at);

CREATE TABLE deliveries (
  chain TEXT NOT NULL,
  seq INTEGER NOT NULL,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  body TEXT,
  error TEXT,
  PRIMARY KEY (chain, seq, target),
  FOREIGN KEY (chain, seq) REFERENCES outbox (chain, seq)
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (target, next_at) WHERE state = 'waiting';
`;

/** Incidents whose trace has its root: among all processes one exports it. */
const rootSpans = `
CREATE TABLE root_spans (
  incident_id TEXT PRIMARY KEY REFERENCES incidents (id)
) STRICT;
`;

/** Approvals that were once found expired stay so, whatever the clock says later. */
const expiredApprovals = `
ALTER TABLE approvals ADD COLUMN expired_at INTEGER;
CREATE INDEX approvals_not_expired ON approvals (expires_at) WHERE expired_at IS NULL;
`;

/** What calls ask of other incidents costs no more where there were many. */
const otherIncidents = `
CREATE INDEX incidents_of_sev1 ON incidents (json_extract(record, '$.repository.location')) WHERE json_extract(record, '$.severity') = 'SEV1';
CREATE INDEX approvals_of_severity ON approvals (incident_id) WHERE json_extract(record, '$.kind') = 'severity';
CREATE INDEX outbox_by_type ON outbox (type, at);
CREATE INDEX pull_requests_reverted ON pull_requests (incident_id) WHERE json_extract(record, '$.fate.outcome') = 'reverted';
`;

/** Up to which of its records an incident's spans were taken: among all processes each is exported by one. */
const toldRecords = `
CREATE TABLE told_records (
  incident_id TEXT PRIMARY KEY REFERENCES incidents (id),
  seq INTEGER NOT NULL
) STRICT;
`;

/** What a human looks at before a decision. */
const approvalMatters = `
ALTER TABLE approvals ADD COLUMN matter TEXT;
`;

/** Texts say under which settings of the sources they were read: what other settings give is another answer. */
const readUnder = `
ALTER TABLE evidence ADD COLUMN read_under TEXT;
`;

/** A repository has many addresses. */
const repositoryIdentity = `
CREATE INDEX incidents_of_sev1_by_identity ON incidents (json_extract(record, '$.repository.identity')) WHERE json_extract(record, '$.severity') = 'SEV1';
`;

/** One text per schema version, oldest first; a text that was released never changes. */
const migrations: readonly string[] = [
  initial,
  lookups,
  baseOutcomes,
  patchWrites,
  signedHeads,
  purgedEvidence,
  outbox,
  rootSpans,
  expiredApprovals,
  otherIncidents,
  toldRecords,
  approvalMatters,
  readUnder,
  repositoryIdentity,
];

/** Asks a database for its schema version. */
export const SCHEMA_QUERY = 'PRAGMA user_version';

/** The schema that this program reads and writes, kept in `PRAGMA user_version`. */
export const SCHEMA_VERSION = migrations.length;

/** Brings the schema up to date; of several processes that try, one does it and the others find it done. */
export function migrate(db: DatabaseSync, file: string): void {
  refuseNewerSchema(schemaVersion(db), file);
  if (schemaVersion(db) === SCHEMA_VERSION) return;
  // When one of these throws, the caller closes the connection, which undoes the transaction.
  db.exec('BEGIN IMMEDIATE');
  refuseNewerSchema(schemaVersion(db), file);
  for (const migration of migrations.slice(schemaVersion(db))) db.exec(migration);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec('COMMIT');
}

/** Throws when a newer program has changed the schema, be it while this one was running. */
export function refuseNewerSchema(version: number, file: string): void {
  if (version <= SCHEMA_VERSION) return;
  const known = `this program knows versions up to ${SCHEMA_VERSION}`;
  throw new FixgateError('misconfigured', `The state in ${file} has schema version ${version}; ${known}.`, {
    fix: 'Start the newest installed fixgate, or set FIXGATE_STATE_DIR to another folder.',
  });
}

function schemaVersion(db: DatabaseSync): number {
  return toSchemaVersion(db.prepare(SCHEMA_QUERY).get());
}

/** The number in the row that `SCHEMA_QUERY` answers. */
export function toSchemaVersion(row: unknown): number {
  return Number((row as { readonly user_version?: unknown } | undefined)?.user_version);
}
