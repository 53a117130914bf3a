import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { TestResult, TestRun } from '#domain/remediation.ts';
import type { TestPhase } from '#domain/test-comparison.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Attributes } from '#telemetry/tracing.ts';
import { withSpan } from '#telemetry/tracing.ts';
import { withLock } from '#workspace/lock.ts';

import { attempt, openSite } from './attempt.ts';
import { compare } from './compare.ts';
import { changedCoverage, lookAtReports } from './coverage.ts';
import type { Enter, JobDependencies } from './job-context.ts';
import { toInfraError } from './outcome.ts';
import { tellCases } from './trace-cases.ts';

/** How often a job says that it is alive. */
const HEARTBEAT_MS = 2_000;

/** How long a run waits for others of its incident. */
const TURN_WAIT_MS = 1_800_000;

/** Executes one started test run in this process, and finishes it whatever happens. */
export async function runJob(jobId: string, deps: JobDependencies): Promise<void> {
  const run = deps.store.getTestRun(jobId);
  if (!run || run.status === 'finished') return;
  const beat = (phase?: TestPhase) => deps.store.touchTestRun(jobId, process.pid, phase);
  beat('preparing');
  const heart = setInterval(() => tryTo(beat), HEARTBEAT_MS);
  try {
    const enter = (phase: TestPhase) => tryTo(() => beat(phase));
    const result = await execute(run, deps, enter).catch(toFailedResult);
    deps.store.finishTestRun(jobId, result, finishedEvent(run, result));
  } finally {
    clearInterval(heart);
  }
}

/** The timeline's entry of a finished run. */
export function finishedEvent(run: TestRun, result: TestResult): NewTimelineEvent {
  const { counts, verdict, comparison } = result;
  return {
    type: 'tests.finished',
    actor: 'server',
    tool: 'run_tests',
    callId: run.callId,
    summary: `suite ${run.plan.suite}: ${verdict}, ${counts.passed} of ${counts.total} tests passed`,
    data: {
      job_id: run.jobId,
      suite: run.plan.suite,
      tree: run.plan.tree,
      verdict,
      counts: { ...counts },
      exit_code: result.exitCode,
      duration_s: result.durationSeconds,
      ...(result.reason !== undefined && { reason: result.reason }),
      ...(result.isolation !== undefined && { isolation: result.isolation }),
      ...(result.blocked !== undefined && { blocked: result.blocked.map((each) => ({ ...each })) }),
      ...(comparison && {
        base: {
          commit: comparison.commit,
          state: comparison.state,
          fixed: comparison.fixedCount,
          ...(comparison.classes && { classes: { ...comparison.classes } }),
        },
      }),
    },
  };
}

/** A missed heartbeat is made good by the next one. */
function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // Another process holds the store.
  }
}

function toFailedResult(error: unknown): TestResult {
  const reason = error instanceof FixgateError ? `${error.message} ${error.fix}` : 'The test process failed.';
  return toInfraError(reason);
}

function taskAttributes({ plan, jobId }: TestRun): Attributes {
  return {
    'cicd.pipeline.task.name': plan.suite,
    'cicd.pipeline.task.run.id': jobId,
    'cicd.pipeline.task.type': 'test',
  };
}

async function execute(run: TestRun, deps: JobDependencies, enter: Enter): Promise<TestResult> {
  const incident = deps.store.getIncident(run.incidentId);
  if (!incident) return toInfraError('The incident of this run is not known any more.');
  const file = join(deps.stateFolder, 'locks', `tests-${incident.id}`);
  const what = `The test folder of ${incident.id}`;
  // Another tree put under running tests would make their verdict a lie.
  return withLock({ file, what, waitMs: TURN_WAIT_MS }, async () => {
    const { plan, jobId } = run;
    const site = await openSite({ incident, tree: plan.tree, plan }, deps);
    const before = await lookAtReports(site, plan.cwd);
    enter('suite');
    const first = await withSpan({ name: 'test run', attributes: taskAttributes(run) }, async (span) => {
      const done = await attempt(site, { plan, timeoutMs: plan.timeoutSeconds * 1_000, label: jobId }, deps);
      if (span) tellCases(span, plan.suite, done);
      return done;
    });
    // Whatever runs next has other files in the folder.
    const coverage = await changedCoverage(site, plan, before);
    const context = { run, incident, site, deps, enter };
    const result = await withSpan({ name: 'test comparison' }, () => compare(first, context));
    return { ...result, ...(coverage && { coverage }) };
  });
}
