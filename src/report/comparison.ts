import type { TestFailure, TestResult } from '#domain/remediation.ts';
import type { Reproduction } from '#domain/test-proof.ts';
import type { ReportedComparison, ReportedSuite } from '#report/schema-tests.ts';
import { clip, toCode, toLine, toMarkdownLine, toPlain } from '#report/text.ts';

/** Fixed tests of one suite that a report names. */
const MAX_FIXED = 20;
/** Fixed tests that a page for people names. */
const SHOWN = 5;

/** What the base commit says of a suite's tests, before and after the change; null when nothing was compared. */
export function toReportedComparison({ comparison }: Partial<TestResult>): ReportedComparison | null {
  if (!comparison) return null;
  const { commit, state, verdict, reason, classes, fixed, fixedCount } = comparison;
  return {
    commit,
    state,
    verdict: verdict ?? null,
    reason: reason === undefined ? null : toLine(reason, 500),
    classes: classes ? { ...classes } : null,
    fixed: fixed.slice(0, MAX_FIXED).map(({ test, file, message }) => ({
      test: toLine(test, 300),
      file: file === undefined ? null : toLine(file, 300),
      message: toLine(message, 200),
    })),
    fixed_count: fixedCount,
  };
}

/** Of one suite, the tests that showed the defect before the fix; what was compared with the base commit already is left out. */
export function toReproduced(
  shown: readonly Reproduction[],
  suite: string,
  { comparison }: Partial<TestResult>,
): ReportedSuite['reproduced'] {
  const fixed = new Set((comparison?.fixed ?? []).map(({ test, file }) => `${file}\0${test}`));
  return shown
    .filter((each) => each.suite === suite && !fixed.has(`${each.file}\0${each.test}`))
    .slice(0, MAX_FIXED)
    .map(({ test, file, tree }) => ({
      test: toLine(test, 300),
      file: file === undefined ? null : toLine(file, 300),
      tree,
    }));
}

/** What failed before the fix, in one line of Markdown; empty when nothing did. */
export function describeReproduced(reproduced: ReportedSuite['reproduced']): string {
  const [first] = reproduced;
  if (first === undefined) return '';
  const names = reproduced.slice(0, SHOWN).map(({ test, file }) => toNamed(test, file));
  const more = reproduced.length > names.length ? ` and ${reproduced.length - names.length} more` : '';
  return `Failed before the fix, on the code of the base commit (tree ${toCode(first.tree.slice(0, 12))}): ${names.join(', ')}${more}; the suite is green with it.`;
}

/** A failing test as the report has it. */
export function toReportedFailure({
  test,
  message,
  file,
  line,
  frames,
  expected,
  actual,
  ...rest
}: TestFailure): ReportedSuite['failures'][number] {
  return {
    test: toLine(test, 300),
    class: rest.class ?? null,
    message: clip(toPlain(message), 600),
    file: file === undefined ? null : toLine(file, 300),
    line: line ?? null,
    frames: (frames ?? []).map((frame) => toLine(frame, 500)),
    expected: expected === undefined ? null : clip(toPlain(expected), 300),
    actual: actual === undefined ? null : clip(toPlain(actual), 300),
    collection: rest.collection ?? false,
  };
}

/** Before and after in one line of Markdown; empty when there is nothing to say. */
export function describeComparison(comparison: ReportedComparison | null): string {
  if (comparison === null) return '';
  const { commit, state, reason, classes, verdict, fixed, fixed_count: count } = comparison;
  const base = `the base commit ${toCode(commit.slice(0, 12))}`;
  if (state === 'unknown') return `Not compared with ${base}: ${toMarkdownLine(reason ?? 'it is not known', 300)}`;
  if (state === 'same') return `Ran on ${base} itself.`;
  const parts = classes ? Object.entries(classes).flatMap(([name, n]) => (n > 0 ? [`${n} ${name}`] : [])) : [];
  const failing = parts.length === 0 ? '' : ` Failing now: ${parts.join(', ')}.`;
  const limit = reason === null ? '' : ` ${toMarkdownLine(reason, 300)}`;
  if (count === 0) return `Compared with ${base}${verdict === null ? '' : ` (${verdict} there)`}.${failing}${limit}`;
  const names = fixed.slice(0, SHOWN).map(toFixed);
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `Failed before on ${base}: ${names.join(', ')}${more}; passes now.${failing}${limit}`;
}

function toFixed({ test, file, message }: ReportedComparison['fixed'][number]): string {
  return `${toNamed(test, file)}${message === '' ? '' : ` (${toMarkdownLine(message, 120)})`}`;
}

function toNamed(test: string, file: string | null): string {
  // pytest begins the name of a test with its file.
  const where = file === null || file === test || test.startsWith(`${file}::`) ? '' : ` in ${toCode(file)}`;
  return `${toCode(test, 200)}${where}`;
}
