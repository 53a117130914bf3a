import type { SentPatch } from '#domain/patch-request.ts';
import type {
  BasePlan,
  ChangedCoverage,
  ChangedLines,
  Comparison,
  FailureClass,
  RerunPlan,
  TestName,
  TestPhase,
} from '#domain/test-comparison.ts';

/** One file of a change, from the applied result: never from what a patch header claims. */
export interface FileChange {
  readonly path: string;
  readonly change: 'add' | 'modify' | 'delete';
  /** Lines. */
  readonly added: number;
  readonly removed: number;
}

/** The kinds of entries that a git tree holds. */
export type GitMode = '100644' | '100755' | '120000' | '160000';

/** What a patch does to one path; `content` undefined means the path goes away. */
export interface FileWrite {
  readonly path: string;
  /** `content` where it was read; whoever needs it must take its absence as "everything is new". */
  readonly before?: { readonly mode: GitMode; readonly oid: string; readonly content?: Buffer };
  readonly after?: { readonly mode: GitMode; readonly content: Buffer };
  readonly added: number;
  readonly removed: number;
}

/** What writes do, one change a path. */
export function toFileChanges(writes: readonly FileWrite[]): FileChange[] {
  return writes.map(({ path, before, after, added, removed }) => ({
    path,
    change: before === undefined ? 'add' : after === undefined ? 'delete' : 'modify',
    added,
    removed,
  }));
}

/** What an incident has done to one path so far: it only grows, so that undoing and renaming reset no cap. */
export interface TouchedFile {
  readonly path: string;
  /** The largest content that any accepted tree had there. */
  readonly bytes: number;
  /** Lines, added plus removed since the base commit, at the most that any accepted tree had; absent in records of older versions. */
  readonly lines?: number;
  /** Test cases of the base commit that some accepted tree no longer ran; untrusted. */
  readonly lostTests: readonly string[];
}

/** One accepted patch. */
export interface PatchRecord {
  readonly n: number;
  readonly at: number;
  readonly reason: string;
  /** Tree ids before and after. */
  readonly fromTree: string;
  readonly tree: string;
  /** `sha256:…` of the net diff from the base commit to `tree`. */
  readonly diffHash: string;
  /** Net changes from the base commit to `tree`. */
  readonly files: readonly FileChange[];
  /** Every path touched so far, this patch included; absent in records of older versions. */
  readonly touched?: readonly TouchedFile[];
  /** What this patch alone changed; absent in records of older versions. */
  readonly changes?: readonly FileChange[];
  /** How it was sent; absent when nobody said. */
  readonly sent?: SentPatch;
}

/** How much of a suite runs. */
export const testScopes = ['affected', 'failed', 'target', 'files', 'all'] as const;
export type TestScope = (typeof testScopes)[number];

/** What a test run says of the tree. */
export const verdicts = [
  'pass',
  'fail',
  'fail_preexisting_only',
  'flaky',
  'no_tests',
  'infra_error',
  'timeout',
] as const;
export type Verdict = (typeof verdicts)[number];

