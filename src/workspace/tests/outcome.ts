import type { TestCounts, TestPlan, TestResult, Verdict } from '#domain/remediation.ts';
import type { CommandResult } from '#workspace/sandbox.ts';

import { toPlainText, type ParsedReport } from './reports/report.ts';

/** Everything that decides a verdict. */
export interface Outcome {
  readonly plan: TestPlan;
  readonly command: CommandResult;
  /** What the runner reported; undefined when nothing could be read. */
  readonly report: ParsedReport | undefined;
  /** Why the machine-readable report was not used. */
  readonly reportProblem?: string;
  /** Why the report is not believed, though it could be read. */
  readonly disagreement?: string;
  /** Output to show instead of what was printed. */
  readonly output?: string;
  /** Whether the dependencies were prepared, and why not. */
  readonly dependencies: { readonly reused: boolean; readonly reason: string };
}

const nothing: TestCounts = { total: 0, passed: 0, failed: 0, skipped: 0 };

/** Judges a finished command: green needs exit code 0, at least one passed test and no failed one. */
export function toResult(outcome: Outcome): TestResult {
  const { command, report } = outcome;
  const output = toPlainText(outcome.output ?? command.output);
  const { verdict, reason } = judge(outcome, output);
  const note =
    outcome.reportProblem === undefined ? '' : `[counts are read from the output: ${outcome.reportProblem}]\n`;
  return {
    verdict,
    counts: report?.counts ?? nothing,
    failures: report?.failures ?? [],
    exitCode: command.exitCode,
    durationSeconds: Math.round(command.durationMs) / 1_000,
    output: note + output,
    outputTruncated: command.outputTruncated,
    ...(reason !== undefined && { reason }),
  };
}

/** A run that never came to executing its tests. */
export function toInfraError(reason: string, durationSeconds = 0): TestResult {
  return {
    verdict: 'infra_error',
    counts: nothing,
    failures: [],
    exitCode: null,
    durationSeconds,
    output: '',
    outputTruncated: false,
    reason,
  };
}

interface Judged {
  readonly verdict: Verdict;
  readonly reason?: string;
}

function judge(outcome: Outcome, output: string): Judged {
  const { plan, command } = outcome;
  const counts = outcome.report?.counts;
  if (command.cancelled) return { verdict: 'infra_error', reason: 'The run was cancelled.' };
  if (command.timedOut) {
    const limit = `The tests ran past their limit of ${plan.timeoutSeconds} s and were stopped.`;
    return { verdict: 'timeout', reason: limit };
  }
  const ran = (counts?.passed ?? 0) > 0;
  const missing = ran ? undefined : missingPart(output, outcome);
  if (command.exitCode !== 0 && missing !== undefined) return { verdict: 'infra_error', reason: missing };
  if (counts !== undefined && counts.failed > 0) {
    return { verdict: 'fail', reason: `${counts.failed} of ${counts.total} tests failed.` };
  }
  return command.exitCode === 0 ? judgeSuccess(outcome, counts) : judgeFailure(outcome, output);
}

const BY_EXIT_CODE = 'Judged by the exit code alone: the command reports no test cases.';

function judgeSuccess({ plan, reportProblem, disagreement }: Outcome, counts: TestCounts | undefined): Judged {
  // A runner writes its report last: without one, what was printed for people may be the words of a test that ended the process.
  if (reportProblem !== undefined && (counts === undefined || counts.total > 0)) {
    const reason = `The command ended with exit code 0, but ${reportProblem}: nothing shows that its tests came to their end. A test may have ended the process.`;
    return { verdict: counts === undefined ? 'no_tests' : 'fail', reason };
  }
  if (disagreement !== undefined) {
    const reason = `The runner contradicts itself: ${disagreement}. A test may have written the report or ended the process.`;
    return { verdict: 'fail', reason };
  }
  if (counts !== undefined && counts.passed > 0) return { verdict: 'pass' };
  if (counts === undefined && plan.format === 'exit_code') return { verdict: 'pass', reason: BY_EXIT_CODE };
  if (counts === undefined) {
    const reason =
      'The command succeeded but printed nothing that says a test ran; a suite declared with format exit_code is judged by its exit code.';
    return { verdict: 'no_tests', reason };
  }
  if (counts.skipped > 0) return { verdict: 'no_tests', reason: `All ${counts.skipped} tests were skipped.` };
  return { verdict: 'no_tests', reason: noTests(plan) };
}

