import { describe, expect, it } from 'vitest';

import type { TestFailure, TestResult } from '#domain/remediation.ts';
import type { BaseFailure, BaseOutcome, TestCaseResult } from '#domain/test-comparison.ts';
import { classify, createTestIndex, slowestTests, type Compared } from '#workspace/tests/classify.ts';

const COMMIT = 'b'.repeat(40);

const failed = (test: string, file?: string): TestCaseResult => ({
  test,
  outcome: 'failed',
  ...(file !== undefined && { file }),
});
const passed = (test: string, file?: string): TestCaseResult => ({ ...failed(test, file), outcome: 'passed' });
const before = (test: string, more: Partial<BaseFailure> = {}): BaseFailure => ({
  test,
  message: 'was wrong',
  flaky: false,
  ...more,
});
const base = (failing: readonly BaseFailure[], more: Partial<BaseOutcome> = {}): BaseOutcome => ({
  verdict: failing.length > 0 ? 'fail' : 'pass',
  exitCode: failing.length > 0 ? 1 : 0,
  failing,
  ...more,
});

function resultOf(cases: readonly TestCaseResult[], more: Partial<TestResult> = {}): TestResult {
  const wrong = cases.filter(({ outcome }) => outcome === 'failed');
  const failures: TestFailure[] = wrong.map(({ test, file }) => ({
    test,
    message: 'is wrong',
    ...(file !== undefined && { file }),
  }));
  return {
    verdict: wrong.length > 0 ? 'fail' : 'pass',
    counts: { total: cases.length, passed: cases.length - wrong.length, failed: wrong.length, skipped: 0 },
    failures,
    exitCode: wrong.length > 0 ? 1 : 0,
    durationSeconds: 1,
    output: '',
    outputTruncated: false,
    ...more,
  };
}

const compared = (more: Partial<Compared> = {}): Compared => ({
  commit: COMMIT,
  state: 'ran',
  flaky: [],
  byExitCode: false,
  ...more,
});

const run = (cases: readonly TestCaseResult[], against: Partial<Compared>, more: Partial<TestResult> = {}) =>
  classify({ result: resultOf(cases, more), cases }, compared(against));

describe('a run whose passed tests have no names', () => {
  const counts = { total: 2, passed: 2, failed: 0, skipped: 0 };
  const reasonOf = (cases: readonly TestCaseResult[], against: Partial<Compared>) =>
    run(cases, against, { counts }).comparison?.reason;

  it('says that nothing can be called fixed', () => {
    expect(reasonOf([], { base: base([before('a')]) })).toMatch(/names no test that passed/);
  });

  it.each<[string, readonly TestCaseResult[], Partial<Compared>]>([
    ['where they have', [passed('b')], { base: base([before('a')]) }],
    ['where nothing failed before', [], { base: base([]) }],
    ['where nothing is compared', [], { base: base([before('a')]), state: 'same' }],
    ['where the exit code is compared', [], { base: base([before('a')]), byExitCode: true }],
  ])('says nothing of it %s', (_where, cases, against) => {
    expect(reasonOf(cases, against)).toBeUndefined();
  });
});

describe('the verdict of a compared run', () => {
  it.each<[string, readonly TestCaseResult[], Partial<Compared>, string, string]>([
    ['a new failure', [failed('a'), passed('b')], { base: base([]) }, 'fail', '1 of 2 tests failed: 1 new.'],
    ['one that is old', [failed('a')], { base: base([before('a')]) }, 'fail_preexisting_only', '1 preexisting'],
    [
      'an old and a new one',
      [failed('a'), failed('b')],
      { base: base([before('a')]) },
      'fail',
      '2 of 2 tests failed: 1 new, 1 preexisting.',
    ],
    ['one that passed alone', [failed('a')], { base: base([]), flaky: [{ test: 'a' }] }, 'flaky', '1 flaky'],
    [
      'one that is flaky on the base',
      [failed('a')],
      { base: base([before('a', { flaky: true })]) },
      'flaky',
      '1 flaky',
    ],
    [
      'an old and a flaky one',
      [failed('a'), failed('b')],
      { base: base([before('a')]), flaky: [{ test: 'b' }] },
      'fail_preexisting_only',
      '1 preexisting, 1 flaky',
    ],
    ['a flaky one without a base', [failed('a')], { state: 'unknown', flaky: [{ test: 'a' }] }, 'flaky', '1 flaky'],
    [
      'a flaky one and one that is not known',
      [failed('a'), failed('b')],
      { state: 'unknown', flaky: [{ test: 'a' }] },
      'fail',
      'the others not compared',
    ],
    [
      'anything on the base itself',
      [failed('a')],
      { state: 'same', base: base([before('a')]) },
      'fail',
      '1 preexisting',
    ],
    ['nothing known of the base', [failed('a')], { state: 'unknown' }, 'fail', ''],
    ['a base that named no test', [failed('a')], { base: base([], { verdict: 'fail', exitCode: 2 }) }, 'fail', ''],
    ['no failure', [passed('a')], { base: base([before('a')]) }, 'pass', ''],
  ])('with %s is told [tests:base:classes]', (...[, cases, against, verdict, words]) => {
    const result = run(cases, against);
    expect(result.verdict).toBe(verdict);
    expect(result.reason ?? '').toContain(words);
  });

  it('stays a failure when not every failing test is known by name', () => {
    const cases = [failed('a')];
    const more = { counts: { total: 5, passed: 3, failed: 2, skipped: 0 } };
    expect(run(cases, { base: base([before('a')]) }, more).verdict).toBe('fail');
  });

  it.each([
    ['a killed runner', { exitCode: 137 }],
    ['no exit code', { exitCode: null }],
    ['a blocked command', { blocked: [{ entry: 'x', call: 'x' }] }],
  ])('stays a failure with %s', (_title, more) => {
    expect(run([failed('a')], { base: base([before('a')]) }, more).verdict).toBe('fail');
  });

  it.each(['timeout', 'infra_error', 'no_tests'] as const)('leaves %s alone', (verdict) => {
    expect(run([failed('a')], { base: base([before('a')]) }, { verdict }).verdict).toBe(verdict);
  });

  it.each<[boolean, number, string]>([
    [true, 1, 'fail_preexisting_only'],
    [true, 0, 'fail'],
    [false, 1, 'fail'],
  ])('goes by the exit code only for a suite without test cases (%s, base %s)', (byExitCode, exitCode, verdict) => {
    const against = { byExitCode, base: base([], { verdict: exitCode === 0 ? 'pass' : 'fail', exitCode }) };
    const result = run([], against, { verdict: 'fail', exitCode: 1, reason: 'It ended with exit code 1.' });
    expect(result.verdict).toBe(verdict);
  });
});

