import { describe, expect, it } from 'vitest';

import type { TestFailure, TestPlan, TestResult } from '#domain/remediation.ts';
import type { BaseOutcome, Comparison, TestCaseResult } from '#domain/test-comparison.ts';
import { toKnownTests, withLost } from '#workspace/tests/lost-tests.ts';

import { samplePlan } from '../../../support/store-samples.ts';

/** `+a` passed, `!a` failed, `-a` was skipped. */
const OUTCOMES = { '+': 'passed', '!': 'failed', '-': 'skipped' } as const;

function toCases(text: string): readonly TestCaseResult[] {
  return text
    .split(', ')
    .filter((each) => each !== '')
    .map((each) => ({ test: each.slice(1), outcome: OUTCOMES[each[0] as keyof typeof OUTCOMES] }));
}

const compared: Comparison = { commit: 'b'.repeat(40), state: 'ran', fixed: [], fixedCount: 0 };

function resultOf(cases: readonly TestCaseResult[], more: Partial<TestResult> = {}): TestResult {
  const count = (wanted: string) => cases.filter(({ outcome }) => outcome === wanted).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  return {
    verdict: 'pass',
    counts: { total: cases.length, passed, failed, skipped },
    failures: [],
    exitCode: 0,
    durationSeconds: 1,
    output: '',
    outputTruncated: false,
    comparison: compared,
    ...more,
  };
}

function baseOf(cases: readonly TestCaseResult[], failures: readonly TestFailure[] = []): BaseOutcome {
  return {
    verdict: 'fail',
    exitCode: 1,
    failing: [],
    ...toKnownTests({ result: resultOf(cases, { failures }), cases }),
  };
}

const planOf = (wider: boolean): TestPlan => ({
  ...samplePlan,
  base: { commit: compared.commit, tree: 't', timeoutSeconds: 1, wider },
});
const plan = planOf(false);

const lostOf = (before: string, after: string, wider = false) => {
  const cases = toCases(after);
  return withLost({ result: resultOf(cases), cases }, baseOf(toCases(before)), planOf(wider)).comparison?.lost;
};

describe('a test that ran on the base commit is lost', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['passed there and is skipped', '+a, +b', '+a, -b', ['b']],
    ['failed there and is skipped', '+a, !b', '+a, -b', ['b']],
    ['is gone', '+a, +b', '+a', ['b']],
    ['is gone and another came', '+a, +b', '+a, +c', ['b']],
    ['is skipped beside a new one of its name', '+a, +b', '+a, -b, +b', ['b']],
    ['is one of two of its name', '+a, +b, +b', '+a, +b, -b', ['b']],
    ['is the other of two of its name', '+a, +b, -b', '+a, -b, -b', ['b']],
    ['is skipped and was never alone', '+a, +a', '-a, -a, +c', ['a', 'a']],
  ])('when it %s [tests:base:lost]', (_how, before, after, tests) => {
    expect(lostOf(before, after)).toMatchObject({ count: tests.length, tests });
  });
});

