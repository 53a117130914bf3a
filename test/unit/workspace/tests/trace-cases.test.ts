import { expect, it } from 'vitest';

import type { FinishedSpan } from '#telemetry/tracing.ts';
import { withRootSpan } from '#telemetry/tracing.ts';
import type { Finding } from '#workspace/tests/classify.ts';
import { tellCases } from '#workspace/tests/trace-cases.ts';

async function told(verdict: string, failing: readonly string[], cases: readonly (readonly [string, string])[]) {
  const finding = {
    result: { verdict, failures: failing.map((test) => ({ test, message: 'never told' })) },
    cases: cases.map(([test, outcome]) => ({ test, outcome })),
  } as unknown as Finding;
  const spans: FinishedSpan[] = [];
  const record = (span: FinishedSpan) => void spans.push(span);
  await withRootSpan({ name: 'test run', traceId: 'a'.repeat(32), record }, (span) => tellCases(span, 'unit', finding));
  const { attributes = {}, events = [] } = spans[0] ?? {};
  const names = events.map(({ name, attributes: of }) => [name, of['test.case.name'], of['test.case.result.status']]);
  return { attributes, names };
}

it('each test case is an event, failing ones first [telemetry:traces:cases]', async () => {
  const { attributes, names } = await told(
    'fail',
    ['queue drains'],
    [
      ['queue fills', 'passed'],
      ['queue drains', 'failed'],
      ['queue later', 'skipped'],
    ],
  );
  expect(attributes).toMatchObject({
    'cicd.pipeline.task.run.result': 'failure',
    'test.suite.name': 'unit',
    'test.suite.run.status': 'failure',
  });
  expect(names).toEqual([
    ['test.case', 'queue drains', 'fail'],
    ['test.case', 'queue fills', 'pass'],
  ]);
});

it.each([
  ['pass', 'success', 'success'],
  ['timeout', 'timeout', 'timed_out'],
  ['infra_error', 'error', 'aborted'],
  ['no_tests', 'skip', 'skipped'],
])('%s is told as %s and %s, and without cases by no event', async (verdict, task, suite) => {
  const { attributes, names } = await told(verdict, [], []);
  expect([attributes['cicd.pipeline.task.run.result'], attributes['test.suite.run.status']]).toEqual([task, suite]);
  expect(names).toEqual([]);
});

it('tells of a bounded number [telemetry:traces:cases]', async () => {
  const many = Array.from({ length: 5_000 }, (_, n) => [`case ${n}`, 'passed'] as const);
  expect((await told('fail', ['red'], many)).names.map(([, name]) => name).slice(0, 2)).toEqual(['red', 'case 0']);
  expect((await told('pass', [], many)).names).toHaveLength(100);
});
