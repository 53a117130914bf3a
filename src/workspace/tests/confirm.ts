import type { BaseFailure, BasePlan, TestName } from '#domain/test-comparison.ts';

import { openSite, type Site } from './attempt.ts';
import type { JobContext } from './job-context.ts';
import { readOriginals, writeInside } from './originals.ts';
import { MAX_RERUN_TESTS, type Reruns } from './reruns.ts';
import { createRounds, type Rounds } from './rounds.ts';

/** A test that failed on the base commit each time is called fixed when it passes so many more times. */
const ROUNDS = 2;

/** Seconds that confirming may take, out of what is held for the base commit and the re-runs. */
const MAX_SECONDS = 120;

/** What running the fixed tests again found. */
export interface Confirmation extends Reruns {
  /** Could not be run again often enough. */
  readonly unconfirmed: readonly TestName[];
  /** Pass only with the test files as the change has them. */
  readonly edited: readonly TestName[];
}

/** What is to be confirmed. */
export interface ConfirmRequest {
  /** Failed on the base commit each time and passed once. */
  readonly fixed: readonly BaseFailure[];
  readonly base: BasePlan;
  /** Seconds that are held and left. */
  readonly seconds: number;
}

/**
 * Runs the tests that a change seems to have fixed twice more, each time in a fresh process on a tree that is written anew: one that fails
 * passed by luck. Then once more with the test files that the change edits or deletes as the base commit has them: one that fails there
 * passes because it was edited.
 */
export async function confirmFixed({ fixed, base, seconds }: ConfirmRequest, job: JobContext): Promise<Confirmation> {
  const rounds = createRounds(Math.min(MAX_SECONDS, seconds), job);
  const flaky: TestName[] = [];
  let open = fixed;
  for (const shape of fixed.length > MAX_RERUN_TESTS ? (['whole'] as const) : (['alone', 'whole'] as const)) {
    const found = await rounds.run(shape, open, { count: ROUNDS });
    // What fails each time alone may need others before it: only the whole selection can tell.
    const lost = open.filter((test) => (shape === 'whole' ? found.failed(test) : found.both(test)));
    open = open.filter((test) => !found.passed(test) && !lost.includes(test));
    flaky.push(...lost);
  }
  const kept = fixed.filter((test) => !flaky.includes(test) && !open.includes(test));
  const edited = await editedTests(kept, base, { rounds, job });
  return { flaky, edited, unconfirmed: open, seconds: rounds.seconds(), blocked: rounds.blocked() };
}

/** Tests that do not pass with the test files of the base commit; where that could not be tried, all of them. */
async function editedTests(
  kept: readonly BaseFailure[],
  { tree, editedTests: paths = [] }: BasePlan,
  { rounds, job }: { readonly rounds: Rounds; readonly job: JobContext },
): Promise<readonly TestName[]> {
  if (paths.length === 0 || kept.length === 0) return [];
  const { incident, deps, run } = job;
  const { root } = await openSite({ incident, tree, plan: { ...run.plan, tree } }, deps);
  const originals = await readOriginals(root, paths);
  const once = { count: 1, prepare: (site: Site) => writeInside(site.root, originals) };
  const alone = await rounds.run('alone', kept, once);
  const left = kept.filter((test) => !alone.passed(test));
  const whole = left.length === 0 ? alone : await rounds.run('whole', left, once);
  // The folder is left as the tree has it.
  await openSite({ incident, tree: run.plan.tree, plan: run.plan }, deps);
  return left.filter((test) => !whole.passed(test));
}