/** Tests by outcome. */
export interface TestCounts {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One failing test. Text is untrusted. */
export interface TestFailure {
  readonly test: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  /** Absent when it is not known, or in records of older versions. */
  readonly class?: FailureClass;
  /** The innermost frames inside the repository, as `file:line function`. */
  readonly frames?: readonly string[];
  /** What an assertion compared, where the runner says it. */
  readonly expected?: string;
  readonly actual?: string;
  /** The file could not be loaded, so that none of its tests ran. */
  readonly collection?: boolean;
}

/** Everything that decides what a test run executes. */
export interface TestPlan {
  readonly suite: string;
  /** Of what the suite was when the run was planned: configurations name others alike; absent in records of older versions. */
  readonly suiteDigest?: string;
  readonly required: boolean;
  /** Executed as it is, without a shell, in `cwd` below the incident's tree. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly format: TestFormat;
  /** Path of the machine-readable report, relative to `cwd`; absent when the output itself is read. */
  readonly reportPath?: string;
  /** The output must hold the report: without one the runner did not come to its end. */
  readonly reports?: true;
  readonly scope: TestScope;
  readonly files: readonly string[];
  readonly namePattern?: string;
  /** How the tests were chosen, in words; says so when the choice was widened. */
  readonly selection: string;
  readonly tree: string;
  /** Of the suite alone; what comes after it has limits of its own. */
  readonly timeoutSeconds: number;
  /** The suite's own command, without what was added to select tests and to get a report; absent in records of older versions. */
  readonly command?: readonly string[];
  /** How single tests are run again; absent when this suite cannot. */
  readonly rerun?: RerunPlan;
  /** What the outcome is compared with; absent in records of older versions. */
  readonly base?: BasePlan;
  /** Lines that the tree changes in source files, to find those that no test ran. */
  readonly changedLines?: readonly ChangedLines[];
  /** In which ways the tree's tests say less than those of the base commit; untrusted. */
  readonly weakened?: readonly string[];
  /** Where it runs; the best isolation that works, without network, when absent. */
  readonly sandbox?: SandboxPlan;
}

/**
 * How well untrusted code is kept apart, weakest first: a clean environment; process (and where possible network) namespaces;
 * a sandbox that shows the tree, the system's programs and nothing else.
 */
export const isolations = ['none', 'partial', 'full'] as const;
export type Isolation = (typeof isolations)[number];

/** What each process of a test run may use; the sandbox's own limit where a value is absent. */
export interface SandboxLimits {
  /** Processes and threads of the whole run. */
  readonly processes?: number | undefined;
  readonly openFiles?: number | undefined;
  /** Size of one file. */
  readonly fileMib?: number | undefined;
  readonly memoryMib?: number | undefined;
  /** What the whole run may take of the disk. */
  readonly diskMib?: number | undefined;
}

/** A program of the suite's own, started beside its tests: a database, a queue. */
export interface Service {
  readonly name: string;
  readonly argv: readonly string[];
  /** It is ready when the port answers on loopback, or when the command succeeds. */
  readonly ready: { readonly port: number } | { readonly argv: readonly string[] };
  readonly timeoutSeconds: number;
}

/** The sandbox of a test run. */
export interface SandboxPlan {
  readonly isolation: Isolation;
  readonly network: boolean;
  readonly services: readonly Service[];
  readonly limits: SandboxLimits;
}

/** How the outcome of a suite is read. `text` recognises what runners print; `exit_code` is for checks without test cases. */
export const testFormats = [
  'node',
  'vitest',
  'jest',
  'mocha',
  'pytest',
  'go',
  'cargo',
  'rspec',
  'bun',
  'tap',
  'junit',
  'trx',
  'text',
  'exit_code',
] as const;
export type TestFormat = (typeof testFormats)[number];

/** What a finished run found. */
export interface TestResult {
  readonly verdict: Verdict;
  readonly counts: TestCounts;
  readonly failures: readonly TestFailure[];
  readonly exitCode: number | null;
  readonly durationSeconds: number;
  /** Head and tail of the output; untrusted. */
  readonly output: string;
  readonly outputTruncated: boolean;
  /** Why, in one sentence, for every verdict but `pass`. */
  readonly reason?: string;
  /** How the command was kept apart; absent when it never started. */
  readonly isolation?: Isolation;
  /** Blocked commands that the tests tried to run and that were refused. Calls are untrusted. */
  readonly blocked?: readonly { readonly entry: string; readonly call: string }[];
  /** Seconds of what ran beside the suite; all of it is charged. */
  readonly extraSeconds?: { readonly reruns: number; readonly base: number };
  /** The same tests on the base commit; absent in records of older versions. */
  readonly comparison?: Comparison;
  /** Tests that passed or were skipped, the first of them; absent where the runner names none, or in records of older versions. */
  readonly cases?: readonly (TestName & { readonly outcome: 'passed' | 'skipped'; readonly seconds?: number })[];
  /** The slowest tests, slowest first, where the runner says how long they took. */
  readonly slowest?: readonly (TestName & { readonly seconds: number })[];
  /** Which changed lines ran, where the suite itself wrote a coverage report. */
  readonly coverage?: ChangedCoverage;
}

/** A run of one suite on one tree. */
export interface TestRun {
  readonly jobId: string;
  readonly incidentId: string;
  readonly callId: string;
  readonly plan: TestPlan;
  readonly status: 'running' | 'finished';
  /** While it runs. */
  readonly phase?: TestPhase;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly result?: TestResult;
}

/** Seconds that a run may take in all: the suite, the same on the base commit, and the re-runs. */
export function testSeconds({ timeoutSeconds, base, rerun }: TestPlan): number {
  return timeoutSeconds + (base?.timeoutSeconds ?? 0) + (rerun?.timeoutSeconds ?? 0);
}

/** A run of hand-picked tests proves nothing about the suite. */
export function provesSuite({ scope, files, namePattern }: TestPlan): boolean {
  return (scope === 'affected' || scope === 'all') && files.length === 0 && namePattern === undefined;
}

/** A required suite and whether it is green on the current tree. */
export interface SuiteVerification {
  readonly suite: string;
  readonly green: boolean;
  /** Why it is not green: `not_run`, `running`, or the verdict of the last run that counts. */
  readonly state: 'green' | 'not_run' | 'running' | Verdict;
}

/** What can become of a pull request. */
export const pullRequestOutcomes = ['open', 'merged', 'closed', 'reverted'] as const;
export type PullRequestOutcome = (typeof pullRequestOutcomes)[number];

/** What became of a pull request, as its code host or git says; times are milliseconds since the epoch, by their clock. */
export interface PullRequestFate {
  readonly outcome: PullRequestOutcome;
  readonly mergedAt?: number;
  /** Full id of the commit by which the change came to the base branch. */
  readonly mergeCommit?: string;
  /** Closed without a merge. */
  readonly closedAt?: number;
  readonly revertedAt?: number;
  /** Full id of the commit of the base branch that takes the change back. */
  readonly revertedBy?: string;
}

/** The one pull request of an incident. */
export interface PullRequestRecord {
  readonly url: string;
  readonly branch: string;
  readonly baseBranch: string;
  readonly number?: number;
  readonly commit: string;
  readonly tree: string;
  readonly diffHash: string;
  readonly draft: boolean;
  readonly title: string;
  readonly at: number;
  /** Digest of the settings of the code host that it was opened with. */
  readonly openedUnder?: string;
  /** These are others than those of whoever reads it: it may be anywhere, and nothing that is said of it is taken over. */
  readonly isForeign?: true;
  /** What became of it, as far as somebody answered. */
  readonly fate?: PullRequestFate;
  /** When the code host was last asked that, and when it last answered. */
  readonly askedAt?: number;
  readonly answeredAt?: number;
}
