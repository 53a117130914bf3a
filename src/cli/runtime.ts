import path from 'node:path';

import type { McpServerFactory } from '@modelcontextprotocol/server';

import { approvalProof } from '#cli/approval-proof.ts';
import { autoOpen } from '#cli/auto-open.ts';
import { freezeOf } from '#cli/freeze-file.ts';
import type { GuardStatus } from '#cli/guard.ts';
import { guardStatus } from '#cli/guard.ts';
import type { HandOverDesk } from '#cli/hand-over.ts';
import { createHandOverDesk } from '#cli/hand-over.ts';
import type { Invocation } from '#cli/invocation.ts';
import { builtInVersions, carrierOf, packageVersion, stateFolderOf } from '#cli/invocation.ts';
import type { KillSwitch } from '#cli/kill-switch.ts';
import { createKillSwitch } from '#cli/kill-switch.ts';
import { createHookRunner } from '#cli/lifecycle.ts';
import { createPolicies } from '#cli/policies.ts';
import { withPolicyTelemetry } from '#cli/policy-telemetry.ts';
import { createReports } from '#cli/reports.ts';
import type { Reports } from '#cli/reports.ts';
import { createEventEar, createRuntimeLog } from '#cli/runtime-log.ts';
import { codeHostSettings, sourceSettings } from '#cli/source-settings.ts';
import type { Stderr } from '#cli/stderr.ts';
import type { RuntimeTelemetry } from '#cli/telemetry.ts';
import { createTelemetry } from '#cli/telemetry.ts';
import { createTests } from '#cli/tests.ts';
import { createToolServices } from '#cli/tool-services.ts';
import type { Config } from '#config/load.ts';
import { loadConfig } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { CallTool } from '#engine/call-tool.ts';
import { createCallTool } from '#engine/call-tool.ts';
import { createHeldSecrets } from '#engine/held-secrets.ts';
import type { InFlight } from '#engine/in-flight.ts';
import type { Incidents } from '#engine/incidents.ts';
import { createIncidents } from '#engine/incidents.ts';
import { createLifecycleHooks } from '#engine/lifecycle-hooks.ts';
import { createPages } from '#engine/pages.ts';
import type { Redact } from '#engine/redact.ts';
import { sensitiveContents } from '#engine/sensitive-contents.ts';
import type { FateService } from '#engine/services/pull-request-fate.ts';
import { createToolRegistry } from '#engine/tool-registry.ts';
import { createVerification } from '#engine/verification.ts';
import type { ApprovalProof, Approvals } from '#policy/approvals.ts';
import { createApprovals } from '#policy/approvals.ts';
import { createGate } from '#policy/gate.ts';
import { guards } from '#policy/guards/index.ts';
import type { HumanWord } from '#policy/human-word.ts';
import { createHumanWord } from '#policy/human-word.ts';
import type { Policy } from '#policy/schema.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';
import { withCallFacts } from '#telemetry/call-facts.ts';
import type { Dropped } from '#telemetry/dropped.ts';
import { createDropped } from '#telemetry/dropped.ts';
import type { Log, LogLevel } from '#telemetry/log.ts';
import { keptSpan } from '#telemetry/tracing.ts';
import { createGitWorkspace } from '#workspace/git-workspace.ts';
import { patchFiles } from '#workspace/patch/patch-files.ts';
import type { Repositories } from '#workspace/repository.ts';
import { createRepositories } from '#workspace/repository.ts';
import type { Workspace } from '#workspace/workspace.ts';

import { tools } from '../../tools/index.ts';

/** How a process was started. */
export interface RuntimeOptions {
  readonly transport: 'stdio' | 'http';
  readonly configPath: string | undefined;
  readonly maxUsd: number | undefined;
  readonly readOnly: boolean;
  /** False for commands that only read the records: no secret of the configuration is asked for. */
  readonly needsSecrets: boolean;
  /** Where what makes calls may log; other commands tell their user only what went wrong. */
  readonly stderr?: Stderr;
  /** The level of that log where the configuration says none; without any nothing is logged but what went wrong. */
  readonly logLevel?: LogLevel;
  /** What it gave up is counted here. */
  readonly dropped?: Dropped;
}

/** Everything that is constructed once per process. */
export interface Runtime extends RuntimeTelemetry, AsyncDisposable {
  readonly config: Config;
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly redact: Redact;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly repositories: Pick<Repositories, 'pushTarget'>;
  readonly workspace: Pick<Workspace, 'references'>;
  readonly reports: Reports;
  readonly handOver: HandOverDesk;
  /** Asks the code host what became of pull requests. */
  readonly fates: FateService;
  readonly callTool: CallTool;
  readonly approvals: Approvals;
  /** What humans said, as far as it is proved under this configuration. */
  readonly word: HumanWord;
  readonly proof: ApprovalProof;
  readonly guard: GuardStatus;
  /** The operator's own policy; what a repository adds to it is in `policyOf`. */
  readonly operatorPolicy: Policy;
  /** The policy of an incident. */
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly killSwitch: KillSwitch;
  /** The names of the tools that this server offers. */
  readonly toolNames: readonly string[];
  serverFactory(inFlight: InFlight, callTool: CallTool): Promise<McpServerFactory>;
}

