import type { Transaction } from '#state/database.ts';

/** Marks the approvals whose time is over: a clock that is turned back later does not make them good again. */
export function expireApprovals(tx: Transaction): void {
  tx.run('UPDATE approvals SET expired_at = ? WHERE expired_at IS NULL AND expires_at <= ?', tx.now, tx.now);
}