describe('fixed tests', () => {
  it('failed on the base commit each time and passed now, by file and name [tests:base:fixed]', () => {
    const old = [
      before('a', { file: 'x.js' }),
      before('a', { file: 'y.js' }),
      before('b', { flaky: true }),
      before('gone'),
      before('c'),
    ];
    const cases = [passed('a', 'x.js'), failed('a', 'y.js'), passed('b'), passed('c'), failed('c')];
    const { comparison } = run(cases, { base: base(old) });
    expect(comparison).toMatchObject({ fixedCount: 1, fixed: [{ test: 'a', file: 'x.js', message: 'was wrong' }] });
  });

  it('are a file that could not be loaded, when all of it passes now', () => {
    const old = [before('x.js', { file: 'x.js', collection: true })];
    expect(run([passed('a', 'x.js')], { base: base(old) }).comparison?.fixedCount).toBe(1);
    const still = run([passed('a', 'x.js'), failed('b', 'x.js')], { base: base(old) });
    expect(still.comparison).toMatchObject({ fixedCount: 0, classes: { new: 0, preexisting: 1, flaky: 0 } });
  });

  it('are counted in full and named in part', () => {
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const { comparison } = run(
      names.map((name) => passed(name)),
      { base: base(names.map((name) => before(name))) },
    );
    expect([comparison?.fixed.length, comparison?.fixedCount]).toEqual([20, 30]);
  });

  it.each<[string, Partial<Compared>, string, readonly string[]]>([
    ['each passed again', { lucky: [], edited: [] }, 'pass', ['a', 'b']],
    ['one failed then', { lucky: [{ test: 'a' }], edited: [] }, 'flaky', ['b']],
    ['one could not be run again', { unconfirmed: [{ test: 'a' }], edited: [] }, 'pass', ['b']],
    ['one passes only as edited', { edited: [{ test: 'a' }] }, 'pass', ['b', 'a']],
  ])('count when they were run again and %s [tests:base:confirmed]', (_, more, verdict, names) => {
    const result = run([passed('a'), passed('b')], { base: base([before('a'), before('b')]), ...more });
    expect(result.verdict).toBe(verdict);
    expect(result.comparison?.fixed.map(({ test }) => test)).toEqual(names);
    expect(result.comparison?.fixed.map(({ edited }) => edited)).toEqual(
      names.map((name) => more.edited?.some(({ test }) => test === name) ?? false),
    );
  });

  it('are none on the base itself', () => {
    expect(run([passed('a')], { state: 'same', base: base([before('a')]) }).comparison?.fixedCount).toBe(0);
  });
});

it('finds tests by name, and by file where both sides know it', () => {
  const find = createTestIndex([{ test: 'a', file: 'x.js' }, { test: 'b' }]);
  expect(find({ test: 'a' })).toBeDefined();
  expect(find({ test: 'a', file: 'x.js' })).toBeDefined();
  expect(find({ test: 'a', file: 'y.js' })).toBeUndefined();
  expect(find({ test: 'b', file: 'y.js' })).toBeDefined();
});

it('lists the five slowest tests', () => {
  const cases = [0.05, 3, 0.2, 7.12345, 1, 2, 0.4].map((seconds, index) => ({ ...passed(`t${index}`), seconds }));
  expect(slowestTests([...cases, passed('untimed')]).map(({ seconds }) => seconds)).toEqual([7.123, 3, 2, 1, 0.4]);
});

it('calls nothing fixed that failed on the very same tree before [tests:base:fixed]', () => {
  const against = { base: base([before('a'), before('b')]), flaky: [{ test: 'a' }] };
  const result = run([passed('a'), passed('b')], against);
  expect(result.comparison?.fixed.map(({ test }) => test)).toEqual(['b']);
});
