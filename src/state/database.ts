import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';

import type { Clock } from '#domain/clock.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { isBusy, toStateError } from '#state/database-errors.ts';
import type { HeadSigner } from '#state/head-signer.ts';
import { migrate, refuseNewerSchema, SCHEMA_QUERY, toSchemaVersion } from '#state/migrations.ts';

/** File name of the database below the state folder. */
export const STATE_FILE = 'state.db';

/** A write takes about a millisecond: whoever waits this long waits for a stuck process. */
const BUSY_TIMEOUT_MS = 10_000;
/** While opening, SQLite often reports a lock at once: many short waits instead of one long one. */
const OPENING_TIMEOUT_MS = 500;
const OPENING_ATTEMPTS = 20;
const ATTEMPTS = 2;
/** Budgets and the timeline must survive a power cut, not only a crash of the process. */
const DURABLE = 'PRAGMA synchronous = FULL';
/** Pages of 4 KiB after which a commit also tidies the log up, which takes many times as long: a call writes about 35. */
const CHECKPOINT_PAGES = 4_000;
const PAUSE_MS = 25;

/** Statements inside one transaction. Rows are unknown here: each caller knows the columns it names. */
export interface Transaction {
  /** Milliseconds since the epoch when the lock was taken, so that times follow the order of writes. */
  readonly now: number;
  /** Signs heads of chains; absent where nobody does. */
  readonly signer?: HeadSigner | undefined;
  /** What its events keep of the span that they belong to. */
  readonly span?: Readonly<Record<string, string>> | undefined;
  /** The events that this transaction has written so far. */
  readonly appended: TimelineEvent[];
  /** Answers how many rows changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  get(sql: string, ...values: readonly SQLInputValue[]): unknown;
  all(sql: string, ...values: readonly SQLInputValue[]): readonly unknown[];
  /** Row by row, for results of any size. */
  each(sql: string, ...values: readonly SQLInputValue[]): Iterable<unknown>;
}

/** A database that exists from its first write on; several processes may share it. */
export interface Database {
  /** Runs on one snapshot; answers `missing` when nothing was ever written. */
  read<T>(work: (tx: Transaction) => T, missing: T): T;
  /** Runs alone among all processes; a throw, or a result that `keep` rejects, leaves no trace. */
  write<T>(work: (tx: Transaction) => T, keep?: (result: T) => boolean): T;
  /** The same, where another write follows that must survive a power cut, and makes this one survive it too. */
  writeAhead<T>(work: (tx: Transaction) => T, keep?: (result: T) => boolean): T;
  close(): void;
}

