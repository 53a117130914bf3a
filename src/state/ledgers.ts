import type { Amounts, BudgetKind, Spend } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Transaction } from '#state/database.ts';

/** The ledger of everything that one incident has used. */
export function incidentLedger(incidentId: string): string {
  return `incident:${incidentId}`;
}

/**
 * The ledger of one UTC day. The day of a shared ledger never goes back: a clock that is turned back goes on spending
 * from the latest day, and finds no fresh one.
 */
export function dailyLedger(tx: Transaction, name: string): string {
  const row = tx.get(
    `INSERT INTO ledger_days (ledger, day) VALUES (?, ?)
     ON CONFLICT (ledger) DO UPDATE SET day = max(day, excluded.day) RETURNING day`,
    name,
    new Date(tx.now).toISOString().slice(0, 10),
  ) as { readonly day: string } | undefined;
  return `daily:${row?.day}:${name}`;
}

/** What the ledger of today's UTC day has used. */
export function readDailyLedger(tx: Transaction, name: string): Amounts {
  const row = tx.get('SELECT day FROM ledger_days WHERE ledger = ?', name) as { readonly day: string } | undefined;
  const today = new Date(tx.now).toISOString().slice(0, 10);
  return readLedger(tx, `daily:${row !== undefined && row.day > today ? row.day : today}:${name}`);
}

/** Counts one opening of today; false when the quota is used up. */
export function countOpening(
  tx: Transaction,
  { ledger, cap }: { readonly ledger: string; readonly cap: number },
): boolean {
  const today = dailyLedger(tx, ledger);
  tx.run("INSERT INTO ledgers (ledger, kind, used) VALUES (?, 'incidents', 0) ON CONFLICT DO NOTHING", today);
  const sql = "UPDATE ledgers SET used = used + 1 WHERE ledger = ? AND kind = 'incidents' AND used < ?";
  return tx.run(sql, today, cap) === 1;
}

/** What a ledger has used of each kind; `wall_seconds` is not kept here and reads 0. */
export function readLedger(tx: Transaction, ledger: string): Amounts {
  const used: Record<BudgetKind, number> = { ...noAmounts };
  const sql = 'SELECT kind, used FROM ledgers WHERE ledger = ?';
  for (const row of tx.all(sql, ledger) as readonly { readonly kind: BudgetKind; readonly used: number }[])
    used[row.kind] = row.used;
  return used;
}

/** Takes `amount` units in one statement, or nothing when the cap would be passed. */
export function take(
  tx: Transaction,
  from: { readonly ledger: string; readonly kind: BudgetKind; readonly cap: number },
  amount: number,
): boolean {
  if (amount > from.cap) return false;
  const sql = `INSERT INTO ledgers (ledger, kind, used) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET used = used + excluded.used WHERE used + excluded.used <= ?`;
  return tx.run(sql, from.ledger, from.kind, amount, from.cap) === 1;
}

/** Adds what was used without being taken before, also past the cap, or gives back when `delta` is negative. */
export function correct(
  tx: Transaction,
  to: { readonly ledger: string; readonly kind: BudgetKind },
  delta: number,
): void {
  const sql = 'UPDATE ledgers SET used = min(used + ?, ?) WHERE ledger = ? AND kind = ?';
  const add = () => tx.run(sql, delta, Number.MAX_SAFE_INTEGER, to.ledger, to.kind);
  if (add() === 1) return;
  tx.run('INSERT INTO ledgers (ledger, kind, used) VALUES (?, ?, 0)', to.ledger, to.kind);
  add();
}

/** The amounts by kind; throws on anything but whole units from 0 to 2^53 − 1: NaN and negatives would buy budget. */
export function checkedEntries(amounts: Spend): readonly (readonly [BudgetKind, number])[] {
  return Object.entries(amounts).map(([kind, amount]) => {
    if (!isBudgetKind(kind)) throw new RangeError(`Unknown kind of budget: ${kind}.`);
    if (!Number.isSafeInteger(amount) || amount < 0) {
      throw new RangeError(`An amount of ${kind} must be a whole number from 0 to 2^53 - 1, not ${amount}.`);
    }
    return [kind, amount];
  });
}

/** Zero of everything. */
export const noAmounts: Amounts = {
  tool_calls: 0,
  patch_attempts: 0,
  test_runs: 0,
  test_seconds: 0,
  wall_seconds: 0,
  bytes_out: 0,
  bytes_scanned: 0,
  prs: 0,
  usd: 0,
};

function isBudgetKind(kind: string): kind is BudgetKind {
  return (budgetKinds as readonly string[]).includes(kind);
}
