import { describe, expect, it } from 'vitest';

import type { TestPlan, TestResult, TestRun } from '#domain/remediation.ts';
import type { Comparison } from '#domain/test-comparison.ts';
import { describePhase, toTestOutput } from '#engine/services/test-output.ts';

import { samplePlan, sampleResult } from '../../support/store-samples.ts';

const COMMIT = 'b'.repeat(40);
const comparison = (more: Partial<Comparison> = {}): Comparison => ({
  commit: COMMIT,
  state: 'ran',
  verdict: 'fail',
  fixed: [],
  fixedCount: 0,
  ...more,
});

function run(result?: Partial<TestResult>, plan: Partial<TestPlan> = {}, more: Partial<TestRun> = {}): TestRun {
  return {
    jobId: 'job-1',
    incidentId: 'PD-1',
    callId: 'c1',
    plan: { ...samplePlan, ...plan },
    status: result ? 'finished' : 'running',
    startedAt: 0,
    ...(result && { result: { ...sampleResult(1), ...result } }),
    ...more,
  };
}

const output = (...args: Parameters<typeof run>) => toTestOutput(run(...args), (text) => text);
const summary = (...args: Parameters<typeof run>) => output(...args).summary;

describe('the summary of a run', () => {
  it.each([
    ['preparing', 'The tree of suite unit is being prepared'],
    ['suite', 'Suite unit is running'],
    ['reruns', 'The failing tests of suite unit are running again, alone'],
    ['base', 'Suite unit is running on the base commit for comparison'],
  ] as const)('says that it is in phase %s [tests:base:phase]', (phase, words) => {
    const running = run(undefined, {}, { phase });
    expect(describePhase(running)).toBe(words);
    expect(toTestOutput(running, (text) => text)).toMatchObject({
      phase,
      summary: `${words}. Call run_tests with job_id job-1 to wait for it; polling is free.`,
    });
  });

  it('names what failed before and passes now [tests:base:fixed]', () => {
    const fixed = [1, 2, 3, 4].map((n) => ({ test: `t${n}`, file: 'a.js', message: 'm' }));
    expect(summary({ comparison: comparison({ fixed, fixedCount: 9 }) })).toContain(
      'Failed on the base commit bbbbbbbbbbbb and pass now, each time: a.js: t1; a.js: t2; a.js: t3 and 6 more.',
    );
  });

  it('names the file of a pytest test once [tests:base:fixed]', () => {
    const fixed = [{ test: 'tests/a.py::test_a', file: 'tests/a.py', message: 'm' }];
    expect(output({ comparison: comparison({ fixed, fixedCount: 1 }) }).fixed).toEqual(['tests/a.py::test_a']);
  });

  it('says that tests which pass only as edited prove nothing [tests:base:edited]', () => {
    const fixed = [{ test: 'a', message: 'm', edited: true }];
    expect(summary({ comparison: comparison({ fixed, fixedCount: 1 }) })).toContain('which is no proof');
    const both = [...fixed, { test: 'b', message: 'm', edited: false }];
    expect(summary({ comparison: comparison({ fixed: both, fixedCount: 2 }) })).not.toContain('no proof');
  });

  it('keeps the remedy whole where a reason is long, and what to do next [tests:base:advice]', () => {
    const remedy = 'Install in the checkout with that change, and run again.';
    const reason = `left-pad is not installed. ${'npm error '.repeat(200)}${remedy}`;
    const told = summary({ verdict: 'infra_error', reason });
    expect(told.length).toBeLessThanOrEqual(600);
    expect(told).toContain('left-pad is not installed.');
    expect(told).toContain(` … `);
    expect(told).toContain(remedy);
    expect(told).toMatch(/hand over when it ends so twice\.$/);
    const base = output({ comparison: comparison({ state: 'unknown', reason }) }).base?.reason ?? '';
    expect([base.length <= 600, base.endsWith(remedy)]).toEqual([true, true]);
  });

  it('leaves out what has no room beside a long reason, never what to do', () => {
    const names = Array.from({ length: 3 }, (_, n) => ({ test: `${n}${'t'.repeat(290)}`, message: 'm' }));
    const more = { reason: 'r'.repeat(400), comparison: comparison({ fixed: names, fixedCount: 3 }) };
    const told = summary({ verdict: 'fail', ...more });
    expect(told.length).toBeLessThanOrEqual(600);
    expect(told).toMatch(/mend the patch, or hand over\.$/);
  });

  it('says that the tree is the base and what was spent [tests:base:same]', () => {
    const text = summary({ verdict: 'fail', comparison: comparison({ state: 'same' }) });
    expect(text).toContain('nothing is patched yet, and the run spent budget');
    expect(text).not.toContain('waive');
  });

  it.each<[TestResult['verdict'], Partial<Comparison>, string]>([
    ['fail_preexisting_only', {}, 'fixgate waive tests_green/preexisting'],
    ['flaky', {}, 'run the suite again'],
    ['fail', {}, 'mend the patch, or hand over'],
    ['infra_error', {}, 'run the suite again'],
    ['fail', { state: 'unknown', reason: 'It hung.' }, 'not compared with the base commit: It hung.'],
  ])('says what to do about %s [tests:base:advice]', (verdict, more, words) => {
    expect(summary({ verdict, comparison: comparison(more) })).toContain(words);
  });

  it.each<[Partial<TestPlan>, boolean]>([
    [{ scope: 'target', namePattern: 'x' }, true],
    [{ scope: 'failed' }, true],
    [{ scope: 'affected' }, false],
  ])('says that a green part is no green suite: %j', (plan, says) => {
    expect(summary({}, plan).includes('says nothing of the whole suite')).toBe(says);
  });
});

