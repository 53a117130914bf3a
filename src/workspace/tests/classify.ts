import type { TestFailure, TestResult } from '#domain/remediation.ts';
import type {
  BaseFailure,
  BaseOutcome,
  Comparison,
  FailureClass,
  FixedTest,
  TestCaseResult,
  TestName,
} from '#domain/test-comparison.ts';

/** What one run of a selection found. */
export interface Finding {
  readonly result: TestResult;
  /** Empty when only totals are known. */
  readonly cases: readonly TestCaseResult[];
}

/** What a run is compared with. */
export interface Compared {
  readonly commit: string;
  readonly state: Comparison['state'];
  readonly reason?: string;
  /** Absent when nothing is known of the base commit; for the base's own tree, that is the tree's own outcome. */
  readonly base?: BaseOutcome;
  /** Failing tests that passed when they were run again alone, and passed ones that failed on the very same tree before. */
  readonly flaky: readonly TestName[];
  /** Passed when a test of the base commit was said to be fixed, and failed when it was run again. */
  readonly lucky?: readonly TestName[];
  /** The same, and could not be run again. */
  readonly unconfirmed?: readonly TestName[];
  /** Fixed tests that pass only with the test files as the change has them; absent when nobody looked. */
  readonly edited?: readonly TestName[];
  /** The suite has no test cases, so that its exit code is compared. */
  readonly byExitCode: boolean;
}

/** From here on an exit code says that a signal ended the process. */
const KILLED_EXIT_CODE = 128;
/** Fixed tests that are named. */
const MAX_FIXED = 20;
/** Tests that are listed as the slowest. */
const MAX_SLOWEST = 5;
/** Shorter tests are no news. */
const SLOW_SECONDS = 0.1;

/** Tests by name, and by file where both sides know one: a passed test may be reported without the file that its failure names. */
export function createTestIndex<T extends TestName>(tests: readonly T[]): (name: TestName) => T | undefined {
  const byName = Map.groupBy(tests, ({ test }) => test);
  return ({ test, file }) =>
    byName.get(test)?.find((each) => each.file === undefined || file === undefined || each.file === file);
}

/** Every failing test that is known by name: the cases, else what the output names. */
export function failingTests({ result, cases }: Finding): readonly TestName[] {
  const failed = cases.filter(({ outcome }) => outcome === 'failed');
  return failed.length > 0 ? failed : result.failures;
}

/** The result with what the base commit and the re-runs say of it: classes, fixed tests, and a verdict that counts them. */
export function classify(finding: Finding, compared: Compared): TestResult {
  const classOf = createClassifier(compared);
  const failing = failingTests(finding);
  const known = failing.flatMap((test) => classOf(test) ?? []);
  const failures = finding.result.failures.map((failure) => withClass(failure, classOf(failure)));
  const fixed = fixedTests(finding, compared);
  const { commit, state, base } = compared;
  const reason = compared.reason ?? (isNameless(finding, compared) ? NAMELESS : undefined);
  const comparison: Comparison = {
    commit,
    state,
    ...(reason !== undefined && { reason }),
    ...(base && { verdict: base.verdict }),
    ...(known.length > 0 && { classes: countClasses(known) }),
    fixed: toFixed(fixed, compared),
    fixedCount: fixed.length,
  };
  const { counts, exitCode } = finding.result;
  // Tests that never ran because the runner was killed are not known either.
  const ended = exitCode !== null && exitCode < KILLED_EXIT_CODE;
  const complete = ended && known.length === failing.length && failing.length >= counts.failed;
  return judge({ ...finding.result, failures, comparison }, { known, complete, compared });
}

const NAMELESS = 'What the runner prints names no test that passed, so none is called fixed.';

/** Tests that failed on the base commit cannot be found again, where only failing ones are named. */
function isNameless({ result, cases }: Finding, { state, base, byExitCode }: Compared): boolean {
  if (state === 'same' || byExitCode || cases.length > 0) return false;
  return result.counts.passed > 0 && (base?.failing.length ?? 0) > 0;
}

/** What a change is proved by comes first. */
function toFixed(fixed: readonly BaseFailure[], { edited }: Compared): readonly FixedTest[] {
  const isEdited = createTestIndex(edited ?? []);
  return fixed
    .map(({ test, file, message }): FixedTest => {
      const name = { test, ...(file !== undefined && { file }) };
      return { ...name, message, ...(edited && { edited: isEdited(name) !== undefined }) };
    })
    .toSorted((a, b) => Number(a.edited ?? false) - Number(b.edited ?? false))
    .slice(0, MAX_FIXED);
}

/** The slowest tests of a run, slowest first. */
export function slowestTests(cases: readonly TestCaseResult[]): NonNullable<TestResult['slowest']> {
  return cases
    .flatMap(({ test, file, seconds = 0 }) =>
      seconds >= SLOW_SECONDS ? [{ test, ...(file !== undefined && { file }), seconds }] : [],
    )
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, MAX_SLOWEST)
    .map((each) => ({ ...each, seconds: Math.round(each.seconds * 1_000) / 1_000 }));
}

