import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { TestPlan, TestResult } from '#domain/remediation.ts';
import { childCarrier } from '#telemetry/tracing.ts';
import type { HostEnvironment } from '#workspace/sandbox-env.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';
import { SERVICE_FAILED, SERVICE_FAILED_CODE } from '#workspace/sandbox-scripts.ts';
import { runCommand, type CommandResult } from '#workspace/sandbox.ts';

import type { Finding } from './classify.ts';
import { placeMochaReporter } from './mocha-reporter.ts';
import { placeNodeReporter } from './node-reporter.ts';
import { toResult } from './outcome.ts';
import { disagreement } from './reports/agreement.ts';
import { goOutput } from './reports/go.ts';
import { readRun, removeReportFile, REPORT_CAP_BYTES } from './reports/read.ts';
import { toPlainText, type ReportContext } from './reports/report.ts';
import { parseText } from './reports/text.ts';

/** Bytes of one source file that a report may be explained with. */
const SOURCE_CAP_BYTES = 1024 * 1024;

/** Gives the folder that holds a tree of an incident. */
export interface Worktrees {
  materialise(incident: Incident, tree: string): Promise<string>;
}

/** Whether the dependencies are in place, and why not. */
export interface PreparedDependencies {
  readonly reused: boolean;
  readonly reason: string;
}

/** Puts the dependencies of an incident's repository into a folder. */
export interface DependencyFolders {
  prepare(incident: Incident, folder: string): Promise<PreparedDependencies>;
}

/** What running a suite needs. */
export interface AttemptDeps {
  readonly worktree: Worktrees;
  readonly dependencies: DependencyFolders;
  readonly host: HostEnvironment;
  /** Judges the programs of blocked commands while tests run. */
  readonly judge?: CommandJudge;
  readonly signal: AbortSignal;
}

/** A tree as files, ready for its tests. */
export interface Site {
  readonly root: string;
  /** The suite's folder. */
  readonly cwd: string;
  readonly dependencies: PreparedDependencies;
}

/** One command on one site. */
export interface AttemptRequest {
  readonly plan: TestPlan;
  /** Instead of the plan's own; these tests are selected by name. */
  readonly narrowed?: readonly string[];
  readonly timeoutMs: number;
  /** Of the job, whose end ends it. */
  readonly label: string;
}

/** What a command found, and how long it took. */
export interface Attempt extends Finding {
  readonly seconds: number;
}

/** Writes a tree and its dependencies. */
export async function openSite(
  { incident, tree, plan }: { readonly incident: Incident; readonly tree: string; readonly plan: TestPlan },
  deps: AttemptDeps,
): Promise<Site> {
  // A sandbox shows the tree at its real path.
  const root = await realpath(await deps.worktree.materialise(incident, tree));
  const dependencies = await deps.dependencies.prepare(incident, root);
  return { root, cwd: await insideOf(root, plan.cwd), dependencies };
}

/** Runs a suite's command once, in a fresh process, and reads what it found. */
export async function attempt(site: Site, request: AttemptRequest, deps: AttemptDeps): Promise<Attempt> {
  const { plan, narrowed, timeoutMs, label } = request;
  const { root, cwd } = site;
  if (plan.reportPath !== undefined) await removeReportFile(cwd, plan.reportPath);
  const argv = await placeMochaReporter(cwd, narrowed ?? plan.argv);
  await placeNodeReporter(cwd, argv);
  const command = await runCommand({
    argv,
    cwd,
    tree: root,
    judge: deps.judge,
    sandbox: plan.sandbox,
    host: deps.host,
    // Not in the plan: what is kept of a run is found again by the plan's own environment.
    env: { ...childCarrier(), ...plan.env },
    timeoutMs,
    signal: deps.signal,
    label,
    binFolders: binFolders(root, cwd),
    stdoutBytes: REPORT_CAP_BYTES,
  }).catch((error: unknown) => explain(error, site.dependencies));
  const limited = { ...plan, timeoutSeconds: Math.ceil(timeoutMs / 1_000) };
  const byName = narrowed !== undefined || plan.namePattern !== undefined || plan.scope === 'failed';
  const found = await readOutcome({ plan: limited, site, command, byName });
  return { ...found, result: withSandbox(found.result, plan, command), seconds: command.durationMs / 1_000 };
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
function explain(error: unknown, dependencies: PreparedDependencies): never {
  if (!(error instanceof FixgateError) || dependencies.reused) throw error;
  const message = `${error.message} Dependencies were not prepared: ${dependencies.reason}`;
  throw new FixgateError(error.code, message, { fix: error.fix });
}

interface Ran {
  readonly plan: TestPlan;
  readonly site: Site;
  readonly command: CommandResult;
  readonly byName: boolean;
}

async function readOutcome(ran: Ran): Promise<Finding> {
  const { plan, command, site } = ran;
  const { dependencies } = site;
  const context: ReportContext = {
    roots: [...new Set([site.root, await realpath(site.root)])],
    cwd: plan.cwd,
    exists: (path) => isFile(join(site.root, path)),
    read: (path) => readSource(site.root, path),
    byName: ran.byName,
  };
  const read = await readRun({ plan, cwd: site.cwd, stdout: command.stdout }, context);
  const output = plan.format === 'go' ? goOutput(command.stdout).slice(0, command.output.length) : undefined;
  const shown = output === undefined || output === '' ? {} : { output };
  if (read?.ok) {
    const { report } = read;
    const printed = () => toPlainText(`${command.stdout}\n${command.output}`);
    const readConfigured = (path: string) => readSource(site.root, join(plan.cwd, path));
    const contradiction = disagreement({ plan, counts: report.counts, read: readConfigured, printed });
    const doubt = contradiction === undefined ? {} : { disagreement: contradiction };
    return { result: toResult({ plan, command, report, dependencies, ...doubt, ...shown }), cases: report.cases };
  }
  const report = parseText(toPlainText(command.output), context);
  const problem = read === undefined ? {} : { reportProblem: read.reason };
  const result = toResult({ plan, command, report, dependencies, ...problem, ...shown });
  return { result, cases: report?.cases ?? [] };
}

/** A folder is none: a report may call a test by the name of one, such as that of its package. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/** A file of the tree as the tests left it; undefined for whatever is no plain file inside it. */
function readSource(root: string, path: string): string | undefined {
  try {
    const file = realpathSync(join(root, path));
    const { size } = statSync(file);
    if (!file.startsWith(root + sep) || !statSync(file).isFile() || size > SOURCE_CAP_BYTES) return undefined;
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The suite's folder; a link that leads out of the tree is refused. */
async function insideOf(root: string, below: string): Promise<string> {
  const folder = await realpath(join(root, below)).catch(() => undefined);
  if (folder === root || folder?.startsWith(root + sep)) return folder;
  throw new FixgateError('not_found', `The suite's folder ${below.slice(0, 200)} is not in the repository.`, {
    fix: 'Ask the operator to correct `cwd` of the suite.',
  });
}

function binFolders(root: string, cwd: string): readonly string[] {
  const candidates = [cwd, root].flatMap((folder) => [join(folder, 'node_modules/.bin'), join(folder, '.venv/bin')]);
  return [...new Set(candidates)].filter((folder) => existsSync(folder));
}