interface Connection {
  readonly db: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

/** What a database needs from outside. */
export interface DatabaseDeps {
  readonly folder: string;
  readonly clock: Clock;
  /** How long SQLite itself waits for another writer, each of two times; 10 s when absent. */
  readonly busyTimeoutMs?: number;
  readonly signer?: HeadSigner;
  /** Told of each event once it is kept, within the work that wrote it. */
  readonly onEvent?: (event: TimelineEvent) => void;
  /** What the events of a transaction keep of the span that they belong to. */
  readonly spanOf?: () => Transaction['span'];
}

/** Opens nothing yet: the folder (0700) and the file (0600) are made by the first write. */
export function createDatabase(deps: DatabaseDeps): Database {
  const file = join(deps.folder, STATE_FILE);
  const connector = createConnector(deps, file);

  const transact = <T>(
    begin: string,
    work: (tx: Transaction) => T,
    { keep = () => true, isAhead = false }: Outcome<T> = {},
  ): T => {
    const connection = connector.open();
    const tx = {
      ...toTransaction(connection, Math.trunc(deps.clock.now())),
      signer: deps.signer,
      span: deps.spanOf?.(),
    };
    tx.run(begin);
    try {
      refuseNewerSchema(toSchemaVersion(tx.get(SCHEMA_QUERY)), file);
      const result = work(tx);
      const kept = keep(result);
      tx.run(kept ? 'COMMIT' : 'ROLLBACK');
      // What is not on the disk yet is vouched for by no note outside of it; the write that follows brings the next one.
      if (kept && !isAhead) deps.signer?.committed();
      else deps.signer?.dropped();
      if (kept && deps.onEvent) tell(deps.onEvent, tx.appended);
      return result;
    } catch (error) {
      deps.signer?.dropped();
      // Closing undoes what is open, also where SQLite has given the transaction up by itself.
      if (!rollback(connection.db)) connector.drop();
      throw error;
    }
  };

  const transactAhead = <T>(work: (tx: Transaction) => T, keep?: Outcome<T>['keep']): T => {
    connector.open().db.exec('PRAGMA synchronous = NORMAL');
    try {
      return transact('BEGIN IMMEDIATE', work, { isAhead: true, ...(keep && { keep }) });
    } finally {
      connector.settle();
    }
  };

  const guarded = <T>(work: () => T): T => {
    try {
      return patiently(ATTEMPTS, work);
    } catch (error) {
      throw toStateError(error, deps.folder);
    }
  };

  return {
    read: (work, missing) =>
      guarded(() => (connector.isUnused() && isAbsent(file) ? missing : transact('BEGIN', work))),
    write: (work, keep) => guarded(() => transact('BEGIN IMMEDIATE', work, keep && { keep })),
    writeAhead: (work, keep) => guarded(() => transactAhead(work, keep)),
    close: () => connector.close(),
  };
}

/** How a transaction ends. */
interface Outcome<T> {
  readonly keep?: (result: T) => boolean;
  readonly isAhead?: boolean;
}

/** What is kept stays kept, whatever becomes of telling it. */
function tell(onEvent: (event: TimelineEvent) => void, events: readonly TimelineEvent[]): void {
  try {
    events.forEach(onEvent);
  } catch {
    // The listener has told its own trouble, or cannot.
  }
}

/** A file that this account may not look for is not absent. */
function isAbsent(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) === undefined;
}

interface Connector {
  /** No connection was opened so far. */
  isUnused(): boolean;
  open(): Connection;
  /** Whatever is written from here on is on the disk before the write returns. */
  settle(): void;
  /** Closes the connection; the next use opens another. */
  drop(): void;
  /** Closes the connection for good. */
  close(): void;
}

function createConnector({ folder, busyTimeoutMs = BUSY_TIMEOUT_MS }: DatabaseDeps, file: string): Connector {
  let connection: Connection | undefined;
  let closed = false;
  const drop = () => {
    connection?.db.close();
    connection = undefined;
  };
  return {
    isUnused: () => connection === undefined && !closed,
    open() {
      if (closed) throw new Error('The store was used after it was closed.');
      if (connection === undefined) {
        const db = patiently(OPENING_ATTEMPTS, () => connect(folder, file));
        db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
        connection = { db, statements: new Map() };
      }
      return connection;
    },
    settle: () => connection?.db.exec(DURABLE),
    drop,
    close() {
      drop();
      closed = true;
    },
  };
}

function connect(folder: string, file: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  createPrivately(file);
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  try {
    db.exec(`PRAGMA busy_timeout = ${OPENING_TIMEOUT_MS}`);
    refuseNewerSchema(toSchemaVersion(db.prepare(SCHEMA_QUERY).get()), file);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(`${DURABLE}; PRAGMA fullfsync = ON`);
    migrate(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function createPrivately(file: string): void {
  try {
    // Exclusive: closing a descriptor of a live database would drop the locks this process holds on it.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function toTransaction({ db, statements }: Connection, now: number): Transaction {
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    now,
    appended: [],
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    each: (sql, ...values) => prepared(sql).iterate(...values),
  };
}

function rollback(db: DatabaseSync): boolean {
  try {
    db.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Tries again while another connection is in the way. The verbs are synchronous, and so is the pause. */
function patiently<T>(attempts: number, work: () => T): T {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return work();
    } catch (error) {
      if (attempt >= attempts || !isBusy(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
