import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSecretlint } from '#analysis/secretlint.ts';
import type { Refusal } from '#domain/errors.ts';
import type { LogEntry } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import type { SecretScan } from '#domain/secret-scan.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { ToolAnswer, ToolCall } from '#engine/call-tool.ts';
import { createCallTool } from '#engine/call-tool.ts';
import { createIncidents } from '#engine/incidents.ts';
import { createPages } from '#engine/pages.ts';
import { createHeldSecretFinder, createRedactor } from '#engine/redact.ts';
import { createResources } from '#engine/resources.ts';
import { createSecretReview } from '#engine/secret-review.ts';
import { createDeployService } from '#engine/services/deploys.ts';
import { createEscalationService } from '#engine/services/escalation.ts';
import { createIncidentService } from '#engine/services/incident-view.ts';
import { createLogService } from '#engine/services/logs.ts';
import { createMetricService } from '#engine/services/metrics.ts';
import { createPatchService } from '#engine/services/patching.ts';
import { createPublishService } from '#engine/services/publishing.ts';
import { createFateService } from '#engine/services/pull-request-fate.ts';
import { createRiskGatherer } from '#engine/services/risk-facts.ts';
import { createTestService } from '#engine/services/testing.ts';
import type { Chosen, SourceChoice } from '#engine/sources.ts';
import { createSpentTests } from '#engine/spent-tests.ts';
import type { ToolSwitches } from '#engine/tool-registry.ts';
import { createToolRegistry } from '#engine/tool-registry.ts';
import type { AnyTool } from '#engine/tool.ts';
import { createVerification } from '#engine/verification.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import { createApprovals } from '#policy/approvals.ts';
import { createGate } from '#policy/gate.ts';
import { guards } from '#policy/guards/index.ts';
import { createHumanWord } from '#policy/human-word.ts';
import { parsePolicy } from '#policy/load.ts';
import type { Policy } from '#policy/schema.ts';
import type { LogSource, MetricSource } from '#providers/sources.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { SuiteInfo } from '#workspace/workspace.ts';

import { tools as shippedTools } from '../../tools/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeHost, createFakeSources, createFakeTestRunner, createFakeWorkspace } from './fake-ports.ts';
import { sampleEvent, sampleIncident } from './store-samples.ts';

/** The policy that ships with the product. */
export const shippedPolicy = parsePolicy(
  readFileSync(new URL('../../policies/default.yaml', import.meta.url), 'utf8'),
  'policies/default.yaml',
);

/** A secret that the fixture's server holds. */
export const SERVER_SECRET = 'xy7-Gq2/vL+9==t';

const unit: SuiteInfo = { name: 'unit', required: true, argv: ['node', '--test'], declared: true };

/** How a test wants its engine. */
export interface EngineSetup {
  readonly proof?: ApprovalProof;
  readonly budget?: Partial<Policy['budget']>;
  readonly policy?: Partial<Policy>;
  readonly suites?: readonly SuiteInfo[];
  readonly switches?: Partial<ToolSwitches>;
  readonly tools?: readonly AnyTool[];
  readonly maxUsd?: number;
  /** Agents may open incidents. */
  readonly autoOpen?: boolean;
  /** The word of a human takes a key. */
  readonly incident?: Partial<Incident>;
  /** Of the repository that every address leads to. */
  readonly identity?: string;
  /** More files of the base commit. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where metrics come from, and what services are configured to ask; nothing when absent. */
  readonly metrics?: Chosen<MetricSource>;
  /** Where logs come from; the events that the test puts in when absent. */
  readonly logSource?: LogSource;
  /** The second opinion on secrets; secretlint when absent. */
  readonly scan?: SecretScan;
}

