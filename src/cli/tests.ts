import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { jobRulesFile, type JobRules } from '#cli/job.ts';
import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { SuiteDeclaration } from '#domain/suite.ts';
import type { Policy } from '#policy/schema.ts';
import type { Store } from '#state/store.ts';
import { currentTraceparent, requestAttributes } from '#telemetry/tracing.ts';
import type { InstallCommand } from '#workspace/install-dependencies.ts';
import { startDetached } from '#workspace/sandbox-detached.ts';
import { overlayPrefix } from '#workspace/sandbox-overlay.ts';
import { createTestRunner } from '#workspace/tests/test-runner.ts';
import type { TestRunner, Workspace } from '#workspace/workspace.ts';

interface TestsDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly workspace: Workspace;
  readonly stateFolder: string;
  readonly invocation: Invocation;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
}

/** Makes the runner whose jobs are `fixgate job` processes: they outlive the caller, and a restart finds them. */
export function createTests(deps: TestsDeps): TestRunner {
  const { config, store, clock, workspace, stateFolder, invocation, policyOf } = deps;
  return createTestRunner({
    suites: config.file.suites,
    install: installOf(config),
    gates: async (incident) => toGateSuites(await policyOf(incident)),
    store,
    clock,
    files: workspace,
    current: (incident) => workspace.current(incident),
    async spawnJob(jobId) {
      const logs = path.join(stateFolder, 'jobs');
      mkdirSync(logs, { recursive: true, mode: 0o700 });
      await writeRules(jobId, deps);
      const parent = currentTraceparent();
      const env = Object.entries({ ...invocation.environment, TRACEPARENT: parent, TRACESTATE: undefined }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const overlay = await overlayFor(jobId, deps);
      return startDetached({
        argv: [...overlay.prefix, process.execPath, invocation.entry, 'job', jobId, ...overlay.options],
        cwd: stateFolder,
        env: { ...Object.fromEntries(env), FIXGATE_STATE_DIR: stateFolder },
        logFile: path.join(logs, `${jobId}.log`),
      });
    },
  });
}

/** A gate is a suite without test cases: the exit code is its word. */
function toGateSuites({ quality_gates: gates }: Policy): Readonly<Record<string, SuiteDeclaration>> {
  return Object.fromEntries(
    gates.map(({ name, argv, timeout_s, required }) => [
      `gate/${name}`,
      SuiteDeclaration.parse({ argv, timeout_s, required, format: 'exit_code' }),
    ]),
  );
}

/** Only where tests see nothing but their tree: elsewhere they could write the prepared checkout that others run on. */
async function overlayFor(jobId: string, { store, stateFolder }: TestsDeps) {
  const isolated = store.getTestRun(jobId)?.plan.sandbox?.isolation === 'full';
  const prefix = isolated ? await overlayPrefix(stateFolder) : undefined;
  return prefix ? { prefix, options: ['--overlay'] } : { prefix: [], options: [] };
}

function installOf({ file }: Config): InstallCommand | undefined {
  const { command, timeout_s } = file.dependencies;
  return command && { argv: command, timeoutSeconds: timeout_s };
}

/** The rules that the run was admitted by: the job's process knows neither the configuration nor the policy. */
async function writeRules(jobId: string, { config, store, stateFolder, policyOf }: TestsDeps): Promise<void> {
  const incident = store.getIncident(store.getTestRun(jobId)?.incidentId ?? '');
  if (!incident)
    throw new FixgateError('not_found', `The incident of ${jobId} is not known.`, { fix: 'Start a new run.' });
  const install = installOf(config);
  const rules: JobRules = {
    blockedCommands: (await policyOf(incident)).blocked_commands,
    ...(install && { install }),
    ...(config.telemetry.traces && {
      telemetry: { keys: config.file.telemetry, folder: config.folder, shared: requestAttributes() },
    }),
  };
  writeFileSync(jobRulesFile(stateFolder, jobId), JSON.stringify(rules), { mode: 0o600 });
}
