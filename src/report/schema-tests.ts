import { z } from 'zod';

import { isolations, testScopes, verdicts } from '#domain/remediation.ts';
import { failureClasses } from '#domain/test-comparison.ts';

const Time = z.iso.datetime();
const Count = z.int().min(0);

const Failure = z.strictObject({
  test: z.string(),
  /** What it says of the change; null when nothing was compared. */
  class: z.enum(failureClasses).nullable(),
  message: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  frames: z.array(z.string()),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  /** The file could not be loaded. */
  collection: z.boolean(),
});

/** The same tests on the base commit. */
export const ReportedComparison = z.strictObject({
  commit: z.string(),
  state: z.enum(['same', 'ran', 'cached', 'unknown']),
  verdict: z.enum(['pass', 'fail', 'no_tests', 'timeout']).nullable(),
  reason: z.string().nullable(),
  classes: z.strictObject({ new: Count, preexisting: Count, flaky: Count }).nullable(),
  /** Failed there each time, and passed on the tree: the first of them. */
  fixed: z.array(z.strictObject({ test: z.string(), file: z.string().nullable(), message: z.string() })),
  fixed_count: Count,
});

/** A test that failed before the fix, and the tree where it did. */
const ReportedReproduction = z.strictObject({ test: z.string(), file: z.string().nullable(), tree: z.string() });

/** How one suite stands. */
export const ReportedSuite = z.strictObject({
  suite: z.string(),
  required: z.boolean(),
  green: z.boolean(),
  state: z.enum(['green', 'not_run', 'running', ...verdicts]),
  verdict: z.enum(verdicts).nullable(),
  counts: z.strictObject({ total: Count, passed: Count, failed: Count, skipped: Count }).nullable(),
  tree: z.string().nullable(),
  on_current_tree: z.boolean(),
  scope: z.enum(testScopes).nullable(),
  selection: z.string().nullable(),
  /** The suite's own command. */
  command: z.array(z.string()),
  /** What was executed: with the selection and a report. */
  argv: z.array(z.string()),
  job_id: z.string().nullable(),
  started_at: Time.nullable(),
  duration_seconds: z.number().nullable(),
  failures: z.array(Failure),
  failures_left_out: Count,
  isolation: z.enum(isolations).nullable(),
  reason: z.string().nullable(),
  base: ReportedComparison.nullable(),
  /** Tests that failed before the fix, on a tree with the code of the base commit; the suite is green now. */
  reproduced: z.array(ReportedReproduction),
  coverage: z
    .strictObject({ report: z.string(), changed_lines: Count, covered: Count, never_ran: z.array(z.string()) })
    .nullable(),
  /** Tests that passed or were skipped, the first of them by name. */
  cases: z.array(
    z.strictObject({
      test: z.string(),
      file: z.string().nullable(),
      outcome: z.enum(['passed', 'skipped']),
      seconds: z.number().nullable(),
    }),
  ),
  slowest: z.array(z.strictObject({ test: z.string(), seconds: z.number() })),
  /** In which ways the tests of the tree say less than those of the base commit. */
  weakened: z.array(z.string()),
});

/** The last run of a suite of another configuration: nothing follows from it. */
export const ReportedOtherSuite = z.strictObject({
  suite: z.string(),
  verdict: z.enum(verdicts).nullable(),
  on_current_tree: z.boolean(),
  job_id: z.string(),
  started_at: Time,
});

/** The same tests on the base commit. */
export type ReportedComparison = z.output<typeof ReportedComparison>;

/** A suite of another configuration. */
export type ReportedOtherSuite = z.output<typeof ReportedOtherSuite>;

/** How one suite stands. */
export type ReportedSuite = z.output<typeof ReportedSuite>;
