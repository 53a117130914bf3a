import type { Amounts, BudgetKind, Spend } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { consumeApproval } from '#state/approvals.ts';
import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import { checkedEntries, correct, dailyLedger, incidentLedger, readLedger, take } from '#state/ledgers.ts';
import { readPublications } from '#state/neighbours.ts';
import type { AdmitOutcome, AdmitRequest, OpenCall, SettleRequest } from '#state/store.ts';
import { appendEvent } from '#state/timeline-log.ts';
import { startWallTime, wallSeconds } from '#state/wall-time.ts';

type Exhausted = Extract<AdmitOutcome, { admitted: false }>['exhausted'][number];

interface CappedLedger {
  readonly scope: Exhausted['scope'];
  readonly ledger: string;
  readonly caps: Amounts;
}

/** Reads a chain within a transaction. */
export type ReadTimeline = (tx: Transaction, chain: string) => readonly TimelineEvent[];

interface CallRow {
  readonly incident_id: string;
  readonly daily_ledger: string | null;
  readonly settled_at: number | null;
}

interface HoldRow {
  readonly kind: BudgetKind;
  readonly held: number;
  /** The test run that took the hold over. */
  readonly job_id: string | null;
}

/** Spends and holds everything, or finds what is exhausted; the caller must then abandon the transaction. */
export function admitCall(tx: Transaction, request: AdmitRequest, timeline: ReadTimeline): AdmitOutcome {
  checkRequest(request);
  const incident = requireIncident(tx, request.incidentId);
  const before = usedAmounts(tx, request.incidentId);
  request.confirm?.(incident, before, {
    publications: (since) => readPublications(tx, incident.repository, since),
    timeline: () => timeline(tx, incident.id),
  });
  const ledgers = ledgersOf(tx, request);
  const exhausted = [
    ...exhaustedWallTime(before, request.caps),
    ...spendAll(tx, request.spend, ledgers),
    ...exhaustedHolds(tx, request.hold, ledgers),
  ];
  if (exhausted.length > 0) return { admitted: false, exhausted: withoutRepeats(exhausted), used: before };
  if (request.approvalId !== undefined) consumeApproval(tx, request.incidentId, request.approvalId);
  const held = holdAll(tx, request.hold, ledgers);
  const daily = ledgers.find(({ scope }) => scope === 'daily')?.ledger;
  insertCall(tx, request, { held, daily });
  return { admitted: true, held };
}

/** Ends a call once: corrects the ledgers from what was held to what was used, and writes the closing event. */
export function settleCall(tx: Transaction, request: SettleRequest): void {
  const { incidentId, callId, event } = request;
  const call = findCall(tx, callId);
  if (call === undefined || call.incident_id !== incidentId) throw neverAdmitted(request);
  if (call.settled_at !== null) return;
  const holds = tx.all('SELECT kind, held, job_id FROM holds WHERE call_id = ?', callId) as readonly HoldRow[];
  const actual = new Map(spendable(request.actual));
  for (const { kind } of holds.filter((hold) => hold.job_id !== null)) actual.delete(kind);
  const deltas = new Map(actual);
  for (const { kind, held } of holds.filter((hold) => hold.job_id === null)) {
    deltas.set(kind, (actual.get(kind) ?? 0) - held);
  }
  correctCall(tx, call, deltas);
  tx.run('DELETE FROM holds WHERE call_id = ? AND job_id IS NULL', callId);
  tx.run('UPDATE calls SET settled_at = ? WHERE call_id = ?', tx.now, callId);
  appendEvent(tx, incidentId, { ...event, callId, data: { ...event.data, actual: Object.fromEntries(actual) } });
}

/** A test run takes over the `test_seconds` that its call holds, so that settling the call leaves them alone. */
export function handHoldToJob(tx: Transaction, callId: string, jobId: string): void {
  const sql = `UPDATE holds SET job_id = ? WHERE call_id = ? AND kind = 'test_seconds' AND job_id IS NULL`;
  tx.run(sql, jobId, callId);
}

/** Corrects the ledgers from the seconds that a test run took over to those it used. */
export function settleJob(
  tx: Transaction,
  job: { readonly jobId: string; readonly incidentId: string; readonly callId: string },
  seconds: number,
): void {
  const hold = tx.get('SELECT held FROM holds WHERE job_id = ?', job.jobId) as { readonly held: number } | undefined;
  const call = findCall(tx, job.callId) ?? { incident_id: job.incidentId, daily_ledger: null };
  correctCall(tx, call, new Map([['test_seconds', seconds - (hold?.held ?? 0)]]));
}

/** What an incident has used, wall time included. */
export function usedAmounts(tx: Transaction, incidentId: string): Amounts {
  return { ...readLedger(tx, incidentLedger(incidentId)), wall_seconds: wallSeconds(tx, incidentId) };
}

/** Admitted calls without an end, oldest first. */
export function openCalls(tx: Transaction, incidentId: string): readonly OpenCall[] {
  const sql = `SELECT call_id AS callId, tool, admitted_at AS at FROM calls
    WHERE incident_id = ? AND settled_at IS NULL ORDER BY rowid`;
  return (tx.all(sql, incidentId) as readonly OpenCall[]).map(({ callId, tool, at }) => ({ callId, tool, at }));
}

