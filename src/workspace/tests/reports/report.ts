import type { TestCounts, TestFailure } from '#domain/remediation.ts';
import type { TestCaseResult } from '#domain/test-comparison.ts';

import { framesOf, MAX_FRAMES, showFrame } from './frames.ts';
import { toRepositoryPath } from './paths.ts';

export { toRepositoryPath } from './paths.ts';

/** What a report or an output says of its tests; untrusted. */
export interface ParsedReport {
  readonly counts: TestCounts;
  readonly failures: readonly TestFailure[];
  /** The single cases, the first `MAX_CASES` of them; empty when only totals were printed. */
  readonly cases: readonly TestCaseResult[];
}

/** What a parser needs to know of the run, to name files as the repository does. */
export interface ReportContext {
  /** Absolute spellings of the folder that holds the tree. */
  readonly roots: readonly string[];
  /** Working folder below the root, `.` for the root itself. */
  readonly cwd: string;
  /** Whether the tree has a file at this repository path. */
  readonly exists: (path: string) => boolean;
  /** Text of a file of the tree; tells a file that ended before its tests from a program without any. */
  readonly read?: (path: string) => string | undefined;
  /** Folders below which a class lies at the path of its package, such as `src/test/java`. */
  readonly sourceRoots?: readonly string[];
  /** Tests were selected by name. */
  readonly byName?: boolean;
}

/** One test case on its way into a report. */
export interface TestCase extends TestCaseResult {
  readonly failure?: TestFailure;
}

/** Characters of a failure message that are kept. */
const MAX_MESSAGE = 600;
/** Characters of a test's name that are kept; a longer one ends in `…`. */
export const MAX_NAME = 300;
/** Characters of an expected or actual value that are kept. */
const MAX_VALUE = 300;
/** Failures that are kept; the counts go on. */
const MAX_FAILURES = 100;
/** Cases that are kept; the counts go on. */
const MAX_CASES = 50_000;
/** Stands between a group and its test in a test's name. */
export const NAME_SEPARATOR = ' › ';

/** Counts cases one by one: totals that a report claims are never used. */
export function toReport(found: Iterable<TestCase>): ParsedReport {
  const counts = { total: 0, passed: 0, failed: 0, skipped: 0 };
  const failures: TestFailure[] = [];
  const cases: TestCaseResult[] = [];
  for (const { failure, ...each } of found) {
    counts.total += 1;
    counts[each.outcome] += 1;
    if (failure && failures.length < MAX_FAILURES) failures.push(failure);
    if (cases.length < MAX_CASES) cases.push(each);
  }
  return { counts, failures, cases };
}

/** Several reports of one run as one. */
export function mergeReports(reports: readonly ParsedReport[]): ParsedReport {
  const sum = (key: keyof TestCounts) => reports.reduce((total, { counts }) => total + counts[key], 0);
  return {
    counts: { total: sum('total'), passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') },
    failures: reports.flatMap(({ failures }) => failures).slice(0, MAX_FAILURES),
    cases: reports.flatMap(({ cases }) => cases).slice(0, MAX_CASES),
  };
}

/** What a report says of one case, as it is written there. */
export interface RawCase {
  readonly test: string;
  /** As the report spells it. */
  readonly file?: string | undefined;
  readonly seconds?: number | undefined;
}

/** What a report says of a failure, as it is written there. */
export interface RawFailure extends RawCase {
  readonly message: string;
  /** The stack, where the message is without it. */
  readonly trace?: string;
  readonly line?: number | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** The file could not be loaded. */
  readonly collection?: boolean;
}

/** Makes a case that did not fail. */
export function toCase(outcome: 'passed' | 'skipped', raw: RawCase, context: ReportContext): TestCase {
  const file = raw.file === undefined ? undefined : toRepositoryPath(raw.file, context);
  return { outcome, ...named(raw, file) };
}

/** Makes a case that failed. */
export function toFailedCase(raw: RawFailure, context: ReportContext): TestCase {
  const failure = toFailure(raw, context);
  return { outcome: 'failed', ...named(raw, failure.file), failure };
}

function named(raw: RawCase, file: string | undefined): Omit<TestCaseResult, 'outcome'> {
  const { seconds } = raw;
  return {
    test: toTestName(raw.test),
    ...(file !== undefined && { file }),
    ...(seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 && { seconds }),
  };
}

/**
 * Makes a failure of untrusted texts: cleaned and cut. Its file is the one that the report names, else that of the innermost frame
 * inside the repository; its line is the report's own, else that of the innermost frame in that file.
 */
export function toFailure(raw: RawFailure, context: ReportContext): TestFailure {
  const frames = framesOf(raw.trace ?? raw.message, context);
  const file = (raw.file === undefined ? undefined : toRepositoryPath(raw.file, context)) ?? frames[0]?.file;
  const line = raw.line ?? frames.find((frame) => frame.file === file)?.line;
  return {
    test: toTestName(raw.test),
    message: cut(raw.message, MAX_MESSAGE),
    ...(file !== undefined && { file }),
    ...(file !== undefined && line !== undefined && { line }),
    ...(frames.length > 0 && { frames: frames.slice(0, MAX_FRAMES).map(showFrame) }),
    ...(raw.expected !== undefined && { expected: cut(raw.expected, MAX_VALUE) }),
    ...(raw.actual !== undefined && { actual: cut(raw.actual, MAX_VALUE) }),
    ...(raw.collection === true && { collection: true }),
  };
}

/** A test's name as it is kept: cleaned and cut. */
export function toTestName(name: string): string {
  return cut(name, MAX_NAME) || '(unnamed test)';
}

/** Joins a test's groups and its title; empty ones are left out. */
export function joinName(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(NAME_SEPARATOR);
}

const escape = String.raw`\u001b`;
const bell = String.raw`\u0007`;
/** Colours and cursor movements, titles and links, and single commands of a terminal. */
const escapes = new RegExp(
  String.raw`${escape}(?:\[[0-?]*[ -/]*[@-~]|\][^${bell}${escape}]*(?:${bell}|${escape}\\)|[@-Z\\-_])`,
  'g',
);
/** Every other control character but tab and newline. */
const controls = /[^\P{Cc}\t\n]/gu;

/** Removes terminal control sequences and control characters. */
export function toPlainText(text: string): string {
  return text.replace(escapes, '').replace(/\r\n?/g, '\n').replace(controls, '');
}

function cut(text: string, limit: number): string {
  // Cutting first bounds the cost of cleaning.
  const plain = toPlainText(text.slice(0, limit * 4)).trim();
  return plain.length <= limit ? plain : `${plain.slice(0, limit - 1)}…`;
}
