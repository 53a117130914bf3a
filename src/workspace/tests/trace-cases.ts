import { PIPELINE_RESULTS } from '#telemetry/pipeline-results.ts';
import type { Span } from '#telemetry/tracing.ts';

import type { Finding } from './classify.ts';

/** Test cases that one span tells of, failing ones first. */
const MAX_CASES = 100;

/** Tells the span of a suite how it ended, and its test cases as far as they are known; the conventions have no word for skipped ones. */
export function tellCases(span: Span, suite: string, { result, cases }: Finding): void {
  const [task, status] = PIPELINE_RESULTS[result.verdict];
  span.set({
    'cicd.pipeline.task.run.result': task,
    'test.suite.name': suite,
    'test.suite.run.status': status,
  });
  const failing = result.failures.map(({ test }) => ({ test, status: 'fail' }));
  const passing = cases.flatMap(({ test, outcome }) => (outcome === 'passed' ? [{ test, status: 'pass' }] : []));
  for (const { test, status } of [...failing, ...passing].slice(0, MAX_CASES))
    span.event('test.case', { 'test.case.name': test, 'test.case.result.status': status, 'test.suite.name': suite });
}
