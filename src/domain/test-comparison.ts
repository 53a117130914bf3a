/**
 * What a failure says of the change: `new` passed on the base commit or is not there, `preexisting` failed there too, `flaky` passed
 * when it was run again alone.
 */
export const failureClasses = ['new', 'preexisting', 'flaky'] as const;
export type FailureClass = (typeof failureClasses)[number];

/** A test by the file that holds it and its full name; both are untrusted. */
export interface TestName {
  readonly test: string;
  readonly file?: string;
}

/** One test case of a run. */
export interface TestCaseResult extends TestName {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds?: number;
}

/** A runner that can be told which tests to run. */
export interface RerunPlan {
  /** The runner's own command, which is behind a package manager when there is a prefix. */
  readonly words: readonly string[];
  readonly prefix?: readonly string[];
  /** That make it write a report. */
  readonly options: readonly string[];
  /** Seconds that all re-runs of the failing tests may take together. */
  readonly timeoutSeconds: number;
}

/** The run that shows what failed before the change. */
export interface BasePlan {
  readonly commit: string;
  readonly tree: string;
  /** The same selection there; absent when it would select nothing, so that every test of it is new. */
  readonly argv?: readonly string[];
  /** Seconds; 0 when no budget is left for it. */
  readonly timeoutSeconds: number;
  /** More may run there than the tree's selection names: what is missing in the tree was perhaps never selected. */
  readonly wider?: boolean;
  /** Its test files that the change edits or deletes; absent when there are none. */
  readonly editedTests?: readonly string[];
}

/** Lines of one changed file, by their numbers in the tree. */
export interface ChangedLines {
  readonly path: string;
  /** First and last line of each stretch. */
  readonly lines: readonly (readonly [number, number])[];
}

/** How a selection fared on a base tree; kept, so that it runs once. */
export interface BaseOutcome {
  readonly verdict: 'pass' | 'fail' | 'no_tests' | 'timeout';
  readonly exitCode: number | null;
  readonly failing: readonly BaseFailure[];
  /** How many tests passed or failed, and how many were skipped; not known of a run that was stopped. */
  readonly counts?: { readonly ran: number; readonly skipped: number };
  /** The names of these tests; absent where not each of them is known by name. */
  readonly names?: { readonly ran: readonly string[]; readonly skipped: readonly string[] };
  /** Seconds after which it was stopped, when it was. */
  readonly limitSeconds?: number;
}

/** A test that failed on the base commit. */
export interface BaseFailure extends TestName {
  readonly message: string;
  /** It passed when it was run again alone. */
  readonly flaky: boolean;
  /** The file could not be loaded. */
  readonly collection?: boolean;
}

/** What the base commit says of the tests of a run. */
export interface Comparison {
  readonly commit: string;
  /** `same`: the tree is the base's own; `ran`, `cached`: compared; `unknown`: it was not run, or cannot be read. */
  readonly state: 'same' | 'ran' | 'cached' | 'unknown';
  /** Why it is unknown, or what limits the comparison, in one sentence. */
  readonly reason?: string;
  readonly verdict?: BaseOutcome['verdict'];
  /** Failing tests by class; absent where none could be told. */
  readonly classes?: Readonly<Record<FailureClass, number>>;
  /** Tests that failed on the base commit and pass now: the first of them, and how many there are. */
  readonly fixed: readonly FixedTest[];
  readonly fixedCount: number;
  /** What the run does not prove any more; absent when each test that ran on the base commit runs. */
  readonly lost?: LostTests;
}

/** Tests that ran on the base commit and are skipped or gone in a run without new failures. */
export interface LostTests {
  readonly count: number;
  /** The first of them; empty where the runner names none. */
  readonly tests: readonly string[];
  /** Half a sentence that says so; its names are untrusted. */
  readonly why: string;
}

/** A test that failed on the base commit and passes now. */
export interface FixedTest extends TestName {
  /** Of its failure on the base commit. */
  readonly message: string;
  /** It passes only with the test files as the change has them; absent when nobody looked. */
  readonly edited?: boolean;
}

/** Coverage of the lines that the change added or modified. */
export interface ChangedCoverage {
  /** The file it was read from, below the root of the tree. */
  readonly report: string;
  /** Changed lines that can run, and those of them that did. */
  readonly lines: number;
  readonly covered: number;
  /** `file:line` or `file:first-last` of those that never ran, the first of them. */
  readonly missed: readonly string[];
}

/** What a test run is doing now. */
export const testPhases = ['preparing', 'suite', 'reruns', 'base'] as const;
export type TestPhase = (typeof testPhases)[number];
