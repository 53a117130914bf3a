import type { Transaction } from '#state/database.ts';

interface WallRow {
  readonly wall_ms: number;
  readonly wall_at: number;
}

/**
 * Milliseconds of wall time are the sum of the clock's forward steps between the events of an incident, so that turning
 * the clock back neither gives time back nor makes it negative.
 */
export function advanceWallTime(tx: Transaction, incidentId: string): void {
  tx.run(
    `UPDATE incidents SET wall_ms = wall_ms + max(0, ? - wall_at), wall_at = ? WHERE id = ? AND wall_at IS NOT NULL`,
    tx.now,
    tx.now,
    incidentId,
  );
}

/** Starts the count at the first admitted call; later calls change nothing. */
export function startWallTime(tx: Transaction, incidentId: string): void {
  tx.run('UPDATE incidents SET wall_ms = 0, wall_at = ? WHERE id = ? AND wall_at IS NULL', tx.now, incidentId);
}

/** Whole seconds since the first admitted call; 0 before it. */
export function wallSeconds(tx: Transaction, incidentId: string): number {
  const sql = 'SELECT wall_ms, wall_at FROM incidents WHERE id = ? AND wall_at IS NOT NULL';
  const row = tx.get(sql, incidentId) as WallRow | undefined;
  return row === undefined ? 0 : Math.floor((row.wall_ms + Math.max(0, tx.now - row.wall_at)) / 1_000);
}
