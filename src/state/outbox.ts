import type { Delivery, DeliveryCount, DeliveryEnd } from '#domain/notice.ts';
import { isTold } from '#domain/notice.ts';
import type { TimelineType } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import type { DeliveryClaim } from '#state/store.ts';

type DeliveryRow = Omit<Delivery, 'body'> & { readonly body: string | null };

/** Keeps an event for other systems in the transaction that writes it, so that neither is there without the other. */
export function enqueue(
  tx: Transaction,
  { chain, seq, type }: { readonly chain: string; readonly seq: number; readonly type: TimelineType },
): void {
  if (isTold(type)) tx.run('INSERT INTO outbox (chain, seq, type, at) VALUES (?, ?, ?, ?)', chain, seq, type, tx.now);
}

/** Whether `claimDelivery` would find something. */
export function hasDue(tx: Transaction, claim: DeliveryClaim): boolean {
  return findDue(tx, claim) !== undefined;
}

/** Takes the oldest message that is due; until its lease ends no other process gets it. */
export function claimDelivery(tx: Transaction, claim: DeliveryClaim): Delivery | undefined {
  const row = findDue(tx, claim);
  if (row === undefined) return undefined;
  tx.run(
    `INSERT INTO deliveries (chain, seq, target, state, attempts, next_at) VALUES (?, ?, ?, 'waiting', 1, ?)
     ON CONFLICT (chain, seq, target) DO UPDATE SET attempts = attempts + 1, next_at = excluded.next_at`,
    row.chain,
    row.seq,
    claim.target,
    tx.now + claim.leaseMs,
  );
  const { body, ...rest } = row;
  return { ...rest, attempt: row.attempt + 1, ...(body !== null && { body }) };
}

/** Keeps the message that every attempt sends. */
export function composeDelivery(tx: Transaction, { chain, seq, target }: Delivery, body: string): void {
  tx.run('UPDATE deliveries SET body = ? WHERE chain = ? AND seq = ? AND target = ?', body, chain, seq, target);
}

/** Keeps how an attempt ended; of a message that is done the text goes. */
export function endDelivery(tx: Transaction, { chain, seq, target }: Delivery, end: DeliveryEnd): void {
  const [nextAt, error] = [end.state === 'waiting' ? end.nextAt : 0, 'error' in end ? end.error : null];
  tx.run(
    `UPDATE deliveries SET state = ?, next_at = ?, error = ?, body = CASE WHEN ? = 'waiting' THEN body END
     WHERE chain = ? AND seq = ? AND target = ? AND state = 'waiting'`,
    end.state,
    nextAt,
    error,
    end.state,
    chain,
    seq,
    target,
  );
}

/** How the messages of each target stand that are about what happened since then. */
export function countDeliveries(tx: Transaction, since: number): readonly DeliveryCount[] {
  const sql = `SELECT d.target, sum(d.state = 'sent') AS sent, sum(d.state = 'waiting') AS waiting,
      sum(d.state = 'given_up') AS givenUp, max(CASE WHEN d.error IS NOT NULL THEN format('%012d:%s', o.n, d.error) END) AS lastError
    FROM deliveries d JOIN outbox o USING (chain, seq) WHERE o.at >= ? GROUP BY d.target ORDER BY d.target`;
  return (tx.all(sql, since) as readonly CountRow[]).map(({ lastError, ...counts }) => ({
    ...counts,
    ...(lastError !== null && { lastError: lastError.slice(lastError.indexOf(':') + 1) }),
  }));
}

type CountRow = Omit<DeliveryCount, 'lastError'> & { readonly lastError: string | null };

/** One that waits for its next attempt, else the oldest that nobody has tried yet. */
function findDue(tx: Transaction, { target, wanted }: DeliveryClaim): DeliveryRow | undefined {
  const columns = 'o.chain, o.seq, o.type, o.at';
  const waiting = `SELECT ${columns}, d.target, d.attempts AS attempt, d.body FROM deliveries d JOIN outbox o USING (chain, seq)
    WHERE d.state = 'waiting' AND d.target = ? AND d.next_at <= ? ORDER BY d.next_at LIMIT 1`;
  const fresh = `SELECT ${columns}, ? AS target, 0 AS attempt, NULL AS body FROM outbox o
    WHERE o.at >= ? AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.chain = o.chain AND d.seq = o.seq AND d.target = ?)
    AND EXISTS (SELECT 1 FROM json_each(?) w WHERE w.value ->> 'type' = o.type AND o.at >= w.value ->> 'since')
    ORDER BY o.n LIMIT 1`;
  const oldest = Math.min(...wanted.map(({ since }) => since));
  const row = tx.get(waiting, target, tx.now) ?? tx.get(fresh, target, oldest, target, JSON.stringify(wanted));
  return row as DeliveryRow | undefined;
}