/** Builds the object graph; nothing is written, opened or connected before the first call needs it. */
export function createRuntime(invocation: Invocation, options: RuntimeOptions): Runtime {
  const clock = systemClock;
  const loaded = loadConfig({
    workingDirectory: invocation.workingDirectory,
    path: options.configPath,
    environment: invocation.environment,
    needsSecrets: options.needsSecrets,
    tools: tools.map(({ name }) => name),
  });
  invocation.onSecrets?.(loaded.secrets);
  const stateFolder = stateFolderOf(invocation);
  const version = packageVersion(invocation);
  const held = createHeldSecrets(loaded.secrets);
  const { redact } = held;
  const level = options.stderr && (loaded.file.log.level ?? options.logLevel);
  const log = createRuntimeLog({ stderr: options.stderr, level, clock, redact });
  const ear = createEventEar(log, level !== undefined);
  const store = createSqliteStore({
    folder: stateFolder,
    clock,
    mayMakeKey: () => guard.strength === 'enforced',
    spanOf: keptSpan,
    readUnder: sourceSettings(loaded),
    openedUnder: codeHostSettings(loaded),
    onEvent: ear.onEvent,
  });
  const repositories = createRepositories({ stateFolder, clock, environment: invocation.environment });
  const workspace = createGitWorkspace({ store, clock, repositories, patcher: patchFiles });
  const policies = createPolicies({
    config: loaded,
    packageFolder: invocation.packageFolder,
    fileAt: (incident, file) => workspace.read(incident, file, 'base'),
    onLoad: async (incident, policy) => held.hold(await sensitiveContents(workspace, incident, policy)),
  });
  const config = withPolicyTelemetry(loaded, policies.operator, invocation);
  const tests = createTests({ config, store, clock, workspace, stateFolder, invocation, policyOf: policies.of });
  const verification = createVerification({ store, tests });
  const proof = approvalProof(config, policies.operator);
  const approvals = createApprovals({ store, clock, proof });
  const word = createHumanWord({ store, approvals });
  const guard = guardStatus({ config, stateFolder, proof, transport: options.transport });
  const guardView = { strength: guard.strength, reasons: [...new Set(guard.reasons.map(({ reason }) => reason))] };
  const killSwitch = createKillSwitch(invocation, config.path);
  const freezeFile = config.file.freeze_file && path.resolve(config.folder, config.file.freeze_file);
  const frozen = () => (freezeFile === undefined ? undefined : freezeOf(freezeFile));
  const gate = createGate({
    guards,
    store,
    clock,
    approvals,
    guard: guardView,
    word,
    policyOf: policies.of,
    maxUsd: options.maxUsd,
    halted: killSwitch.halted,
    frozen,
  });
  const registry = createToolRegistry(tools, { enabled: config.file.tools.enabled, readOnly: options.readOnly });
  const services = createToolServices({
    config,
    store,
    clock,
    held,
    repositories,
    workspace,
    tests,
    verification,
    gate,
    word,
    isProved: approvals.isProved,
    registry,
    policyOf: policies.of,
    guard: guardView,
    frozen,
    stateFolder,
    version,
  });
  const incidents = createIncidents({
    store,
    clock,
    repositories,
    verification,
    word,
    autoOpen: autoOpen({
      config,
      options,
      policy: policies.operator,
      locate: () => repositories.locate(invocation.workingDirectory),
    }),
  });
  const reports = createReports({
    store,
    clock,
    workspace,
    repositories,
    verification,
    policyOf: policies.of,
    capsOf: gate.caps,
    word,
    isProved: approvals.isProved,
    humanProof: proof.mode,
    config,
    version,
    builtIn: builtInVersions(invocation),
    guard: guardView,
    redact,
    log,
  });
  const call = createCallTool({
    registry,
    services,
    gate,
    incidents,
    pages: createPages({ store, redact, clock }),
    store,
    redact,
    onInternalError: (reference, error) =>
      log(
        'error',
        `internal error ${reference}: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`,
        { reference },
      ),
  });
  const handOver = createHandOverDesk({
    config,
    store,
    clock,
    redact,
    log,
    reports,
    word,
    isProved: approvals.isProved,
    stateFolder,
  });
  const hooks = createLifecycleHooks({
    store,
    policyOf: policies.of,
    clock,
    redact,
    run: createHookRunner(invocation),
  });
  const telemetry = createTelemetry({
    config,
    toTell: ear.toTell,
    carrier: options.transport === 'stdio' ? carrierOf(invocation) : undefined,
    store,
    redact,
    log,
    version,
    stateFolder,
    dropped: options.dropped ?? createDropped(),
    stderr: options.stderr,
  });
  return {
    ...telemetry,
    config,
    stateFolder,
    clock,
    store,
    redact,
    log,
    incidents,
    repositories,
    workspace,
    reports,
    handOver,
    fates: services.fates,
    approvals,
    word,
    proof,
    guard,
    killSwitch,
    callTool: reports.keepingUpToDate(handOver.around(hooks.around((request) => withCallFacts(() => call(request))))),
    operatorPolicy: policies.operator,
    policyOf: policies.of,
    toolNames: registry.names,
    async serverFactory(inFlight, callTool) {
      // Other commands do without the library of the protocol, which takes long to load.
      const [{ createServerFactory }, { createResources }] = await Promise.all([
        import('#engine/create-server.ts'),
        import('#engine/resources.ts'),
      ]);
      const resources = createResources({ store, redact, policyOf: policies.of });
      return createServerFactory({ version, registry, callTool, resources, inFlight, tracer: telemetry.tracer });
    },
    async [Symbol.asyncDispose]() {
      await handOver[Symbol.asyncDispose]();
      await telemetry.closeTelemetry();
      await repositories[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      telemetry.letGo();
    },
  };
}
