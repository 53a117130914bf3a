import { expect, it } from 'vitest';

import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent, samplePlan, sampleResult } from '../../support/store-samples.ts';

const failure = (test: string) => ({ test, message: 'not equal' });

/** Why `open_pr` is not allowed after a run with these failures. */
async function whyNot(verdict: 'fail' | 'pass', tests: readonly string[], scope: 'all' | 'failed' = 'all') {
  await using engine = createEngine();
  await engine.patch();
  const { tree } = await engine.workspace.current(engine.incident());
  const plan = { ...samplePlan, tree, scope };
  engine.store.startTestRun({ jobId: 'j', incidentId: 'PD-1', callId: 'c', plan }, sampleEvent('tests.started'));
  const result = { ...sampleResult(1), verdict, failures: tests.map(failure) };
  engine.store.finishTestRun('j', result, sampleEvent('tests.finished'));
  const { structured } = await engine.call('get_incident');
  const refused = structured?.['not_allowed'] as readonly { readonly tool: string; readonly why: string }[];
  return refused.find(({ tool }) => tool === 'open_pr')?.why;
}

it.each<[string, Parameters<typeof whyNot>, string | undefined]>([
  [
    'names them',
    ['fail', ['adds', 'says "no"']],
    'not green: unit is fail; mend what fails first: "adds", "says \\"no\\""',
  ],
  [
    'names three',
    ['fail', ['a', 'b', 'a', 'c', 'd', 'e']],
    'not green: unit is fail; mend what fails first: "a", "b", "c" and 2 more',
  ],
  ['needs none', ['fail', []], 'not green: unit is fail'],
  ['asks for a whole run after a part', ['fail', ['a'], 'failed'], 'not green: unit is not_run'],
  ['says nothing of what is green', ['pass', []], undefined],
])('get_incident tells of failing tests before a pull request: %s', async (_, run, want) => {
  expect(await whyNot(...run)).toBe(want);
});