describe('the answer to run_tests', () => {
  it('keeps files that could not be loaded apart, and tells class, frames and values [tests:failures:told]', () => {
    const failures = [
      {
        test: 'a',
        message: 'm'.repeat(700),
        class: 'new' as const,
        file: 'a.test.js',
        line: 3,
        frames: ['a.js:9 f'],
        expected: '1',
        actual: '2',
      },
      { test: 'b.test.js', message: 'gone', file: 'b.test.js', collection: true },
    ];
    const told = output({ verdict: 'fail', failures });
    expect(told.failures).toEqual([{ ...failures[0], message: 'm'.repeat(600) }]);
    expect(told.collection_errors).toEqual([{ test: 'b.test.js', message: 'gone', file: 'b.test.js' }]);
  });

  it('tells the base, the slowest tests and lines that never ran [tests:coverage:changed]', () => {
    const told = output({
      comparison: comparison({ classes: { new: 0, preexisting: 2, flaky: 0 }, reason: 'why' }),
      slowest: [{ test: 't', file: 'a.js', seconds: 2.34 }],
      coverage: { report: 'lcov.info', lines: 4, covered: 1, missed: ['a.js:1-3'] },
    });
    expect(told.base).toEqual({
      commit: COMMIT,
      state: 'ran',
      verdict: 'fail',
      classes: { new: 0, preexisting: 2, flaky: 0 },
      fixed_count: 0,
      reason: 'why',
    });
    expect(told.slowest).toEqual(['2.3 s a.js: t']);
    expect(told.coverage).toEqual({ changed_lines: 4, covered: 1, never_ran: ['a.js:1-3'] });
    expect(told.summary).toContain('3 of 4 changed lines never ran: a.js:1-3.');
  });

  it('warns of weakened tests [gate:risk:weakened]', () => {
    expect(output({}, { weakened: ['a.test.js: 1 test cases no longer run'] }).warnings).toEqual([
      'The change weakens tests, which makes it high risk: a.test.js: 1 test cases no longer run.',
    ]);
  });
});