function checkRequest({ spend, hold, caps, daily, isElsewhere = false }: AdmitRequest): void {
  if (isElsewhere && positive(hold).length > 0) throw new RangeError('A call that nobody settles holds nothing.');
  checkedEntries(caps);
  if (daily !== undefined) checkedEntries(daily.caps);
  spendable(spend);
  spendable(hold);
}

function ledgersOf(tx: Transaction, { incidentId, caps, daily }: AdmitRequest): readonly CappedLedger[] {
  const own: CappedLedger = { scope: 'incident', ledger: incidentLedger(incidentId), caps };
  if (daily === undefined) return [own];
  return [own, { scope: 'daily', ledger: dailyLedger(tx, daily.ledger), caps: daily.caps }];
}

function exhaustedWallTime(used: Amounts, caps: Amounts): readonly Exhausted[] {
  return used.wall_seconds >= caps.wall_seconds ? [{ kind: 'wall_seconds', scope: 'incident' }] : [];
}

function spendAll(tx: Transaction, spend: Spend, ledgers: readonly CappedLedger[]): readonly Exhausted[] {
  return positive(spend).flatMap(([kind, amount]) =>
    ledgers
      .filter(({ ledger, caps }) => !take(tx, { ledger, kind, cap: caps[kind] }, amount))
      .map(({ scope }) => ({ kind, scope })),
  );
}

function exhaustedHolds(tx: Transaction, hold: Spend, ledgers: readonly CappedLedger[]): readonly Exhausted[] {
  return positive(hold).flatMap(([kind]) =>
    ledgers.filter((ledger) => leftIn(tx, ledger, kind) <= 0).map(({ scope }) => ({ kind, scope })),
  );
}

function holdAll(tx: Transaction, hold: Spend, ledgers: readonly CappedLedger[]): Spend {
  const held: Partial<Record<BudgetKind, number>> = {};
  for (const [kind, wanted] of positive(hold)) {
    const amount = Math.min(wanted, ...ledgers.map((ledger) => leftIn(tx, ledger, kind)));
    for (const { ledger, caps } of ledgers) {
      // Nobody else writes meanwhile; a refusal here would mean that the sum above is wrong.
      if (!take(tx, { ledger, kind, cap: caps[kind] }, amount)) throw new Error(`No ${amount} ${kind} left to hold.`);
    }
    held[kind] = amount;
  }
  return held;
}

function leftIn(tx: Transaction, { ledger, caps }: CappedLedger, kind: BudgetKind): number {
  return caps[kind] - readLedger(tx, ledger)[kind];
}

function insertCall(
  tx: Transaction,
  { incidentId, callId, spend, isElsewhere = false, event }: AdmitRequest,
  { held, daily }: { readonly held: Spend; readonly daily: string | undefined },
): void {
  tx.run(
    'INSERT INTO calls (call_id, incident_id, tool, daily_ledger, admitted_at, settled_at) VALUES (?, ?, ?, ?, ?, ?)',
    callId,
    incidentId,
    event.tool ?? '',
    daily ?? null,
    tx.now,
    isElsewhere ? tx.now : null,
  );
  for (const [kind, amount] of checkedEntries(held)) {
    tx.run('INSERT INTO holds (call_id, kind, held) VALUES (?, ?, ?)', callId, kind, amount);
  }
  const price: Readonly<Record<string, Json>> = { spend: { ...spend }, held: { ...held } };
  appendEvent(tx, incidentId, { ...event, callId, data: { ...event.data, ...price } });
  startWallTime(tx, incidentId);
}

function correctCall(
  tx: Transaction,
  call: Pick<CallRow, 'incident_id' | 'daily_ledger'>,
  deltas: ReadonlyMap<BudgetKind, number>,
): void {
  const ledgers = [incidentLedger(call.incident_id), ...(call.daily_ledger === null ? [] : [call.daily_ledger])];
  for (const ledger of ledgers) {
    for (const [kind, delta] of deltas) correct(tx, { ledger, kind }, delta);
  }
}

function findCall(tx: Transaction, callId: string): CallRow | undefined {
  return tx.get('SELECT incident_id, daily_ledger, settled_at FROM calls WHERE call_id = ?', callId) as
    | CallRow
    | undefined;
}

function neverAdmitted({ callId, incidentId }: SettleRequest): FixgateError {
  return new FixgateError('not_found', `No call ${callId} was admitted for incident ${incidentId}.`, {
    fix: 'Settle only calls that were admitted.',
  });
}

function spendable(amounts: Spend): readonly (readonly [BudgetKind, number])[] {
  if (amounts.wall_seconds) throw new RangeError('Wall time is measured; no call can spend it.');
  return checkedEntries(amounts);
}

function positive(amounts: Spend): readonly (readonly [BudgetKind, number])[] {
  return checkedEntries(amounts).filter(([, amount]) => amount > 0);
}

function withoutRepeats(exhausted: readonly Exhausted[]): readonly Exhausted[] {
  return [...new Map(exhausted.map((item) => [`${item.scope} ${item.kind}`, item])).values()];
}
