import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { TestAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { TestPlan, TestResult, TestRun } from '#domain/remediation.ts';
import { testSeconds } from '#domain/remediation.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import type { TestName } from '#domain/test-comparison.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Permit } from '#policy/verdict.ts';
import type { InstallCommand } from '#workspace/install-dependencies.ts';
import { stopDetached } from '#workspace/sandbox-detached.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';
import { isRunning } from '#workspace/sandbox-tree.ts';
import type { CurrentTree, TestRequest, TestRunner } from '#workspace/workspace.ts';

import { collectCommands } from './commands.ts';
import { changedLinesOf } from './coverage.ts';
import type { JobStore } from './job-context.ts';
import { finishedEvent } from './job.ts';
import { toInfraError } from './outcome.ts';
import { planTests } from './plan.ts';
import { HEARTBEAT_LIMIT_MS } from './stall.ts';
import { chooseSuite, isGate, listSuites, toSuiteInfo } from './suites.ts';
import type { SourceTree } from './tree.ts';

/** The longest pause between two looks at a running job. */
const POLL_MS = 100;
/** Bytes of one source file that are read for planning. */
const SOURCE_CAP_BYTES = 1024 * 1024;

/** The verbs of the store that the runner needs. */
export interface TestRunStore extends Pick<JobStore, 'getIncident' | 'touchTestRun' | 'finishTestRun'> {
  testRuns(incidentId: string): readonly TestRun[];
  startTestRun(
    run: { readonly jobId: string; readonly incidentId: string; readonly callId: string; readonly plan: TestPlan },
    event: NewTimelineEvent,
  ): TestRun;
  getTestRun(jobId: string): StoredRun | undefined;
}

type StoredRun = TestRun & { readonly pid?: number; readonly touchedAt: number };

/** What the runner is made of. */
export interface TestRunnerDependencies {
  /** Declared by the operator, in their order. */
  readonly suites: Readonly<Record<string, SuiteDeclaration>>;
  /** The operator's own way to install dependencies. */
  readonly install?: InstallCommand | undefined;
  /** Quality gates of the policy of an incident, by the names of their suites. */
  readonly gates?: (incident: Incident) => Promise<Readonly<Record<string, SuiteDeclaration>>>;
  readonly store: TestRunStore;
  readonly clock: Clock;
  /** Content of the incident's tree, as git has it. */
  readonly files: {
    read(incident: Incident, path: string, from?: 'tree' | 'base'): Promise<Buffer | undefined>;
    list(incident: Incident, from?: 'tree' | 'base'): Promise<readonly string[]>;
  };
  readonly current: (incident: Incident) => Promise<CurrentTree>;
  /** Starts `runJob` in a detached process whose command line holds the job's id; answers its pid. */
  readonly spawnJob: (jobId: string) => number | Promise<number>;
}

/** Plans test runs from the incident's tree and runs them in processes that outlive the caller. */
export function createTestRunner(deps: TestRunnerDependencies): TestRunner {
  const { store } = deps;
  return {
    plan: (incident, request) => plan(incident, request, deps),
    start: (permit, actor) => start(permit, actor, deps),
    async wait(jobId, waitMs, signal) {
      // Time passes here for real, whatever the clock of the records says.
      const deadline = performance.now() + waitMs;
      for (let pause = 10; ; pause = Math.min(POLL_MS, pause * 2)) {
        const run = await look(jobId, deps);
        const left = deadline - performance.now();
        if (run.status === 'finished' || left <= 0 || signal.aborted) return toTestRun(run);
        await sleep(Math.min(pause, left), undefined, { signal }).catch(() => undefined);
      }
    },
    async cancel(jobId) {
      const run = getRun(jobId, store);
      if (run.status === 'running') await end(run, toInfraError('The run was cancelled.'), deps);
    },
    async suites(incident) {
      return (await suitesOf(incident, await toSourceTree(incident, deps), deps)).map(toSuiteInfo);
    },
  };
}

async function plan(incident: Incident, request: TestRequest, deps: TestRunnerDependencies): Promise<TestAction> {
  const tree = await toSourceTree(incident, deps);
  const current = await deps.current(incident);
  const changed = current.files.map(({ path }) => path);
  const suite = chooseSuite(await suitesOf(incident, tree, deps), request.suite, changed);
  const whole: TestRequest = { suite: suite.name, scope: 'all', files: [] };
  const isBase = current.baseTree === current.tree;
  const there = isBase ? tree : await toSourceTree(incident, deps, 'base');
  const suiteThere = isBase ? suite : (await suitesOf(incident, there, deps)).find(({ name }) => name === suite.name);
  const planned = await planTests({
    suite,
    request: isGate(suite.name) ? whole : request,
    tree,
    changes: current.files,
    treeId: current.tree,
    base: {
      commit: incident.repository.baseCommit,
      tree: current.baseTree,
      has: (path) => there.paths.has(path),
      suite: suiteThere,
    },
    failed: lastFailures(deps.store.testRuns(incident.id), suite.name),
    changedLines: changedLinesOf(current.diff),
  });
  const settled = { ...planned, sandbox: { isolation: await probeIsolation(), ...suite.sandbox } };
  return { kind: 'test', plan: settled, commands: await collectCommands(settled, tree) };
}

/** What failed when the suite last came to an end. */
function lastFailures(runs: readonly TestRun[], suite: string): readonly TestName[] {
  const last = runs.findLast(({ plan, status }) => plan.suite === suite && status === 'finished');
  const failures = last?.result?.failures ?? [];
  return failures.map(({ test, file }) => ({ test, ...(file !== undefined && { file }) }));
}

async function suitesOf(incident: Incident, tree: SourceTree, deps: TestRunnerDependencies) {
  const { install } = deps;
  const suites = await listSuites(deps.suites, tree, await deps.gates?.(incident));
  return install ? suites.map((suite) => ({ ...suite, install })) : suites;
}

async function start(permit: Permit<'test'>, actor: string, deps: TestRunnerDependencies): Promise<TestRun> {
  const { action, incident, callId, held } = permit;
  const jobId = `job-${randomUUID()}`;
  const settled = shareOut(action.plan, held['test_seconds'] ?? Number.POSITIVE_INFINITY);
  const run = deps.store.startTestRun(
    { jobId, incidentId: incident.id, callId, plan: settled },
    {
      type: 'tests.started',
      actor,
      tool: 'run_tests',
      callId,
      summary: `suite ${settled.suite} started: ${settled.selection}`,
      data: {
        job_id: jobId,
        suite: settled.suite,
        tree: settled.tree,
        argv: settled.argv,
        timeout_s: settled.timeoutSeconds,
      },
    },
  );
  try {
    deps.store.touchTestRun(jobId, await deps.spawnJob(jobId));
  } catch {
    const result = toInfraError('The test process could not be started.');
    deps.store.finishTestRun(jobId, result, finishedEvent(run, result));
  }
  return toTestRun(getRun(jobId, deps.store));
}

/** The suite first, then the re-runs of its failures: the base commit gets what both leave of the seconds that are held. */
function shareOut(plan: TestPlan, held: number): TestPlan {
  const timeoutSeconds = Math.min(plan.timeoutSeconds, held);
  const left = held - timeoutSeconds;
  const rerun = plan.rerun && { ...plan.rerun, timeoutSeconds: Math.min(plan.rerun.timeoutSeconds, left) };
  const rest = left - (rerun?.timeoutSeconds ?? 0);
  const base = plan.base && { ...plan.base, timeoutSeconds: Math.min(plan.base.timeoutSeconds, rest) };
  return { ...plan, timeoutSeconds, ...(rerun && { rerun }), ...(base && { base }) };
}

/** Reads a run, and finishes it when its process is gone. */
async function look(jobId: string, deps: TestRunnerDependencies): Promise<StoredRun> {
  const run = getRun(jobId, deps.store);
  if (run.status === 'finished' || isAlive(run, deps.clock)) return run;
  // It may have finished between the two looks.
  const again = getRun(jobId, deps.store);
  return again.status === 'finished' ? again : end(again, toInfraError('The test process died.'), deps);
}

function isAlive(run: StoredRun, clock: Clock): boolean {
  if (run.pid !== undefined && !isRunning(run.pid, run.jobId)) return false;
  return clock.now() - run.touchedAt <= HEARTBEAT_LIMIT_MS;
}

async function end(run: StoredRun, result: TestResult, deps: TestRunnerDependencies): Promise<StoredRun> {
  await stopDetached(run.pid, run.jobId);
  const durationSeconds = Math.max(0, deps.clock.now() - run.startedAt) / 1_000;
  // How much of it was waiting is not known; what was held is never exceeded.
  const charged = { ...result, durationSeconds: Math.min(durationSeconds, testSeconds(run.plan)) };
  deps.store.finishTestRun(run.jobId, charged, finishedEvent(run, charged));
  return getRun(run.jobId, deps.store);
}

function getRun(jobId: string, store: TestRunStore): StoredRun {
  const run = store.getTestRun(jobId);
  if (run) return run;
  throw new FixgateError('not_found', `There is no test run ${jobId.slice(0, 100)}.`, {
    fix: 'Call run_tests without job_id to start one.',
  });
}

function toTestRun({ pid: _pid, touchedAt: _touchedAt, ...run }: StoredRun): TestRun {
  return run;
}

async function toSourceTree(
  incident: Incident,
  { files }: TestRunnerDependencies,
  from: 'tree' | 'base' = 'tree',
): Promise<SourceTree> {
  const known = new Map<string, Promise<string | undefined>>();
  const load = async (path: string) => (await files.read(incident, path, from))?.toString('utf8', 0, SOURCE_CAP_BYTES);
  const paths = new Set(await files.list(incident, from));
  return {
    paths,
    read(path) {
      if (!paths.has(path)) return Promise.resolve(undefined);
      const found = known.get(path) ?? load(path);
      known.set(path, found);
      return found;
    },
  };
}
