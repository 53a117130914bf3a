import { createHash } from 'node:crypto';

import { FixgateError } from '#domain/errors.ts';
import type { TestPlan } from '#domain/remediation.ts';
import type { BaseOutcome, BasePlan, TestName } from '#domain/test-comparison.ts';

import { attempt, openSite, type Attempt } from './attempt.ts';
import { createTestIndex, failingTests } from './classify.ts';
import type { BaseReading, JobContext } from './job-context.ts';
import { toKnownTests } from './lost-tests.ts';
import { rerunFailing } from './reruns.ts';

/** Failing tests that are kept of a base commit; with more nothing is compared. */
const MAX_BASE_FAILURES = 2_000;

/** The base commit may take so many times as long as the tree took, and never less than a floor: what hangs there is stopped soon. */
const PATIENCE = { factor: 3, leastSeconds: 30 } as const;

/** A selection of which nothing is on the base commit. */
const NO_TESTS: BaseOutcome = {
  verdict: 'no_tests',
  exitCode: null,
  failing: [],
  counts: { ran: 0, skipped: 0 },
  names: { ran: [], skipped: [] },
};

/** What is known of the base commit for this selection: what was kept, else what it says when it runs now. */
export async function readBase(first: Attempt, base: BasePlan, job: JobContext): Promise<BaseReading> {
  if (base.argv === undefined) {
    const reason = 'None of the selected test files is on the base commit.';
    return { state: 'ran', reason, outcome: NO_TESTS, seconds: 0 };
  }
  const patience = Math.max(PATIENCE.leastSeconds, Math.ceil(first.seconds * PATIENCE.factor));
  const limit = Math.min(base.timeoutSeconds, patience);
  const key = baseKey(base.argv, job);
  const known = job.deps.store.baseOutcome(key);
  if (known !== undefined && (known.limitSeconds ?? limit) >= limit) return toReading('cached', known, 0);
  if (limit < 1) return unknown('No test_seconds are left to run the base commit.');
  try {
    const { outcome, reason, seconds } = await runBase(base.argv, limit, { ...job, base });
    if (outcome === undefined) return unknown(reason ?? 'The base commit came to no result.', seconds);
    job.deps.store.keepBaseOutcome(key, outcome);
    return toReading('ran', outcome, seconds);
  } catch (error) {
    return unknown(`The base commit could not be run: ${error instanceof FixgateError ? error.message : 'it failed'}`);
  }
}

/** What a finished run on a base tree is kept as; undefined when it came to no result that another run could be held against. */
export function toBaseOutcome(found: Attempt, flaky: readonly TestName[]): BaseOutcome | undefined {
  const { verdict, exitCode, failures } = found.result;
  const failing = failingTests(found);
  if (verdict !== 'pass' && verdict !== 'fail' && verdict !== 'no_tests') return undefined;
  if ((found.result.blocked?.length ?? 0) > 0 || failing.length > MAX_BASE_FAILURES) return undefined;
  const [isFlaky, explain] = [createTestIndex(flaky), createTestIndex(failures)];
  return {
    verdict,
    exitCode,
    ...toKnownTests(found),
    failing: failing.map(({ test, file }) => {
      const failure = explain({ test, ...(file !== undefined && { file }) });
      return {
        test,
        ...(file !== undefined && { file }),
        message: (failure?.message.split('\n')[0] ?? '').slice(0, 200),
        flaky: isFlaky({ test, ...(file !== undefined && { file }) }) !== undefined,
        ...(failure?.collection && { collection: true }),
      };
    }),
  };
}

/** Outcomes that an older version kept say less, or of less: they are not found again. */
const OUTCOME_SHAPE = 3;

/** What a kept outcome is found by. */
type BaseContext = Pick<JobContext, 'run' | 'incident' | 'site'>;

/** Digest of all that decides what a selection finds on a base tree. */
export function baseKey(
  argv: readonly string[],
  { run: { plan }, incident, site: { dependencies } }: BaseContext,
): string {
  const { base, cwd, env, format, suite, suiteDigest, sandbox } = plan;
  const sorted = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const facts = [
    OUTCOME_SHAPE,
    base?.tree,
    // Whose installed dependencies were copied.
    incident.repository.location,
    suiteDigest ?? null,
    dependencies.reused,
    dependencies.reason,
    suite,
    argv,
    cwd,
    sorted,
    format,
    sandbox ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

interface BaseRun {
  readonly outcome?: BaseOutcome;
  readonly reason?: string;
  readonly seconds: number;
}

async function runBase(
  argv: readonly string[],
  limit: number,
  { run, incident, deps, enter, base }: JobContext & { readonly base: BasePlan },
): Promise<BaseRun> {
  enter('base');
  const plan: TestPlan = { ...run.plan, argv, tree: base.tree };
  const site = await openSite({ incident, tree: base.tree, plan }, deps);
  const found = await attempt(site, { plan, timeoutMs: limit * 1_000, label: run.jobId }, deps);
  const { seconds, result } = found;
  if (result.verdict === 'timeout') {
    return { outcome: { verdict: 'timeout', exitCode: null, failing: [], limitSeconds: limit }, seconds };
  }
  const failing = failingTests(found);
  const names = result.verdict === 'fail' && toBaseOutcome(found, []) !== undefined ? failing : [];
  const left = Math.floor(base.timeoutSeconds - seconds);
  const request = { incident, tree: base.tree, plan, failing: names, seconds: left, label: run.jobId };
  const reruns = names.length === 0 || left < 1 ? undefined : await rerunFailing(request, deps);
  const outcome = toBaseOutcome(found, reruns?.flaky ?? []);
  const all = seconds + (reruns?.seconds ?? 0);
  if (outcome !== undefined) return { outcome, seconds: all };
  const many = failing.length > MAX_BASE_FAILURES;
  return {
    reason: many ? tooMany(failing.length) : `On the base commit: ${result.reason ?? result.verdict}`,
    seconds: all,
  };
}

function tooMany(count: number): string {
  return `On the base commit ${count} tests failed; no more than ${MAX_BASE_FAILURES} are compared.`;
}

function toReading(state: 'ran' | 'cached', outcome: BaseOutcome, seconds: number): BaseReading {
  const { verdict, limitSeconds, failing, exitCode } = outcome;
  if (verdict === 'timeout') {
    const reason = `On the base commit the same tests ran past ${limitSeconds ?? 0} s and were stopped.`;
    return { state: 'unknown', reason, seconds };
  }
  const silent = verdict === 'fail' && failing.length === 0;
  const reason = `On the base commit the command ended with exit code ${exitCode} and named no failing test.`;
  return { state, outcome, seconds, ...(silent && { reason }) };
}

function unknown(reason: string, seconds = 0): BaseReading {
  return { state: 'unknown', reason, seconds };
}