function judgeFailure({ plan, command, report }: Outcome, output: string): Judged {
  if (saysNoTests(plan, command, output) && (report?.counts.total ?? 0) === 0) {
    return { verdict: 'no_tests', reason: noTests(plan) };
  }
  if (command.signal !== null) {
    const verdict = (report?.counts.total ?? 0) > 0 ? 'fail' : 'infra_error';
    return {
      verdict,
      reason: `The test command was killed by ${command.signal}, which the tests or a lack of memory caused.`,
    };
  }
  const ended = `The test command ended with exit code ${command.exitCode}`;
  if (report !== undefined)
    return {
      verdict: 'fail',
      reason: `${ended}, although no single test failed: another step of the script may have, see the end of its output.`,
    };
  if (plan.format === 'exit_code') return { verdict: 'fail', reason: `${ended}.` };
  // Linters and builds stand before the tests in many scripts.
  const reason = `${ended} and printed nothing that says a test ran: a step before the tests may have failed, see the end of its output.`;
  return { verdict: 'fail', reason };
}

function noTests(plan: TestPlan): string {
  const advice =
    plan.scope === 'all' || plan.selection.startsWith('the whole suite') ? '' : '; run the suite with scope all';
  return `No test was executed${advice}.`;
}

const noTestsSaid =
  /^(?:No test files? found|No tests found, exiting|Error: No test files found|error: no tests to run$)/im;

function saysNoTests(plan: TestPlan, command: CommandResult, output: string): boolean {
  // 5 is pytest's own code for it: https://docs.pytest.org/en/stable/reference/exit-codes.html
  if (plan.format === 'pytest' && command.exitCode === 5) return true;
  return noTestsSaid.test(output);
}

/** Messages by which runners and shells say that something they need is not installed; the first group names it. */
const missingPatterns = [
  /(?:Cannot find (?:module|package)|Failed to (?:load url|resolve import)|Module not found:.{0,200}Can't resolve) ["']((?:@[\w.-]+\/)?[a-z0-9][\w.-]*)(?:\/[^"']*)?["']/i,
  /Could not locate module (\S+)/,
  /^(?:\S*sh: )?(?:line )?(?:\d+: )?(?:exec: )?([\w.@/-]+): (?:command )?not found$/m,
  /(?:No module named|ModuleNotFoundError: No module named) '?([\w.]+)'?/,
  /^npm (?:ERR!|error) Missing script: "?([\w:.-]+)"?/m,
  /no required module provides package (\S+?);/,
  /error: no such command: `([\w-]+)`/,
];

/** What the runner could not start without; a repository's own module that is gone is a failing test, not a missing part. */
function missingPart(output: string, { command, dependencies }: Outcome): string | undefined {
  const text = output.slice(0, 200_000);
  const name = missingPatterns.map((each) => each.exec(text)?.[1]).find((found) => found !== undefined);
  const notStarted = command.exitCode === 127 || command.exitCode === 126;
  if (name === undefined && !notStarted) return undefined;
  // With dependencies in place, a package that cannot be found was named by the change itself.
  if (dependencies.reused && !notStarted) return undefined;
  const what = name === undefined ? 'A program that the tests need' : `${name.slice(0, 100)}, which the tests need,`;
  const why = dependencies.reused ? '' : ` Dependencies were not prepared: ${dependencies.reason}`;
  return `${what} is not installed.${why}`;
}
