import type { InspectAction, TestAction } from '#domain/action.ts';
import { FixgateError } from '#domain/errors.ts';
import type { TestRun, TestScope } from '#domain/remediation.ts';
import type { Redact } from '#engine/redact.ts';
import type { RiskGatherer } from '#engine/services/risk-facts.ts';
import type { TestOutput } from '#engine/services/test-output.ts';
import { describePhase, toPlannedOutput, toTestOutput } from '#engine/services/test-output.ts';
import type { SpentTests } from '#engine/spent-tests.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Verification } from '#engine/verification.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';
import type { TestRunner } from '#workspace/workspace.ts';

/** What `run_tests` is asked: a new run, or how the run `job_id` stands. */
export interface TestInput {
  readonly suite?: string | undefined;
  readonly scope: TestScope;
  readonly files?: readonly string[] | undefined;
  readonly name_pattern?: string | undefined;
  readonly timeout_s?: number | undefined;
  readonly wait_s: number;
  readonly job_id?: string | undefined;
}

/** Runs suites and tells how runs stand. */
export interface TestService {
  plan(input: TestInput, call: CallContext): Promise<TestAction | InspectAction>;
  run(permit: Permit<'test' | 'inspect'>, input: TestInput, call: CallContext): Promise<TestOutput>;
  /** What a run would be, starting nothing; of a run that there is, how it stands. */
  dryRun(action: TestAction | InspectAction, input: TestInput): Promise<TestOutput>;
}

interface TestServiceDeps {
  readonly tests: TestRunner;
  readonly verification: Verification;
  readonly store: Pick<Store, 'getTestRun' | 'patches'>;
  readonly risks: Pick<RiskGatherer, 'weakened'>;
  readonly redact: Redact;
  readonly spent: SpentTests;
}

/** How often a client that asked for progress hears of a running job. */
const PROGRESS_EVERY_MS = 2_000;

/** Makes the service behind `run_tests`. */
export function createTestService(deps: TestServiceDeps): TestService {
  const { tests, verification, store, risks, redact, spent } = deps;
  async function follow(jobId: string, input: TestInput, call: CallContext): Promise<TestRun> {
    const deadline = performance.now() + input.wait_s * 1_000;
    for (;;) {
      const left = deadline - performance.now();
      const run = await tests.wait(jobId, Math.max(0, Math.min(left, PROGRESS_EVERY_MS)), call.signal);
      if (run.status === 'finished' || left <= PROGRESS_EVERY_MS || call.signal.aborted) return run;
      call.progress(describePhase(run));
    }
  }

  return {
    async plan(input, { incident }) {
      if (input.job_id !== undefined) {
        const run = store.getTestRun(input.job_id);
        if (run?.incidentId !== incident.id) throw unknownJob(input.job_id, incident.id);
        return { kind: 'inspect' };
      }
      const action = await tests.plan(incident, {
        scope: input.scope,
        files: input.files ?? [],
        ...(input.suite !== undefined && { suite: input.suite }),
        ...(input.name_pattern !== undefined && { namePattern: input.name_pattern }),
        ...(input.timeout_s !== undefined && { timeoutSeconds: input.timeout_s }),
      });
      // Read afterwards: a tree that a patch made is among the patches by now.
      const made = store.patches(incident.id).find(({ tree }) => tree === action.plan.tree);
      const files = made?.files ?? [];
      const weakened = await risks.weakened(incident, files);
      const plan = weakened.length === 0 ? action.plan : { ...action.plan, weakened };
      const required = (await tests.suites(incident)).filter((suite) => suite.required).map(({ name }) => name);
      return { ...action, plan, onBase: files.length === 0, requiredSuites: required };
    },
    async run(permit, input, call) {
      const jobId = isTestPermit(permit) ? (await tests.start(permit, call.actor)).jobId : (input.job_id ?? '');
      const run = await follow(jobId, input, call);
      if (call.signal.aborted && isTestPermit(permit)) {
        await tests.cancel(jobId);
        throw new FixgateError(
          'cancelled',
          `The run of suite ${run.plan.suite} was cancelled and its processes were stopped.`,
          {
            fix: 'Call run_tests again when the result is wanted.',
          },
        );
      }
      if (run.status !== 'finished') return toTestOutput(run, redact);
      await verification.refresh(call.incident);
      return toTestOutput(run, redact, await spent(call.incident));
    },
    dryRun: async (action, input) =>
      action.kind === 'test'
        ? toPlannedOutput(action.plan, redact)
        : toTestOutput(await tests.wait(input.job_id ?? '', 0, new AbortController().signal), redact),
  };
}

function isTestPermit(permit: Permit<'test' | 'inspect'>): permit is Permit<'test' | 'inspect'> & Permit<'test'> {
  return permit.action.kind === 'test';
}

function unknownJob(jobId: string, incidentId: string): FixgateError {
  return new FixgateError(
    'not_found',
    `Incident ${incidentId} has no test job ${JSON.stringify(jobId.slice(0, 64))}.`,
    {
      fix: 'Use the job_id that run_tests answered for this incident, or leave job_id out to start a run.',
    },
  );
}