function createClassifier({ base, flaky, state }: Compared): (test: TestName) => FailureClass | undefined {
  const findFlaky = createTestIndex(flaky);
  const findBase = createTestIndex(base?.failing ?? []);
  const unloaded = new Set((base?.failing ?? []).flatMap(({ collection, file }) => (collection ? (file ?? []) : [])));
  return (test) => {
    if (findFlaky(test)) return 'flaky';
    if (base === undefined) return undefined;
    if (state === 'same') return 'preexisting';
    const before = findBase(test);
    if (before) return before.flaky ? 'flaky' : 'preexisting';
    // None of the file's tests ran there, so that they cannot have been broken since.
    if (test.file !== undefined && unloaded.has(test.file)) return 'preexisting';
    return namesFailures(base) ? 'new' : undefined;
  };
}

/** Whether a test that is not among the failing ones can be said not to have failed. */
function namesFailures({ verdict, failing }: BaseOutcome): boolean {
  return verdict === 'pass' || verdict === 'no_tests' || (verdict === 'fail' && failing.length > 0);
}

function withClass(failure: TestFailure, found: FailureClass | undefined): TestFailure {
  return found === undefined ? failure : { ...failure, class: found };
}

/** Failed on the base commit each time, and passed now. */
export function fixedTests(
  { cases }: Finding,
  { base, state, flaky, lucky = [], unconfirmed = [] }: Compared,
): readonly BaseFailure[] {
  if (state === 'same' || base === undefined) return [];
  const findPassed = createTestIndex(cases.filter(({ outcome }) => outcome === 'passed'));
  const findOther = createTestIndex(cases.filter(({ outcome }) => outcome !== 'passed'));
  const findFlaky = createTestIndex([...flaky, ...lucky, ...unconfirmed]);
  const passedFiles = new Set(cases.flatMap(({ outcome, file }) => (outcome === 'passed' ? (file ?? []) : [])));
  const brokenFiles = new Set(cases.flatMap(({ outcome, file }) => (outcome === 'failed' ? (file ?? []) : [])));
  return base.failing.filter((test) => {
    if (test.flaky || findFlaky(test)) return false;
    const { collection, file } = test;
    if (collection && file !== undefined) return passedFiles.has(file) && !brokenFiles.has(file);
    return findPassed(test) !== undefined && findOther(test) === undefined;
  });
}

function countClasses(known: readonly FailureClass[]): Record<FailureClass, number> {
  const of = (name: FailureClass) => known.filter((each) => each === name).length;
  return { new: of('new'), preexisting: of('preexisting'), flaky: of('flaky') };
}

interface Judged {
  readonly known: readonly FailureClass[];
  /** Every failing test is known and has a class. */
  readonly complete: boolean;
  readonly compared: Compared;
}

/** Nothing becomes green here. */
function judge(result: TestResult, { known, complete, compared }: Judged): TestResult {
  const luck = compared.lucky?.length ?? 0;
  if (result.verdict === 'pass' && luck > 0) {
    const reason = `${luck} ${luck === 1 ? 'test' : 'tests'} that failed on the base commit passed here once and failed when run again on the same tree: ${namesOf(compared.lucky)}.`;
    return { ...result, verdict: 'flaky', reason };
  }
  if (result.verdict !== 'fail' || (result.blocked?.length ?? 0) > 0) return result;
  if (known.length === 0) return judgeExit(result, compared);
  const { failed, total } = result.counts;
  const classes = countClasses(known);
  const parts = (['new', 'preexisting', 'flaky'] as const).flatMap((name) =>
    classes[name] > 0 ? [`${classes[name]} ${name}`] : [],
  );
  const reason = `${failed} of ${total} tests failed: ${parts.join(', ')}${complete ? '' : ', the others not compared'}.`;
  if (!complete || classes.new > 0) return { ...result, reason };
  if (classes.preexisting === 0) return { ...result, verdict: 'flaky', reason };
  // Without a patch there is nothing that the failures could be told apart from.
  return { ...result, verdict: compared.state === 'same' ? 'fail' : 'fail_preexisting_only', reason };
}

function namesOf(tests: readonly TestName[] = []): string {
  const shown = tests.slice(0, 3).map(({ test }) => test.slice(0, 100));
  return [...shown, ...(tests.length > 3 ? [`and ${tests.length - 3} more`] : [])].join('; ');
}

/** Without test cases the exit code of the base commit decides. */
function judgeExit(result: TestResult, { base, state, commit, byExitCode }: Compared): TestResult {
  const untold = byExitCode && result.counts.total === 0 && result.exitCode !== null;
  if (!untold || state === 'same' || base?.verdict !== 'fail' || base.failing.length > 0) return result;
  const where = `the base commit ${commit.slice(0, 12)} does too`;
  const reason = `${result.reason ?? ''} It names no tests, and ${where} (exit code ${base.exitCode}).`.trim();
  return { ...result, verdict: 'fail_preexisting_only', reason };
}
