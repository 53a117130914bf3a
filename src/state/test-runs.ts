import { FixgateError } from '#domain/errors.ts';
import type { TestPlan, TestResult, TestRun } from '#domain/remediation.ts';
import type { BaseOutcome, TestPhase } from '#domain/test-comparison.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import { handHoldToJob, settleJob } from '#state/budgets.ts';
import type { Transaction } from '#state/database.ts';
import { requireIncident } from '#state/incidents.ts';
import type { KeptTestRun, NewTestRun } from '#state/store.ts';
import { appendEvent } from '#state/timeline-log.ts';

interface TestRunRow {
  readonly job_id: string;
  readonly incident_id: string;
  readonly call_id: string;
  readonly plan: string;
  readonly pid: number | null;
  readonly phase: TestPhase | null;
  readonly started_at: number;
  readonly touched_at: number;
  readonly finished_at: number | null;
  readonly result: string | null;
}

/** Keeps a run as running and takes over the seconds that its call holds. */
export function startTestRun(tx: Transaction, run: NewTestRun, event: NewTimelineEvent): TestRun {
  requireIncident(tx, run.incidentId);
  tx.run(
    `INSERT INTO test_runs (job_id, incident_id, call_id, plan, started_at, touched_at) VALUES (?, ?, ?, ?, ?, ?)`,
    run.jobId,
    run.incidentId,
    run.callId,
    JSON.stringify(run.plan),
    tx.now,
    tx.now,
  );
  handHoldToJob(tx, run.callId, run.jobId);
  appendEvent(tx, run.incidentId, event);
  return { ...run, status: 'running', startedAt: tx.now };
}

/** A finished run, or one that was never started, stays as it is. */
export function touchTestRun(
  tx: Transaction,
  { jobId, pid, phase }: { readonly jobId: string; readonly pid: number; readonly phase: TestPhase | undefined },
): void {
  const sql = `UPDATE test_runs SET pid = ?, touched_at = ?, phase = coalesce(?, phase)
    WHERE job_id = ? AND finished_at IS NULL`;
  tx.run(sql, pid, tx.now, phase ?? null, jobId);
}

/** Keeps the first result, charges its seconds and writes its event; false when there was a result already. */
export function finishTestRun(
  tx: Transaction,
  { jobId, result }: { readonly jobId: string; readonly result: TestResult },
  event: NewTimelineEvent,
): boolean {
  const run = findTestRun(tx, jobId);
  if (run === undefined) throw neverStarted(jobId);
  if (run.status === 'finished') return false;
  const seconds = chargedSeconds(result);
  tx.run('UPDATE test_runs SET finished_at = ?, result = ? WHERE job_id = ?', tx.now, JSON.stringify(result), jobId);
  settleJob(tx, run, seconds);
  appendEvent(tx, run.incidentId, { ...event, data: { ...event.data, actual: { test_seconds: seconds } } });
  return true;
}

/** A run with its sign of life, or undefined when it was never started. */
export function findTestRun(tx: Transaction, jobId: string): KeptTestRun | undefined {
  const row = tx.get('SELECT * FROM test_runs WHERE job_id = ?', jobId) as TestRunRow | undefined;
  if (row === undefined) return undefined;
  return { ...toTestRun(row), ...(row.pid !== null && { pid: row.pid }), touchedAt: row.touched_at };
}

/** Oldest first. */
export function readTestRuns(tx: Transaction, incidentId: string): readonly TestRun[] {
  return (tx.all('SELECT * FROM test_runs WHERE incident_id = ? ORDER BY n', incidentId) as readonly TestRunRow[]).map(
    toTestRun,
  );
}

/** The finished runs on a tree, whichever incident made it, oldest first. */
export function readRunsOnTree(tx: Transaction, tree: string): readonly TestRun[] {
  const sql = "SELECT * FROM test_runs WHERE json_extract(plan, '$.tree') = ? AND finished_at IS NOT NULL ORDER BY n";
  return (tx.all(sql, tree) as readonly TestRunRow[]).map(toTestRun);
}

/** Outcomes of base trees that are kept; older ones are run again when they are needed. */
const MAX_BASE_OUTCOMES = 500;

/** Keeps what a selection found on a base tree; the newest stands. */
export function keepBaseOutcome(tx: Transaction, key: string, outcome: BaseOutcome): void {
  const sql = `INSERT INTO base_outcomes (key, at, outcome) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET at = excluded.at, outcome = excluded.outcome`;
  tx.run(sql, key, tx.now, JSON.stringify(outcome));
  const rest = 'SELECT key FROM base_outcomes ORDER BY at DESC, key LIMIT -1 OFFSET ?';
  tx.run(`DELETE FROM base_outcomes WHERE key IN (${rest})`, MAX_BASE_OUTCOMES);
}

/** What a selection found on a base tree, or undefined when it never ran there. */
export function findBaseOutcome(tx: Transaction, key: string): BaseOutcome | undefined {
  const row = tx.get('SELECT outcome FROM base_outcomes WHERE key = ?', key) as
    | { readonly outcome: string }
    | undefined;
  return row === undefined ? undefined : (JSON.parse(row.outcome) as BaseOutcome);
}

/** All that ran, in begun seconds; a clock that went back during the run makes none negative. */
function chargedSeconds({ durationSeconds, extraSeconds }: TestResult): number {
  const seconds = durationSeconds + (extraSeconds?.reruns ?? 0) + (extraSeconds?.base ?? 0);
  if (!Number.isFinite(seconds)) throw new RangeError(`A test run cannot last ${seconds} s.`);
  return Math.min(Math.max(0, Math.ceil(seconds)), Number.MAX_SAFE_INTEGER);
}

function toTestRun(row: TestRunRow): TestRun {
  return {
    jobId: row.job_id,
    incidentId: row.incident_id,
    callId: row.call_id,
    plan: JSON.parse(row.plan) as TestPlan,
    status: row.finished_at === null ? 'running' : 'finished',
    ...(row.finished_at === null && row.phase !== null && { phase: row.phase }),
    startedAt: row.started_at,
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(row.result !== null && { result: JSON.parse(row.result) as TestResult }),
  };
}

function neverStarted(jobId: string): FixgateError {
  return new FixgateError('not_found', `No test run ${jobId.slice(0, 64)} was started here.`, {
    fix: 'Use the job_id that run_tests answered.',
  });
}
