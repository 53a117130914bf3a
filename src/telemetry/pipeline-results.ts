import type { Verdict } from '#domain/remediation.ts';

/** What OpenTelemetry's conventions call our verdicts, of a pipeline and of a test suite; a red suite is a pipeline that worked. */
export const PIPELINE_RESULTS: Readonly<Record<Verdict, readonly [pipeline: string, suite: string]>> = {
  pass: ['success', 'success'],
  fail: ['failure', 'failure'],
  fail_preexisting_only: ['failure', 'failure'],
  flaky: ['failure', 'failure'],
  no_tests: ['skip', 'skipped'],
  infra_error: ['error', 'aborted'],
  timeout: ['timeout', 'timed_out'],
};
