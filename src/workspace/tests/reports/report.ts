import type { TestCounts, TestFailure } from '#domain/remediation.ts';

/** What a report or an output says of its tests; untrusted. */
export interface ParsedReport {
  readonly counts: TestCounts;
  readonly failures: readonly TestFailure[];
}

/** What a parser needs to know of the run, to name files as the repository does. */
export interface ReportContext {
  /** Absolute spellings of the folder that holds the tree. */
  readonly roots: readonly string[];
  /** Working folder below the root, `.` for the root itself. */
  readonly cwd: string;
  /** Whether the tree has this repository path. */
  readonly exists: (path: string) => boolean;
  /** Tests were selected by name. */
  readonly byName?: boolean;
}

/** One test case on its way into a report. */
export interface TestCase {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly failure?: TestFailure;
}

/** Characters of a failure message that are kept. */
const MAX_MESSAGE = 600;
/** Characters of a test's name that are kept. */
const MAX_NAME = 300;
/** Failures that are kept; the counts go on. */
const MAX_FAILURES = 100;

/** Counts cases one by one: totals that a report claims are never used. */
export function toReport(cases: Iterable<TestCase>): ParsedReport {
  const counts = { total: 0, passed: 0, failed: 0, skipped: 0 };
  const failures: TestFailure[] = [];
  for (const each of cases) {
    counts.total += 1;
    counts[each.outcome] += 1;
    if (each.failure && failures.length < MAX_FAILURES) failures.push(each.failure);
  }
  return { counts, failures };
}

/** Makes a failure of untrusted texts: cleaned, cut, and placed at the first frame inside the repository. */
export function toFailure(
  raw: { readonly test: string; readonly message: string; readonly file?: string | undefined; readonly line?: number },
  context: ReportContext,
): TestFailure {
  const frame = firstFrame(raw.message, context);
  const named = raw.file === undefined ? undefined : toRepositoryPath(raw.file, context);
  const file = frame?.file ?? named;
  const line = frame?.line ?? (named === undefined ? undefined : raw.line);
  return {
    test: cut(raw.test, MAX_NAME) || '(unnamed test)',
    message: cut(raw.message, MAX_MESSAGE),
    ...(file !== undefined && { file }),
    ...(file !== undefined && line !== undefined && { line }),
  };
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

/** Names a file as the repository does; undefined when it is outside, a dependency, or not there. */
export function toRepositoryPath(file: string, context: ReportContext): string | undefined {
  const path = decodeFileUrl(file);
  const root = context.roots.find((each) => path.startsWith(`${each}/`));
  const relative = root === undefined ? below(context.cwd, path) : below('.', path.slice(root.length + 1));
  if (relative === undefined || relative.split('/').includes('node_modules')) return undefined;
  return context.exists(relative) ? relative : undefined;
}

function decodeFileUrl(file: string): string {
  if (!file.startsWith('file://')) return file;
  try {
    return decodeURIComponent(file.slice('file://'.length));
  } catch {
    return file;
  }
}

function below(cwd: string, path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of `${cwd}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** `path:12`, `path:12:5` and Python's `File "path", line 12`. */
const frames = /File "([^"\n]{1,400})", line (\d{1,7})|((?:file:\/\/)?[\w@%+.,~/\\-]{1,400}\.\w{1,8}):(\d{1,7})\b/g;

/** The first stack frame inside the repository. */
export function firstFrame(text: string, context: ReportContext): { file: string; line: number } | undefined {
  for (const match of text.slice(0, 20_000).matchAll(frames)) {
    const file = toRepositoryPath(match[1] ?? match[3] ?? '', context);
    if (file !== undefined) return { file, line: Number(match[2] ?? match[4]) };
  }
  return undefined;
}
