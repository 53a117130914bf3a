import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { FixgateError } from '#domain/errors.ts';

const RETRY_MS = 20;
const SQLITE_BUSY = 5;

/** What is locked and how long to wait for it. */
export interface LockRequest {
  /** A file of the server that nobody else opens; it stays when the lock is released. */
  readonly file: string;
  /** In words, for the error. */
  readonly what: string;
  readonly waitMs: number;
}

/**
 * Does `work` while no other process or call holds the same lock.
 * The operating system holds it (SQLite's file lock), so that a killed process never leaves a stale one.
 */
export async function withLock<T>(request: LockRequest, work: () => Promise<T>): Promise<T> {
  const held = await acquireLock(request);
  try {
    return await work();
  } finally {
    held.close();
  }
}

async function acquireLock({ file, what, waitMs }: LockRequest): Promise<DatabaseSync> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (let waited = 0; ; waited += RETRY_MS) {
    const held = tryLock(file);
    if (held) return held;
    if (waited >= waitMs) {
      throw new FixgateError('timeout', `${what} is in use by another process for more than ${waitMs / 1000} s.`, {
        fix: 'Try again when the other call has ended.',
      });
    }
    await sleep(RETRY_MS);
  }
}

function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}
