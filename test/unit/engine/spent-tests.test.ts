import { describe, expect, it } from 'vitest';

import { createEngine, refusalOf } from '../../support/engine-fixture.ts';

const oneRun = { budget: { test_runs: 1 } };

describe('the last test run [incidents:escalated:tests]', () => {
  it.each(['fail', 'flaky', 'timeout', 'no_tests', 'infra_error'] as const)(
    'that says %s hands the incident over, and says so',
    async (verdict) => {
      await using engine = createEngine(oneRun);
      await engine.patch();
      engine.tests.outcomes.push(verdict);
      const { text } = await engine.call('run_tests');
      expect(text).toContain('The incident is handed over: The budget of this incident is used up: 1 of 1 test runs.');
      expect(engine.incident()).toMatchObject({
        state: 'escalated',
        escalation: { ruleId: 'budget/test_runs', reason: expect.stringContaining('required suites are not green') },
      });
      const refused = refusalOf(await engine.patch(2));
      expect(refused).toMatchObject({ rule_ids: ['incident/escalated'], retry: 'never' });
      expect(refused.fix).toContain('fixgate report PD-1');
    },
  );

  it('that ends by itself is found by whoever looks at the incident next', async () => {
    await using engine = createEngine(oneRun);
    await engine.patch();
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    await engine.call('get_incident');
    expect(engine.incident().state).toBe('patching');
    const jobId = String(structured?.['job_id']);
    engine.store.finishTestRun(
      jobId,
      { ...failed },
      { type: 'tests.finished', actor: 'server', callId: 'x', summary: 'red', data: {} },
    );
    const { text } = await engine.call('get_incident');
    expect(text).toContain('escalated');
    expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'budget/test_runs' } });
  });

  it('that is green leaves the incident to its pull request', async () => {
    await using engine = createEngine(oneRun);
    await engine.patch();
    await engine.call('run_tests');
    expect(engine.incident().state).toBe('verified');
  });

  it('leaves it open while runs are left, or while a patch can lead back to a tree that was green', async () => {
    await using engine = createEngine({ budget: { test_runs: 2 } });
    await engine.patch();
    await engine.call('run_tests');
    await engine.patch(2);
    engine.tests.outcomes.push('fail');
    await engine.call('run_tests');
    expect(engine.incident().state).toBe('patching');
  });
});

const failed = {
  verdict: 'fail',
  counts: { total: 1, passed: 0, failed: 1, skipped: 0 },
  failures: [{ test: 'a', message: 'm' }],
  exitCode: 1,
  durationSeconds: 1,
  output: '',
  outputTruncated: false,
} as const;
