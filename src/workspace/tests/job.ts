import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { TestPlan, TestResult, TestRun } from '#domain/remediation.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import { withLock } from '#workspace/lock.ts';
import type { HostEnvironment } from '#workspace/sandbox-env.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';
import { SERVICE_FAILED, SERVICE_FAILED_CODE } from '#workspace/sandbox-scripts.ts';
import { runCommand, type CommandResult } from '#workspace/sandbox.ts';

import { toInfraError, toResult } from './outcome.ts';
import { goOutput } from './reports/go.ts';
import { parseReport, readReportFile, removeReportFile, REPORT_CAP_BYTES, type ReadReport } from './reports/read.ts';
import { toPlainText, type ReportContext } from './reports/report.ts';
import { parseText } from './reports/text.ts';

/** How often a job says that it is alive. */
const HEARTBEAT_MS = 2_000;

/** How long a run waits for others of its incident. */
const TURN_WAIT_MS = 1_800_000;

/** Gives the folder that holds a tree of an incident. */
export interface Worktrees {
  materialise(incident: Incident, tree: string): Promise<string>;
}

/** Puts the dependencies of an incident's repository into a folder. */
export interface DependencyFolders {
  prepare(incident: Incident, folder: string): Promise<{ readonly reused: boolean; readonly reason: string }>;
}

/** The verbs of the store that a job needs. */
export interface JobStore {
  getIncident(id: string): Incident | undefined;
  getTestRun(jobId: string): TestRun | undefined;
  touchTestRun(jobId: string, pid: number): void;
  finishTestRun(jobId: string, result: TestResult, event: NewTimelineEvent): boolean;
}

/** What a job is made of. */
export interface JobDependencies {
  readonly store: JobStore;
  readonly worktree: Worktrees;
  readonly dependencies: DependencyFolders;
  readonly host: HostEnvironment;
  /** Judges the programs of blocked commands while tests run. */
  readonly judge?: CommandJudge;
  /** Holds the locks by which runs of one incident take turns: they share a folder. */
  readonly stateFolder: string;
  readonly signal: AbortSignal;
}

/** Executes one started test run in this process, and finishes it whatever happens. */
export async function runJob(jobId: string, deps: JobDependencies): Promise<void> {
  const run = deps.store.getTestRun(jobId);
  if (!run || run.status === 'finished') return;
  const beat = () => deps.store.touchTestRun(jobId, process.pid);
  beat();
  const heart = setInterval(() => attempt(beat), HEARTBEAT_MS);
  try {
    const result = await execute(run, deps).catch(toFailedResult);
    deps.store.finishTestRun(jobId, result, finishedEvent(run, result));
  } finally {
    clearInterval(heart);
  }
}

/** The timeline's entry of a finished run. */
export function finishedEvent(run: TestRun, result: TestResult): NewTimelineEvent {
  const { counts, verdict } = result;
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
    },
  };
}

