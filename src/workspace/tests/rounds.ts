import type { BaseFailure } from '#domain/test-comparison.ts';

import { attempt, openSite, type Attempt, type Site } from './attempt.ts';
import { createTestIndex } from './classify.ts';
import type { JobContext } from './job-context.ts';
import { narrowedArgv } from './narrow.ts';
import type { Reruns } from './reruns.ts';

/** How often tests run, and what is done to the tree before. */
interface How {
  readonly count: number;
  readonly prepare?: (site: Site) => Promise<void>;
}

/** How tests fared in all rounds of one shape. */
interface Fared {
  /** In every round. */
  passed(test: BaseFailure): boolean;
  /** In at least one. */
  failed(test: BaseFailure): boolean;
  /** In one, and passed in another. */
  both(test: BaseFailure): boolean;
}

/** Runs tests again on the tree of a job, within a limit that all rounds share. */
export interface Rounds {
  /** `alone`: nothing but these tests, where the runner can be told; `whole`: the selection of the plan. */
  run(shape: 'alone' | 'whole', tests: readonly BaseFailure[], how: How): Promise<Fared>;
  seconds(): number;
  blocked(): Reruns['blocked'];
}

/** Makes rounds that may take `limit` seconds together. */
export function createRounds(limit: number, { run: { plan, jobId }, incident, deps }: JobContext): Rounds {
  let seconds = 0;
  const blocked: Reruns['blocked'][number][] = [];

  async function once(narrowed: readonly string[] | undefined, how: How): Promise<Attempt> {
    const site = await openSite({ incident, tree: plan.tree, plan }, deps);
    await how.prepare?.(site);
    const timeoutMs = (limit - seconds) * 1_000;
    const found = await attempt(site, { plan, timeoutMs, label: jobId, ...(narrowed && { narrowed }) }, deps);
    seconds += found.seconds;
    blocked.push(...(found.result.blocked ?? []));
    return found;
  }

  return {
    async run(shape, tests, how) {
      const alone = shape === 'alone';
      // A file that cannot be loaded has no tests to name.
      const wanted = alone ? tests.filter(({ collection }) => !collection) : tests;
      const narrowed = alone && plan.rerun ? narrowedArgv(plan.rerun, plan, wanted) : undefined;
      const outcomes: Outcome[] = [];
      const possible = wanted.length > 0 && (!alone || narrowed !== undefined);
      const count = possible ? how.count : 0;
      while (outcomes.length < count && limit - seconds >= 1 && !deps.signal.aborted) {
        outcomes.push(outcomeIn(await once(narrowed, how)));
      }
      const some = (test: BaseFailure, what: boolean) =>
        wanted.includes(test) && outcomes.some((outcome) => outcome(test) === what);
      return {
        passed: (test) =>
          wanted.includes(test) && outcomes.length === how.count && outcomes.every((outcome) => outcome(test) === true),
        failed: (test) => some(test, false),
        both: (test) => some(test, false) && some(test, true),
      };
    },
    seconds: () => seconds,
    blocked: () => blocked,
  };
}

/** Whether a test passed; undefined when it is not among those that came to their end. */
type Outcome = (test: BaseFailure) => boolean | undefined;

function outcomeIn({ cases, result }: Attempt): Outcome {
  if (result.verdict === 'timeout') return () => undefined;
  const passed = createTestIndex(cases.filter(({ outcome }) => outcome === 'passed'));
  const failed = createTestIndex(cases.filter(({ outcome }) => outcome === 'failed'));
  const inFile = (file: string, wanted: string) => cases.some((each) => each.file === file && each.outcome === wanted);
  return ({ collection, ...test }) => {
    if (collection && test.file !== undefined) {
      // A file that could not be loaded passes with all of its tests.
      if (inFile(test.file, 'failed')) return false;
      return inFile(test.file, 'passed') ? true : undefined;
    }
    if (failed(test)) return false;
    return passed(test) ? true : undefined;
  };
}
