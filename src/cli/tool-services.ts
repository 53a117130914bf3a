import { createSecretlint } from '#analysis/secretlint.ts';
import { createEvidenceSources } from '#cli/evidence-sources.ts';
import { createFreshClones } from '#cli/fresh-clones.ts';
import { createHosts } from '#cli/hosts.ts';
import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { HeldSecrets } from '#engine/held-secrets.ts';
import { createSecretReview } from '#engine/secret-review.ts';
import { createDeployService } from '#engine/services/deploys.ts';
import { createEscalationService } from '#engine/services/escalation.ts';
import { createIncidentService } from '#engine/services/incident-view.ts';
import { createLogService } from '#engine/services/logs.ts';
import { createMetricService } from '#engine/services/metrics.ts';
import { createPatchService } from '#engine/services/patching.ts';
import { createPublishService } from '#engine/services/publishing.ts';
import type { FateService } from '#engine/services/pull-request-fate.ts';
import { createFateService } from '#engine/services/pull-request-fate.ts';
import { createRiskGatherer } from '#engine/services/risk-facts.ts';
import { createTestService } from '#engine/services/testing.ts';
import { createSpentTests } from '#engine/spent-tests.ts';
import type { ToolRegistry } from '#engine/tool-registry.ts';
import type { ToolServices } from '#engine/tool.ts';
import type { Verification } from '#engine/verification.ts';
import type { Approvals } from '#policy/approvals.ts';
import type { Gate } from '#policy/gate.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { Policy } from '#policy/schema.ts';
import type { GuardView } from '#report/guard.ts';
import type { Store } from '#state/store.ts';
import type { Repositories } from '#workspace/repository.ts';
import type { TestRunner, Workspace } from '#workspace/workspace.ts';

interface ToolServicesDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly held: HeldSecrets;
  readonly repositories: Repositories;
  readonly workspace: Workspace;
  readonly tests: TestRunner;
  readonly verification: Verification;
  readonly gate: Gate;
  readonly word: HumanWord;
  readonly isProved: Approvals['isProved'];
  readonly registry: ToolRegistry;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly guard: GuardView;
  /** Why pull requests are drafts only now. */
  readonly frozen: () => string | undefined;
  readonly stateFolder: string;
  readonly version: string;
}

/** Makes what the tools do their work with; nothing of it decides who may do what. */
export function createToolServices(deps: ToolServicesDeps): ToolServices & { readonly fates: FateService } {
  const { config, store, clock, held, repositories, workspace, tests, verification, gate, policyOf, isProved } = deps;
  const repositoryFolder = createFreshClones(repositories, clock);
  const sources = createEvidenceSources({ config, clock, repositoryFolder });
  const hosts = createHosts({ config, clock, repositories, stateFolder: deps.stateFolder, store });
  const fates = createFateService({ store, clock, hostOf: hosts.of });
  const risks = createRiskGatherer({ workspace, store, clock, ownRuns: verification.runs, isProved });
  const spent = createSpentTests({ store, clock, verification, capsOf: gate.caps });
  const { redact } = held;
  const review = createSecretReview({ scan: createSecretlint(), findHeld: held.find, redact });
  return {
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
      hostOf: hosts.of,
      policyOf,
      clock,
      isProved,
      review,
      version: deps.version,
      guard: deps.guard,
      frozen: deps.frozen,
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
      registry: () => deps.registry,
    }),
    escalation: createEscalationService({ store, clock, redact, word: deps.word }),
    fates,
  };
}
