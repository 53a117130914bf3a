import type { Incident } from '#domain/incident.ts';
import type { SuiteVerification, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { Store } from '#state/store.ts';
import type { SuiteInfo, TestRunner } from '#workspace/workspace.ts';

interface VerificationDeps {
  readonly store: Pick<Store, 'testRuns' | 'patches' | 'advance'>;
  readonly tests: Pick<TestRunner, 'suites'>;
}

/** Knows which required suites are green on an incident's tree. */
export interface Verification {
  /** Green: the suite passed on exactly this tree, scope `affected` or `all`, without `files` or `name_pattern`. */
  of(incident: Incident, tree: string): Promise<readonly SuiteVerification[]>;
  /** Moves the incident to or from `verified` after a test run. */
  refresh(incident: Incident): Promise<void>;
  /** With these kinds of budget used up, nothing that is left can lead to a green tree. */
  isStuck(incident: Incident, exhausted: readonly string[]): Promise<boolean>;
}

/** What another run on the same tree would say again. */
const FINAL_VERDICTS: ReadonlySet<SuiteVerification['state']> = new Set(['fail', 'fail_preexisting_only', 'no_tests']);

/** Makes the judge of greenness. */
export function createVerification({ store, tests }: VerificationDeps): Verification {
  async function of(incident: Incident, tree: string): Promise<readonly SuiteVerification[]> {
    const required = (await tests.suites(incident)).filter((suite) => suite.required);
    return required.map((suite) => stateOf(suite, store.testRuns(incident.id), tree));
  }

  async function refresh(incident: Incident): Promise<void> {
    const tree = store.patches(incident.id).at(-1)?.tree;
    if (tree === undefined) return;
    const suites = await of(incident, tree);
    const green = suites.length > 0 && suites.every((suite) => suite.green);
    store.advance(incident.id, green ? 'verified' : 'unverified', tree);
  }

  async function isStuck(incident: Incident, exhausted: readonly string[]): Promise<boolean> {
    const tree = store.patches(incident.id).at(-1)?.tree;
    const suites = tree === undefined ? [] : await of(incident, tree);
    if (suites.some((suite) => suite.state === 'running')) return false;
    if (suites.length > 0 && suites.every((suite) => suite.green)) return false;
    if (exhausted.some((kind) => kind === 'test_runs' || kind === 'test_seconds'))
      return exhausted.includes('patch_attempts') || !(await wasGreen(incident, tree));
    return exhausted.includes('patch_attempts') && suites.some(({ state }) => FINAL_VERDICTS.has(state));
  }

  /** An earlier tree was green, so that a patch which leads back to it needs no test. */
  async function wasGreen(incident: Incident, tree: string | undefined): Promise<boolean> {
    for (const tried of new Set(store.patches(incident.id).map((patch) => patch.tree))) {
      const suites = tried === tree ? [] : await of(incident, tried);
      if (suites.length > 0 && suites.every(({ green }) => green)) return true;
    }
    return false;
  }

  return { of, refresh, isStuck };
}

/**
 * How one suite stands on a tree, by its last whole run there. Where its digest is known, a run of another suite of the same name, such as
 * of another configuration, says nothing.
 */
export function stateOf(
  { name, digest }: Pick<SuiteInfo, 'name' | 'digest'>,
  runs: readonly TestRun[],
  tree: string,
): SuiteVerification {
  const suite = { name };
  const isIts = ({ plan }: TestRun) =>
    plan.suite === name && plan.tree === tree && (digest === undefined || plan.suiteDigest === digest);
  const last = runs.findLast((run) => isIts(run) && provesSuite(run.plan));
  const verdict = last?.result?.verdict;
  if (!last) return { suite: suite.name, green: false, state: 'not_run' };
  if (last.status === 'running' || verdict === undefined) return { suite: suite.name, green: false, state: 'running' };
  return { suite: suite.name, green: verdict === 'pass', state: verdict === 'pass' ? 'green' : verdict };
}
