import type { TestCounts, TestResult, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import { reproductions } from '#domain/test-proof.ts';
import { toReportedComparison, toReportedFailure, toReproduced } from '#report/comparison.ts';
import type { ReportInput } from '#report/input.ts';
import type { ReportedOtherSuite, ReportedSuite } from '#report/schema-tests.ts';
import { toLine } from '#report/text.ts';

/** Failures of one suite that a report names. */
const MAX_FAILURES = 20;
/** Other tests of one suite that a report names. */
const MAX_CASES = 500;

/** The run of each suite that says most about `tree`: the last whole one on it, else the last on it, else the last; by suite name. */
export function latestRuns(runs: readonly TestRun[], tree: string | undefined): readonly TestRun[] {
  const suites = [...new Set(runs.map(({ plan }) => plan.suite))].toSorted();
  return suites.flatMap((suite) => {
    const ofSuite = runs.filter(({ plan }) => plan.suite === suite).toSorted((a, b) => a.startedAt - b.startedAt);
    const onTree = ofSuite.filter(({ plan }) => plan.tree === tree);
    const latest = onTree.findLast(({ plan }) => provesSuite(plan)) ?? onTree.at(-1) ?? ofSuite.at(-1);
    return latest ? [latest] : [];
  });
}

/** Counts in words: `14 passed, 1 failed`. */
export function describeCounts({ total, passed, failed, skipped }: TestCounts): string {
  if (total === 0) return 'no test cases';
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

/** The tree as the workspace has it, else as the last patch left it. */
export function currentTree({ current, patches }: Pick<ReportInput, 'current' | 'patches'>): string | undefined {
  return current?.tree ?? patches.at(-1)?.tree;
}

/** True when the pull request, opened by this configuration, holds the current tree and every required suite is green on it. */
export function isVerified(input: ReportInput): boolean {
  const { verification, pullRequest } = input;
  if (pullRequest === undefined || pullRequest.isForeign) return false;
  return verification.length > 0 && verification.every(({ green }) => green) && pullRequest.tree === currentTree(input);
}

/** Every suite that is required or was run, and how it stands on the current tree. */
export function toSuites(input: ReportInput): ReportedSuite[] {
  const tree = currentTree(input);
  const latest = new Map(latestRuns(input.runs, tree).map((run) => [run.plan.suite, run]));
  const names = [...new Set([...input.verification.map(({ suite }) => suite), ...latest.keys()])].toSorted();
  const shown = tree === undefined ? [] : reproductions({ ...input, tree });
  return names.map((suite) => {
    const run = latest.get(suite);
    return { ...toSuite(suite, input, run, tree), reproduced: toReproduced(shown, suite, run?.result ?? {}) };
  });
}

/** Every suite of another configuration that was run, by its last run. */
export function toOtherSuites(input: ReportInput): ReportedOtherSuite[] {
  const tree = currentTree(input);
  return latestRuns(input.otherRuns ?? [], tree).map(({ plan, jobId, startedAt, result }) => ({
    suite: plan.suite,
    verdict: result?.verdict ?? null,
    on_current_tree: plan.tree === tree,
    job_id: jobId,
    started_at: new Date(startedAt).toISOString(),
  }));
}

function toSuite(
  suite: string,
  { verification }: ReportInput,
  run: TestRun | undefined,
  tree: string | undefined,
): Omit<ReportedSuite, 'reproduced'> {
  const row = verification.find((candidate) => candidate.suite === suite);
  const onTree = run !== undefined && run.plan.tree === tree;
  const verdict = run?.result?.verdict ?? null;
  const failures = run?.result?.failures ?? [];
  return {
    suite,
    required: row !== undefined || (run?.plan.required ?? false),
    green: row?.green ?? (onTree && verdict === 'pass'),
    state: row?.state ?? (onTree ? (verdict ?? 'running') : 'not_run'),
    verdict,
    counts: run?.result ? { ...run.result.counts } : null,
    tree: run?.plan.tree ?? null,
    on_current_tree: onTree,
    scope: run?.plan.scope ?? null,
    selection: run ? toLine(run.plan.selection, 500) : null,
    command: [...(run?.plan.command ?? run?.plan.argv ?? [])],
    argv: [...(run?.plan.argv ?? [])],
    job_id: run?.jobId ?? null,
    started_at: run ? new Date(run.startedAt).toISOString() : null,
    duration_seconds: run?.result?.durationSeconds ?? null,
    failures: failures.slice(0, MAX_FAILURES).map(toReportedFailure),
    failures_left_out: Math.max(0, failures.length - MAX_FAILURES),
    isolation: run?.result?.isolation ?? null,
    reason: run?.result?.reason === undefined ? null : toLine(run.result.reason, 500),
    base: toReportedComparison(run?.result ?? {}),
    coverage: toCoverage(run?.result),
    cases: (run?.result?.cases ?? []).slice(0, MAX_CASES).map(({ test, file, outcome, seconds }) => ({
      test: toLine(test, 300),
      file: file === undefined ? null : toLine(file, 300),
      outcome,
      seconds: seconds ?? null,
    })),
    slowest: (run?.result?.slowest ?? []).map(({ test, seconds }) => ({ test: toLine(test, 300), seconds })),
    weakened: (run?.plan.weakened ?? []).map((why) => toLine(why, 200)),
  };
}

function toCoverage(result: TestResult | undefined): ReportedSuite['coverage'] {
  if (!result?.coverage) return null;
  const { report, lines, covered, missed } = result.coverage;
  return {
    report: toLine(report, 300),
    changed_lines: lines,
    covered,
    never_ran: missed.map((each) => toLine(each, 300)),
  };
}
