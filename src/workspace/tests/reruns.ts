import type { Incident } from '#domain/incident.ts';
import type { TestPlan, TestResult } from '#domain/remediation.ts';
import type { TestName } from '#domain/test-comparison.ts';

import { attempt, openSite, type AttemptDeps } from './attempt.ts';
import { createTestIndex } from './classify.ts';
import { narrowedArgv } from './narrow.ts';

/** A test that failed may pass in one of so many re-runs. */
const MAX_RERUNS = 2;

/** More failures than these are no matter of chance, and their names may not fit a command line. */
export const MAX_RERUN_TESTS = 50;

/** What is run again, and where. */
export interface RerunRequest {
  readonly incident: Incident;
  readonly tree: string;
  readonly plan: TestPlan;
  readonly failing: readonly TestName[];
  /** Seconds that all of it may take. */
  readonly seconds: number;
  readonly label: string;
}

/** What the re-runs found. */
export interface Reruns {
  /** Passed at least once. */
  readonly flaky: readonly TestName[];
  readonly seconds: number;
  readonly blocked: NonNullable<TestResult['blocked']>;
}

/** Runs only the failing tests again, in fresh processes on a tree that is written anew, until each has passed or failed twice. */
export async function rerunFailing(request: RerunRequest, deps: AttemptDeps): Promise<Reruns> {
  const { plan, incident, tree, label } = request;
  // A file that cannot be loaded has no tests to name.
  let failing = request.failing.filter(({ test, file }) => test !== file);
  const flaky: TestName[] = [];
  const blocked: NonNullable<TestResult['blocked']>[number][] = [];
  let seconds = 0;
  if (plan.rerun === undefined || failing.length > MAX_RERUN_TESTS) return { flaky, seconds, blocked };
  for (let round = 0; round < MAX_RERUNS; round += 1) {
    const left = request.seconds - seconds;
    const narrowed = narrowedArgv(plan.rerun, plan, failing);
    if (narrowed === undefined || left < 1 || deps.signal.aborted) break;
    const site = await openSite({ incident, tree, plan }, deps);
    const again = await attempt(site, { plan, narrowed, timeoutMs: left * 1_000, label }, deps);
    seconds += again.seconds;
    blocked.push(...(again.result.blocked ?? []));
    const passed = createTestIndex(again.cases.filter(({ outcome }) => outcome === 'passed'));
    const failed = createTestIndex(again.cases.filter(({ outcome }) => outcome === 'failed'));
    const isFlaky = (test: TestName) => passed(test) !== undefined && failed(test) === undefined;
    flaky.push(...failing.filter(isFlaky));
    failing = failing.filter((test) => !isFlaky(test));
  }
  return { flaky, seconds, blocked };
}