describe('no test is lost', () => {
  it.each<[string, string, string]>([
    ['where nothing changed', '+a, -b', '+a, -b'],
    ['that was skipped there as well, one of several', '+a, +b, -b', '+a, -b, +b'],
    ['that was skipped there and is gone', '+a, -b', '+a'],
    ['that is new and skipped', '+a', '+a, -b'],
    ['that runs again', '+a, -b', '+a, +b'],
    ['where a package did not build', '!m/a, +m/b › TestB', '+m/a › TestA, +m/b › TestB'],
    ['where a test failed before its parts', '!m › TestA', '+m › TestA/one'],
    ['where a hook failed', '!Queue "before each" hook for "drains", +a', '+Queue drains, +a'],
    ['where the run ended before its tests', '!the end of the tests, +a', '+a'],
  ])('%s [tests:base:lost]', (_why, before, after) => {
    expect(lostOf(before, after)).toBeUndefined();
  });

  it('where a file could not be loaded', () => {
    const cases: TestCaseResult[] = [{ test: 'x.js', file: 'x.js', outcome: 'failed' }, ...toCases('!y, +z')];
    const base = baseOf(cases, [{ test: 'y', message: 'x', collection: true }]);
    expect(base).toMatchObject({ counts: { ran: 3, skipped: 0 }, names: { ran: ['z'], skipped: [] } });
  });

  it('by its absence where the base commit ran more than was selected', () => {
    expect(lostOf('+a, +b', '+a', true)).toBeUndefined();
    expect(lostOf('+a, +b, +c', '+a, -b', true)).toMatchObject({ tests: ['b'] });
  });

  it.each(['fail', 'flaky', 'timeout', 'infra_error', 'no_tests'] as const)('by a run that is %s', (verdict) => {
    const cases = toCases('+a, -b');
    const result = resultOf(cases, { verdict });
    expect(withLost({ result, cases }, baseOf(toCases('+a, +b')), plan)).toBe(result);
  });

  it('by a run on the base itself', () => {
    const cases = toCases('+a, -b');
    const result = resultOf(cases, { comparison: { ...compared, state: 'same' } });
    expect(withLost({ result, cases }, undefined, plan)).toBe(result);
  });
});

describe('where a runner names no tests', () => {
  const counts = (ran: number, skipped: number) => ({ total: ran + skipped, passed: ran, failed: 0, skipped });
  const known = (ran: number, skipped: number): BaseOutcome => ({
    verdict: 'pass',
    exitCode: 0,
    failing: [],
    ...toKnownTests({ result: resultOf([], { counts: counts(ran, skipped) }), cases: [] }),
  });

  it.each<[readonly [number, number], readonly [number, number], number | undefined]>([
    [[3, 0], [1, 2], 2],
    [[3, 0], [4, 1], 1],
    [[3, 0], [2, 0], 1],
    [[1, 0], [1, 3], 1],
    [[3, 2], [3, 2], undefined],
    [[3, 2], [5, 0], undefined],
    [[0, 0], [3, 1], undefined],
  ])('%j that ran and were skipped before and %j now lose %s [tests:base:lost]', (before, now, count) => {
    const result = resultOf([], { counts: counts(...now) });
    const { comparison, reason } = withLost({ result, cases: [] }, known(...before), plan);
    expect(comparison?.lost?.count).toBe(count);
    expect(reason === undefined).toBe(count === undefined);
  });
});

describe('the words of a run that lost tests', () => {
  const cases = toCases('-a, -b, -c, -d, +e');

  it('name the first of them and say what to do, after the reason that there is', () => {
    const result = resultOf(cases, { verdict: 'fail_preexisting_only', reason: 'One is old.' });
    expect(withLost({ result, cases }, baseOf(toCases('+a, +b, +c, +d, +e')), plan).reason).toBe(
      'One is old. 4 tests ran on the base commit and are skipped or gone now: a; b; c; and 1 more. Let them run again, else a human has to approve the change.',
    );
  });

  it('take no skipped test for an old one where the base commit is not known', () => {
    const result = resultOf(cases, { comparison: { ...compared, state: 'unknown' } });
    const { comparison } = withLost({ result, cases }, undefined, plan);
    expect(comparison?.lost).toMatchObject({ count: 4, tests: ['a', 'b', 'c', 'd'] });
    expect(comparison?.lost?.why).toMatch(/^4 tests are skipped, and nothing shows/);
    const byHand = { ...plan, scope: 'target' as const, namePattern: 'e' };
    expect(withLost({ result, cases }, undefined, byHand)).toBe(result);
    const ran = resultOf(toCases('+a'), { comparison: { ...compared, state: 'unknown' } });
    expect(withLost({ result: ran, cases: toCases('+a') }, undefined, plan)).toBe(ran);
  });
});
