import type { TestResult } from '#domain/remediation.ts';
import type { BaseOutcome, BasePlan, Comparison, TestName } from '#domain/test-comparison.ts';

import type { Attempt } from './attempt.ts';
import { baseKey, readBase, toBaseOutcome } from './base-run.ts';
import { classify, createTestIndex, failingTests, fixedTests, slowestTests, type Compared } from './classify.ts';
import { confirmFixed } from './confirm.ts';
import type { BaseReading, JobContext } from './job-context.ts';
import { keptCases } from './kept-cases.ts';
import { withLost } from './lost-tests.ts';
import { rerunFailing, type Reruns } from './reruns.ts';

/** Completes a run: the same tests on the base commit, the failing ones once more, and what that says of each. */
export async function compare(first: Attempt, job: JobContext): Promise<TestResult> {
  const { plan } = job.run;
  const slowest = slowestTests(first.cases);
  const cases = keptCases(first.cases);
  const result: TestResult = { ...first.result, ...(cases && { cases }), ...(slowest.length > 0 && { slowest }) };
  const { base } = plan;
  if (base === undefined || result.verdict === 'no_tests') return result;
  const whyNot = incomparable(result);
  if (whyNot !== undefined) return { ...result, comparison: unknown(base, whyNot) };
  const isSame = base.tree === plan.tree;
  const reading: BaseReading = isSame ? { state: 'same', seconds: 0 } : await readBase(first, base, job);
  const reruns = await rerun(first, reading, job);
  const outcome = isSame ? keepOwn(first, reruns, job) : reading.outcome;
  const compared: Compared = {
    commit: base.commit,
    state: reading.state,
    flaky: [...reruns.flaky, ...contradicted(first, job)],
    byExitCode: plan.format === 'exit_code',
    ...(reading.reason !== undefined && { reason: reading.reason }),
    ...(outcome && { base: outcome }),
  };
  const confirmed = await confirm(first, { compared, reading, reruns }, job);
  const extraSeconds = { reruns: rounded(reruns.seconds + confirmed.seconds), base: rounded(reading.seconds) };
  const classified = classify({ result, cases: first.cases }, { ...compared, ...confirmed.compared });
  return withBlocked({ ...withLost({ result: classified, cases: first.cases }, outcome, plan), extraSeconds }, [
    ...reruns.blocked,
    ...confirmed.blocked,
  ]);
}

interface Confirmed {
  readonly compared: Partial<Compared>;
  readonly seconds: number;
  readonly blocked: Reruns['blocked'];
}

/** Whatever is said to be fixed is run again. */
async function confirm(
  first: Attempt,
  { compared, reading, reruns }: { compared: Compared; reading: BaseReading; reruns: Reruns },
  job: JobContext,
): Promise<Confirmed> {
  const { plan } = job.run;
  const fixed = fixedTests(first, compared);
  if (plan.base === undefined || fixed.length === 0) return { compared: {}, seconds: 0, blocked: [] };
  job.enter('reruns');
  const held = plan.base.timeoutSeconds + (plan.rerun?.timeoutSeconds ?? 0);
  const seconds = Math.floor(held - reading.seconds - reruns.seconds);
  const nothing = { flaky: [], edited: [], unconfirmed: fixed, seconds: 0, blocked: [] };
  // What cannot be run again is not called fixed; the run is worth what it is worth.
  const found = await confirmFixed({ fixed, base: plan.base, seconds }, job).catch(() => nothing);
  const { flaky: lucky, edited, unconfirmed } = found;
  const reason = unconfirmed.length === 0 ? undefined : NOT_RUN_AGAIN(unconfirmed.length);
  return {
    compared: { lucky, edited, unconfirmed, ...(reason !== undefined && { reason }) },
    seconds: found.seconds,
    blocked: found.blocked,
  };
}

const NOT_RUN_AGAIN = (count: number) =>
  `${count} ${count === 1 ? 'test' : 'tests'} that failed on the base commit passed, and are not called fixed: they could not be run twice more in the time that was left.`;

/** Why a run says nothing that could be compared. */
function incomparable({ verdict, blocked, reason }: TestResult): string | undefined {
  if ((blocked?.length ?? 0) > 0) return 'Nothing was compared, because the tests tried to run a blocked command.';
  if (verdict === 'timeout') return 'Nothing was compared, because the suite itself ran past its limit.';
  if (verdict !== 'infra_error') return undefined;
  return `Nothing was compared, because the suite came to no result${reason === undefined ? '' : ': see its reason'}.`;
}

function unknown({ commit }: BasePlan, reason: string): Comparison {
  return { commit, state: 'unknown', reason, fixed: [], fixedCount: 0 };
}

/** Whoever failed on the base commit each time need not be tried again. */
async function rerun(first: Attempt, { outcome }: BaseReading, job: JobContext): Promise<Reruns> {
  const { run, incident, deps, enter } = job;
  const nothing: Reruns = { flaky: [], seconds: 0, blocked: [] };
  const before = createTestIndex(outcome?.failing ?? []);
  const failing = failingTests(first).filter((test: TestName) => before(test)?.flaky !== false);
  if (run.plan.rerun === undefined || failing.length === 0 || deps.signal.aborted) return nothing;
  enter('reruns');
  const request = {
    incident,
    tree: run.plan.tree,
    plan: run.plan,
    failing,
    seconds: run.plan.rerun.timeoutSeconds,
    label: run.jobId,
  };
  // Without them no test is called flaky; the run is worth what it is worth.
  return await rerunFailing(request, deps).catch(() => nothing);
}

/** Tests that pass now and failed in an earlier run of the same suite on the very same tree: luck, and no proof. */
function contradicted({ cases }: Attempt, { run, deps }: JobContext): readonly TestName[] {
  const earlier = deps.store
    .testRuns(run.incidentId)
    .filter(({ plan }) => plan.tree === run.plan.tree && plan.suite === run.plan.suite)
    .flatMap(({ result }) => (result?.verdict === 'timeout' ? [] : (result?.failures ?? [])));
  const failed = createTestIndex(earlier);
  return cases.filter((test) => test.outcome === 'passed' && failed(test) !== undefined);
}

/** A run on the base's own tree serves all that come after it. */
function keepOwn(first: Attempt, { flaky }: Reruns, job: JobContext): BaseOutcome | undefined {
  const outcome = toBaseOutcome(first, flaky);
  if (outcome !== undefined) job.deps.store.keepBaseOutcome(baseKey(job.run.plan.argv, job), outcome);
  return outcome;
}

/** A blocked command in a re-run is one in the run. */
function withBlocked(result: TestResult, blocked: Reruns['blocked']): TestResult {
  const [first] = blocked;
  if (first === undefined) return result;
  const reason = `The tests tried to run ${JSON.stringify(first.call.slice(0, 200))} when they were run again, which blocked_commands/${first.entry} forbids; it was not executed.`;
  return { ...result, verdict: 'fail', reason, blocked };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
