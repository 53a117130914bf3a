import type { Incident } from '#domain/incident.ts';
import type { SuiteVerification, TestPlan, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { Store } from '#state/store.ts';
import type { TestRunner } from '#workspace/workspace.ts';

/** A suite, and what tells it from others of its name. */
interface NamedSuite {
  readonly name: string;
  readonly digest?: string | undefined;
}

interface VerificationDeps {
  readonly store: Pick<Store, 'testRuns' | 'patches' | 'advance'>;
  readonly tests: Pick<TestRunner, 'suites'>;
}

/** Knows which required suites are green on an incident's tree. */
export interface Verification {
  /** Green: the suite passed on exactly this tree, scope `affected` or `all`, without `files` or `name_pattern`. Of these names, else of what is required here. */
  of(incident: Incident, tree: string, names?: readonly string[]): Promise<readonly SuiteVerification[]>;
  /** Test runs of the suites that this configuration has; one of another configuration is another suite, whatever its name. */
  runs(incident: Incident): Promise<readonly TestRun[]>;
  /** Moves the incident to or from `verified` after a test run. */
  refresh(incident: Incident): Promise<void>;
  /** With these kinds of budget used up, nothing that is left can lead to a green tree. */
  isStuck(incident: Incident, exhausted: readonly string[]): Promise<boolean>;
}

/** What another run on the same tree would say again. */
const FINAL_VERDICTS: ReadonlySet<SuiteVerification['state']> = new Set(['fail', 'fail_preexisting_only', 'no_tests']);

/** Makes the judge of greenness. */
export function createVerification({ store, tests }: VerificationDeps): Verification {
  async function of(
    incident: Incident,
    tree: string,
    names?: readonly string[],
  ): Promise<readonly SuiteVerification[]> {
    const suites = await tests.suites(incident);
    const runs = store.testRuns(incident.id);
    const wanted: readonly NamedSuite[] = names
      ? names.map((name) => suites.find((suite) => suite.name === name) ?? { name })
      : suites.filter(({ required }) => required);
    return wanted.map((suite) => stateOf(suite, runs, tree));
  }

  async function runs(incident: Incident): Promise<readonly TestRun[]> {
    const suites = await tests.suites(incident);
    return store.testRuns(incident.id).filter(({ plan }) => suites.some((suite) => isOf(suite, plan)));
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

  return { of, runs, refresh, isStuck };
}

function isOf({ name, digest }: NamedSuite, plan: TestPlan): boolean {
  return plan.suite === name && (digest === undefined || plan.suiteDigest === digest);
}

/**
 * How one suite stands on a tree, by its last whole run there. Where its digest is known, a run of another suite of the same name, such as
 * of another configuration, says nothing.
 */
export function stateOf({ name, digest }: NamedSuite, runs: readonly TestRun[], tree: string): SuiteVerification {
  const suite = { name };
  const last = runs.findLast(({ plan }) => plan.tree === tree && isOf({ name, digest }, plan) && provesSuite(plan));
  const verdict = last?.result?.verdict;
  if (!last) return { suite: suite.name, green: false, state: 'not_run' };
  if (last.status === 'running' || verdict === undefined) return { suite: suite.name, green: false, state: 'running' };
  return { suite: suite.name, green: verdict === 'pass', state: verdict === 'pass' ? 'green' : verdict };
}
