import type { Transaction } from '#state/database.ts';

interface WallRow {
  readonly wall_ms: number;
  readonly wall_at: number;
  readonly escalated: 0 | 1;
}

const IS_ESCALATED = "json_extract(record, '$.state') = 'escalated'";
const ADVANCE = `UPDATE incidents SET wall_ms = wall_ms + iif(${IS_ESCALATED}, 0, max(0, ? - wall_at)), wall_at = ? WHERE id = ? AND wall_at IS NOT NULL`;
const WALL = `SELECT wall_ms, wall_at, ${IS_ESCALATED} AS escalated FROM incidents WHERE id = ? AND wall_at IS NOT NULL`;

/**
 * Milliseconds of wall time are the sum of the clock's forward steps between the events of an incident, so that turning
 * the clock back neither gives time back nor makes it negative. While an incident is escalated nobody works: no time passes.
 */
export function advanceWallTime(tx: Transaction, incidentId: string): void {
  tx.run(ADVANCE, tx.now, tx.now, incidentId);
}

/** Starts the count at the first admitted call; later calls change nothing. */
export function startWallTime(tx: Transaction, incidentId: string): void {
  tx.run('UPDATE incidents SET wall_ms = 0, wall_at = ? WHERE id = ? AND wall_at IS NULL', tx.now, incidentId);
}

/** Whole seconds since the first admitted call; 0 before it. */
export function wallSeconds(tx: Transaction, incidentId: string): number {
  const row = tx.get(WALL, incidentId) as WallRow | undefined;
  if (row === undefined) return 0;
  const since = row.escalated === 1 ? 0 : Math.max(0, tx.now - row.wall_at);
  return Math.floor((row.wall_ms + since) / 1_000);
}