/** A missed heartbeat is made good by the next one. */
function attempt(action: () => void): void {
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

async function execute(run: TestRun, deps: JobDependencies): Promise<TestResult> {
  const incident = deps.store.getIncident(run.incidentId);
  if (!incident) return toInfraError('The incident of this run is not known any more.');
  const file = join(deps.stateFolder, 'locks', `tests-${incident.id}`);
  const what = `The test folder of ${incident.id}`;
  // Another tree put under running tests would make their verdict a lie.
  return withLock({ file, what, waitMs: TURN_WAIT_MS }, () => executeAlone(run, incident, deps));
}

async function executeAlone(run: TestRun, incident: Incident, deps: JobDependencies): Promise<TestResult> {
  const { plan } = run;
  // A sandbox shows the tree at its real path.
  const root = await realpath(await deps.worktree.materialise(incident, plan.tree));
  const dependencies = await deps.dependencies.prepare(incident, root);
  const cwd = await insideOf(root, plan.cwd);
  if (plan.reportPath !== undefined) await removeReportFile(cwd, plan.reportPath);
  const command = await runCommand({
    argv: plan.argv,
    cwd,
    tree: root,
    judge: deps.judge,
    sandbox: plan.sandbox,
    host: deps.host,
    env: plan.env,
    timeoutMs: plan.timeoutSeconds * 1_000,
    signal: deps.signal,
    label: run.jobId,
    binFolders: binFolders(root, cwd),
    stdoutBytes: REPORT_CAP_BYTES,
  }).catch((error: unknown) => explain(error, dependencies));
  const result = await readOutcome({ plan, root, cwd, command, dependencies });
  return withSandbox(result, plan, command);
}

/** What the sandbox adds to the outcome: a refused command makes every verdict a failure, a service that did not start makes none. */
function withSandbox(result: TestResult, plan: TestPlan, command: CommandResult): TestResult {
  const { isolation, blocked, exitCode, output } = command;
  const [first] = blocked;
  if (first !== undefined) {
    const more = blocked.length > 1 ? ` and ${blocked.length - 1} more` : '';
    const reason = `The tests tried to run ${JSON.stringify(first.call.slice(0, 200))}${more}, which blocked_commands/${first.entry} forbids; it was not executed.`;
    return { ...result, verdict: 'fail', reason, isolation, blocked };
  }
  const unready = new RegExp(`^${SERVICE_FAILED} (.*)$`, 'm').exec(output)?.[1];
  if ((plan.sandbox?.services.length ?? 0) > 0 && exitCode === SERVICE_FAILED_CODE && unready !== undefined) {
    const reason = `The service ${unready.slice(0, 200)}.`;
    return { ...result, verdict: 'infra_error', reason, isolation };
  }
  return { ...result, isolation };
}

/** A program that is not there may be a dependency. */
function explain(error: unknown, dependencies: { readonly reused: boolean; readonly reason: string }): never {
  if (!(error instanceof FixgateError) || dependencies.reused) throw error;
  const message = `${error.message} Dependencies were not prepared: ${dependencies.reason}`;
  throw new FixgateError(error.code, message, { fix: error.fix });
}

interface Ran {
  readonly plan: TestPlan;
  readonly root: string;
  readonly cwd: string;
  readonly command: CommandResult;
  readonly dependencies: { readonly reused: boolean; readonly reason: string };
}

async function readOutcome(ran: Ran): Promise<TestResult> {
  const { plan, command, dependencies } = ran;
  const context: ReportContext = {
    roots: [...new Set([ran.root, await realpath(ran.root)])],
    cwd: plan.cwd,
    exists: (path) => existsSync(join(ran.root, path)),
    byName: plan.namePattern !== undefined,
  };
  const read = await readReport(ran, context);
  const output = plan.format === 'go' ? goOutput(command.stdout).slice(0, command.output.length) : undefined;
  const shown = output === undefined || output === '' ? {} : { output };
  if (read?.ok) return toResult({ plan, command, report: read.report, dependencies, ...shown });
  const report = parseText(toPlainText(command.output), context);
  const problem = read === undefined ? {} : { reportProblem: read.reason };
  return toResult({ plan, command, report, dependencies, ...problem, ...shown });
}

/** The machine-readable report; undefined when this run writes none. */
async function readReport({ plan, cwd, command }: Ran, context: ReportContext): Promise<ReadReport | undefined> {
  const printed = command.stdout;
  if (plan.format === 'go') return printed.startsWith('{') ? parseReport('go', printed, context) : undefined;
  if (plan.reportPath === undefined) return undefined;
  const file = await readReportFile(cwd, plan.reportPath);
  if ('text' in file) return parseReport(plan.format, file.text, context);
  // Older releases of mocha print the report instead.
  const fromOutput = plan.format === 'mocha' ? parseReport('mocha', printed, context) : undefined;
  return fromOutput?.ok ? fromOutput : { ok: false, reason: file.reason };
}

/** The suite's folder; a link that leads out of the tree is refused. */
async function insideOf(root: string, below: string): Promise<string> {
  const base = await realpath(root);
  const folder = await realpath(join(root, below)).catch(() => undefined);
  if (folder === base || folder?.startsWith(base + sep)) return folder;
  throw new FixgateError('not_found', `The suite's folder ${below.slice(0, 200)} is not in the repository.`, {
    fix: 'Ask the operator to correct `cwd` of the suite.',
  });
}

function binFolders(root: string, cwd: string): readonly string[] {
  const candidates = [cwd, root].flatMap((folder) => [join(folder, 'node_modules/.bin'), join(folder, '.venv/bin')]);
  return [...new Set(candidates)].filter((folder) => existsSync(folder));
}
