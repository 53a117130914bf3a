import type { TestResult } from '#domain/remediation.ts';
import type { TestCaseResult } from '#domain/test-comparison.ts';

/** Cases of a run that are kept by name beside those that failed: every read of the run has to carry them. */
const MAX_KEPT = 500;

/** The first cases that passed or were skipped; undefined when the runner names none. */
export function keptCases(cases: readonly TestCaseResult[]): TestResult['cases'] {
  const kept = cases.flatMap(({ test, file, outcome, seconds }) =>
    outcome === 'failed'
      ? []
      : [{ test, ...(file !== undefined && { file }), outcome, ...(seconds !== undefined && { seconds }) }],
  );
  return kept.length === 0 ? undefined : kept.slice(0, MAX_KEPT);
}
