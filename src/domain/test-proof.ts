import type { PatchRecord, SuiteVerification, TestFailure, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { TestEvidence } from '#domain/risk.ts';
import type { TestName } from '#domain/test-comparison.ts';
import { isTestFile } from '#domain/test-files.ts';

/** What is known of the tests of a tree. */
export interface TestFacts {
  readonly tree: string;
  readonly verification: readonly SuiteVerification[];
  readonly runs: readonly TestRun[];
  readonly patches: readonly PatchRecord[];
}

/** A test that failed where the base commit's code ran, before the fix, in a suite that is green now; untrusted. */
export interface Reproduction extends TestName {
  readonly suite: string;
  /** Where it failed: the base commit's own tree, or that with tests added. */
  readonly tree: string;
}

/** How well tests show that the change removes the defect. */
export function testEvidence(facts: TestFacts): TestEvidence {
  const { verification } = facts;
  if (verification.length === 0 || verification.some(({ green }) => !green)) return 'failed_or_not_run';
  const passed = passedRuns(facts);
  const [kept, edited] = [fixedTests(passed, facts, false), fixedTests(passed, facts, true)];
  if (kept.length > 0 || relevantRuns(facts).some((run) => defectsIn(run, edited, facts).length > 0))
    return 'reproduced';
  return passed.some(({ result }) => (result?.counts.total ?? 0) > 0) ? 'affected_pass' : 'no_affected_tests';
}

/** Tests that failed on the base commit and pass only because the change edits them, where nothing else shows that it removes the defect. */
export function editedProof(facts: TestFacts): readonly string[] {
  if (testEvidence(facts) === 'reproduced') return [];
  return [...new Set(fixedTests(passedRuns(facts), facts, true).map(({ test }) => test))];
}

/** Tests that showed the defect before the fix and are as they were, of suites that are green on the tree; each once. */
export function reproductions(facts: TestFacts): readonly Reproduction[] {
  const green = facts.verification.filter((row) => row.green);
  const edited = fixedTests(passedRuns(facts), facts, true);
  const found = relevantRuns({ ...facts, verification: green }).flatMap((run) =>
    defectsIn(run, edited, facts).map(({ test, file }) => ({
      suite: run.plan.suite,
      tree: run.plan.tree,
      test,
      ...(file !== undefined && { file }),
    })),
  );
  return [...new Map(found.map((each) => [JSON.stringify([each.suite, each.file, each.test]), each])).values()];
}

function relevantRuns({ verification, runs }: TestFacts): readonly TestRun[] {
  const suites = new Set(verification.map(({ suite }) => suite));
  return runs.filter(({ plan }) => suites.has(plan.suite) && provesSuite(plan));
}

function passedRuns(facts: TestFacts): readonly TestRun[] {
  return relevantRuns(facts).filter(({ plan, result }) => plan.tree === facts.tree && result?.verdict === 'pass');
}

/** Tests that failed on the base commit and pass now: those that are proof, or those that the change edits. */
function fixedTests(passed: readonly TestRun[], { patches, tree }: TestFacts, edited: boolean): readonly TestName[] {
  const changed = new Set((patches.find((patch) => patch.tree === tree)?.files ?? []).map(({ path }) => path));
  return passed
    .flatMap(({ result }) => result?.comparison?.fixed ?? [])
    .filter(({ file, ...each }) => {
      // Nobody looked: a file that the change wrote could have been made to pass.
      const isEdited = each.edited ?? (file === undefined || changed.has(file));
      return isEdited === edited;
    });
}

/** What failed on the code of the base commit, where at most tests were added, in tests that are still the same. */
function defectsIn(
  { plan, result }: TestRun,
  edited: readonly TestName[],
  { tree, patches }: TestFacts,
): readonly TestFailure[] {
  if (result?.verdict !== 'fail' && result?.verdict !== 'fail_preexisting_only') return [];
  if (!holdsBaseCode(plan.tree, patches)) return [];
  const later = changedSince(plan.tree, tree, patches);
  return result.failures.filter(({ test, file }) => {
    if (edited.some((each) => each.test === test && each.file === file)) return false;
    return file === undefined ? !later.some(isTestFile) : !later.includes(file);
  });
}

function holdsBaseCode(tree: string, patches: readonly PatchRecord[]): boolean {
  const made = patches.find((patch) => patch.tree === tree);
  return (made?.files ?? []).every(({ path }) => isTestFile(path));
}

/** Files of an earlier tree that may be others in a later one. */
function changedSince(from: string, to: string, patches: readonly PatchRecord[]): readonly string[] {
  const start = patches.findLastIndex(({ tree }) => tree === from);
  // From the base commit on, the later tree's own net changes are exact.
  const changes =
    start < 0
      ? (patches.findLast(({ tree }) => tree === to)?.files ?? [])
      : patches.slice(start + 1).flatMap((patch) => patch.changes ?? patch.files);
  return changes.filter(({ change }) => change !== 'add').map(({ path }) => path);
}