/** The whole engine on a real store, with fakes only where the outside world begins. */
export function createEngine(setup: EngineSetup = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fixgate-engine-'));
  const clock = createFakeClock();
  const store = createSqliteStore({ folder, clock });
  const policy: Policy = { ...shippedPolicy, ...setup.policy, budget: { ...shippedPolicy.budget, ...setup.budget } };
  const policyOf = async () => policy;
  const policyAsked: string[] = [];
  const redact = createRedactor([SERVER_SECRET]);
  const logs: LogEntry[] = [];
  const host = createFakeHost();
  const workspace = createFakeWorkspace(
    store,
    { 'src/queue.js': 'leaks', 'README.md': 'old', ...setup.files },
    clock.now,
  );
  const tests = createFakeTestRunner(
    store,
    async (incident) => (await workspace.current(incident)).tree,
    setup.suites ?? [unit],
  );
  const verification = createVerification({ store, tests });
  const approvals = createApprovals({ store, clock, proof: setup.proof ?? { mode: 'none' } });
  const word = createHumanWord({ store, approvals });
  const halt: { reason?: string } = {};
  const halted = () => halt.reason;
  const freeze: { reason?: string } = {};
  const frozen = () => freeze.reason;
  const gate = createGate({ guards, store, clock, approvals, word, policyOf, maxUsd: setup.maxUsd, halted, frozen });
  const registry = createToolRegistry(setup.tools ?? shippedTools, {
    enabled: undefined,
    readOnly: false,
    ...setup.switches,
  });
  const { metrics } = setup;
  const fakes = createFakeSources(logs, setup.logSource);
  const sources = metrics
    ? {
        ...fakes,
        metrics: (_: Incident, { query: text }: SourceChoice) => ({ ...metrics, ...(text !== undefined && { text }) }),
      }
    : fakes;
  const risks = createRiskGatherer({
    workspace,
    store,
    clock,
    ownRuns: verification.runs,
    isProved: approvals.isProved,
  });
  const spent = createSpentTests({ store, clock, verification, capsOf: gate.caps });
  const findHeld = createHeldSecretFinder([SERVER_SECRET], 'secret-of-this-server');
  const review = createSecretReview({ scan: setup.scan ?? createSecretlint(), findHeld, redact });
  const fates = createFateService({ store, clock, hostOf: () => host });
  const services = {
    logs: createLogService({ sources, clock, store, redact }),
    metrics: createMetricService({ sources, clock, store, redact }),
    deploys: createDeployService({ sources, clock, store, redact, policyOf }),
    patches: createPatchService({ workspace, store, risks, review, policyOf }),
    tests: createTestService({ tests, verification, store, risks, redact, spent }),
    publishing: createPublishService({
      workspace,
      verification,
      risks,
      store,
      hostOf: () => host,
      policyOf,
      clock,
      isProved: approvals.isProved,
      review,
      version: '0.0.0',
      guard: { strength: 'advisory', reasons: ['stdio'] },
      frozen,
    }),
    incidents: createIncidentService({
      store,
      clock,
      workspace,
      tests,
      verification,
      policyOf,
      situationOf: gate.situation,
      risks,
      spent,
      fates,
      sources,
      registry: () => registry,
    }),
    escalation: createEscalationService({ store, clock, redact, word }),
  };
  const resolve = async ({ location, base }: { location: string; base?: string }) => ({
    location,
    ...(setup.identity !== undefined && { identity: setup.identity }),
    baseBranch: base ?? 'main',
    baseCommit: (base === 'next' ? 'c' : 'b').repeat(40),
  });
  const maxPerDay = policy.incidents_opened_by_agents.max_per_day;
  const autoOpen = setup.autoOpen ? { repositoryOf: async () => '/srv/user-service', maxPerDay } : undefined;
  const incidents = createIncidents({ store, clock, repositories: { resolve }, verification, autoOpen, word });
  const internal: { reference: string; error: unknown }[] = [];
  const callTool = createCallTool({
    registry,
    services,
    gate,
    incidents,
    pages: createPages({ store, redact, clock }),
    store,
    redact,
    onInternalError: (reference, error) => internal.push({ reference, error }),
  });
  store.openIncident(sampleIncident('PD-1', setup.incident), sampleEvent('incident.opened'));
  const call = (
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    extra: Partial<ToolCall> = {},
  ): Promise<ToolAnswer> =>
    callTool({
      name,
      args: { incident_id: 'PD-1', ...args },
      actor: 'test/1',
      signal: new AbortController().signal,
      progress: () => {},
      ...extra,
    });
  return {
    store,
    clock,
    policy,
    redact,
    registry,
    logs,
    host,
    fates,
    workspace,
    tests,
    verification,
    gate,
    approvals,
    /** Set `reason` to stop all writes. */
    halt,
    /** Set `reason` to allow drafts only. */
    freeze,
    incidents,
    internal,
    callTool,
    call,
    resources: createResources({ store, redact, policyOf: async ({ id }) => void policyAsked.push(id) }),
    /** Incidents whose policy was asked for by a look at a resource. */
    policyAsked,
    /** A patch that the policy allows; `n` makes it another one. */
    patch: (n = 0) =>
      call('apply_patch', { patch: JSON.stringify({ 'src/queue.js': `fixed ${n}` }), reason: 'release every job' }),
    incident: (id = 'PD-1'): Incident => {
      const found = store.getIncident(id);
      if (!found) throw new Error(`no ${id}`);
      return found;
    },
    /** What was written for the calls of a chain. */
    records: (chain = 'PD-1'): readonly TimelineEvent[] =>
      store.timeline(chain).filter(({ type }) => type.startsWith('call.')),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Engine = ReturnType<typeof createEngine>;

/** The refusal on the last line of an answer. */
export function refusalOf({ text }: ToolAnswer): Refusal {
  return JSON.parse(text.split('\n').at(-1) ?? '') as Refusal;
}
