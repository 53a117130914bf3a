import { FixgateError } from '#domain/errors.ts';
import type { TestPlan, TestResult, TestRun } from '#domain/remediation.ts';
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
export function touchTestRun(tx: Transaction, jobId: string, pid: number): void {
  const sql = 'UPDATE test_runs SET pid = ?, touched_at = ? WHERE job_id = ? AND finished_at IS NULL';
  tx.run(sql, pid, tx.now, jobId);
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

/** Begun seconds are whole ones; a clock that went back during the run makes none negative. */
function chargedSeconds({ durationSeconds }: TestResult): number {
  if (!Number.isFinite(durationSeconds)) throw new RangeError(`A test run cannot last ${durationSeconds} s.`);
  return Math.min(Math.max(0, Math.ceil(durationSeconds)), Number.MAX_SAFE_INTEGER);
}

function toTestRun(row: TestRunRow): TestRun {
  return {
    jobId: row.job_id,
    incidentId: row.incident_id,
    callId: row.call_id,
    plan: JSON.parse(row.plan) as TestPlan,
    status: row.finished_at === null ? 'running' : 'finished',
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
