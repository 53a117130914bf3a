import { describe, expect, it } from 'vitest';

import type { Json } from '#domain/json.ts';
import type { PatchRecord, TestFailure, TestPlan, TestRun, Verdict } from '#domain/remediation.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import { failureSignature, hasFailed, trippedBreakers } from '#policy/breakers.ts';

import { samplePatch, samplePlan, sampleResult } from '../../support/store-samples.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Events a second apart, unless told otherwise. */
function chain(
  ...steps: readonly (readonly [TimelineType, Readonly<Record<string, Json>>?, number?])[]
): TimelineEvent[] {
  let at = 0;
  return steps.map(([type, data = {}, after = SECOND], index) => {
    at += after;
    return { chain: 'PD-1', seq: index + 1, at, type, actor: 'a', summary: '', data, prevHash: '', hash: '' };
  });
}

const invalid = ['call.invalid', { arguments: 'invalid' }] as const;
const denied = (after = SECOND, data: Readonly<Record<string, Json>> = {}) =>
  ['call.denied', { code: 'policy_denied', rule_ids: ['max_files'], ...data }, after] as const;

function rules(events: readonly TimelineEvent[], now = events.at(-1)?.at ?? 0): readonly (readonly string[])[] {
  return trippedBreakers({ events, runs: [], patches: [], now }).map(({ rule, effect }) => [rule, effect]);
}

describe('invalid calls', () => {
  it.each<[string, readonly (typeof invalid)[], readonly (readonly string[])[]]>([
    ['two', [invalid, invalid], []],
    ['three', [invalid, invalid, invalid], [['breaker/invalid', 'pause']]],
    ['five', [invalid, invalid, invalid, invalid, invalid], [['breaker/invalid', 'pause']]],
    ['six', Array.from({ length: 6 }, () => invalid), [['breaker/invalid', 'escalate']]],
  ])('in a row: %s', (_, calls, expected) => {
    expect(rules(chain(...calls))).toEqual(expected);
  });

  it.each<[string, TimelineType, Readonly<Record<string, Json>>]>([
    ['an admitted call', 'call.admitted', {}],
    ['a free look', 'call.free', {}],
    ['a denial', 'call.denied', { code: 'policy_denied', rule_ids: ['max_files'] }],
    ['a patch that does not apply', 'call.invalid', { code: 'invalid_input' }],
  ])('are not in a row across %s', (_, type, data) => {
    expect(rules(chain(invalid, invalid, [type, data], invalid, invalid))).toEqual([]);
  });

  it('stay in a row across what happens besides calls', () => {
    expect(rules(chain(invalid, ['tests.finished'], invalid, ['call.succeeded'], invalid))).toHaveLength(1);
  });

  it('pause for 60 s, however the clock is turned, and say how long [gate:breakers:trip]', () => {
    const events = chain(invalid, invalid, invalid);
    expect(rules(events, 3 * SECOND + MINUTE - 1)).toHaveLength(1);
    expect(rules(events, 3 * SECOND + MINUTE)).toEqual([]);
    expect(rules(events, -MINUTE)).toHaveLength(1);
    const [trip] = trippedBreakers({ events, runs: [], patches: [], now: 13 * SECOND });
    expect(trip).toMatchObject({ retry: 'later', fix: expect.stringContaining('in 50 s') });
  });

  it('are over after 60 s of a clock that was turned back in between', () => {
    const events = [
      ...chain(invalid, invalid, invalid),
      ...chain(['call.denied', { code: 'policy_denied', rule_ids: ['breaker/invalid'] }, -100 * MINUTE]),
    ];
    const turned = events.at(-1)?.at ?? 0;
    expect(rules(events, turned + 30 * SECOND)).toHaveLength(1);
    expect(rules(events, turned + MINUTE)).toEqual([]);
  });
});

describe('a denial storm', () => {
  it.each<[string, number, number, boolean]>([
    ['nine at once', 9, 0, false],
    ['ten at once', 10, 0, true],
    ['ten within ten minutes', 10, MINUTE, true],
    ['ten in a bit more', 10, 67 * SECOND, false],
    ['twenty, slowly', 20, 67 * SECOND, false],
  ])('is not %s unless it is one', (_, count, apart, storm) => {
    const events = chain(...Array.from({ length: count }, () => denied(apart)));
    expect(rules(events)).toEqual(storm ? [['breaker/denial_storm', 'escalate']] : []);
  });

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['dry runs', { dry_run: true }],
    ['questions to humans', { code: 'approval_required' }],
    ['an empty budget', { code: 'budget_exhausted', rule_ids: ['budget/usd'] }],
    ['the kill switch', { rule_ids: ['kill_switch'] }],
    ['an escalated incident', { rule_ids: ['incident/escalated'] }],
    ['other breakers', { rule_ids: ['breaker/invalid'] }],
  ])('is not made of refusals by %s', (_, data) => {
    expect(rules(chain(...Array.from({ length: 20 }, () => denied(SECOND, data))))).toEqual([]);
  });

  it('is seen although the clock was turned back an hour in the middle, or polls came in between', () => {
    const half = Array.from({ length: 5 }, () => denied());
    expect(rules(chain(...half, denied(-60 * MINUTE), ...half))).toHaveLength(1);
    expect(rules(chain(...half, ['call.free'], ['call.admitted'], ...half))).toHaveLength(1);
  });

  it('is over once a human resumed the incident', () => {
    const storm = Array.from({ length: 10 }, () => denied());
    expect(rules(chain(...storm, ['incident.resumed']))).toEqual([]);
    expect(rules(chain(...storm, ['incident.resumed'], ...storm.slice(1)))).toEqual([]);
    expect(rules(chain(...storm, ['incident.resumed'], ...storm))).toHaveLength(1);
  });
});

const failure = (message = 'expected 0, got 1', test = 'drains'): TestFailure => ({ test, message });

function run(
  tree: string,
  verdict: Verdict,
  change: Partial<TestPlan> & { failures?: readonly TestFailure[] } = {},
): TestRun {
  const { failures = verdict === 'fail' ? [failure()] : [], ...plan } = change;
  return {
    jobId: `job ${tree}`,
    incidentId: 'PD-1',
    callId: `call ${tree}`,
    plan: { ...samplePlan, tree, ...plan },
    status: 'finished',
    startedAt: 0,
    result: { ...sampleResult(1), verdict, failures },
  };
}

const patches = (...trees: readonly string[]): PatchRecord[] =>
  trees.map((tree, index) => ({ ...samplePatch('t0', tree), n: index + 1 }));

function ofRuns(runs: readonly TestRun[], made = patches('a', 'b', 'c', 'd'), events = chain()): readonly string[] {
  return trippedBreakers({ events, runs, patches: made, now: 0 }).map(({ rule }) => rule);
}

const differently = (text: string) => ({ failures: [failure(text)] });

describe('failing attempts', () => {
  it.each<[string, readonly TestRun[], readonly string[]]>([
    ['two, in different ways', [run('a', 'fail'), run('b', 'fail', differently('x'))], []],
    [
      'three, in different ways',
      [run('a', 'fail'), run('b', 'fail', differently('x')), run('c', 'timeout', differently('y'))],
      ['breaker/attempts'],
    ],
    ['two in the same way', [run('a', 'fail'), run('b', 'fail')], ['breaker/no_progress']],
    [
      'two that differ in numbers',
      [run('a', 'fail', differently('got 17 ms')), run('b', 'fail', differently('got 4 ms'))],
      ['breaker/no_progress'],
    ],
    ['two without names', [run('a', 'fail', { failures: [] }), run('b', 'fail', { failures: [] })], []],
    ['the same tree twice', [run('a', 'fail'), run('a', 'fail'), run('a', 'fail')], []],
    ['one that passed in between', [run('a', 'fail'), run('b', 'pass'), run('c', 'fail')], []],
    ['a flaky tree', [run('a', 'fail'), run('a', 'pass'), run('b', 'fail')], []],
    ['the base commit', [run('base', 'fail'), run('a', 'fail')], []],
    ['chosen files', [run('a', 'fail', { scope: 'files' }), run('b', 'fail', { scope: 'files' })], []],
    ['optional suites', [run('a', 'fail', { required: false }), run('b', 'fail', { required: false })], []],
    ['machines that break', [run('a', 'infra_error'), run('b', 'infra_error'), run('c', 'no_tests')], []],
  ])('of the kind "%s" trip %j', (_, runs, expected) => {
    expect(ofRuns(runs)).toEqual(expected);
  });

  it('are counted again after a human resumed the incident', () => {
    const runs = [run('a', 'fail'), run('b', 'fail')];
    const finished = (tree: string): TimelineEvent => ({
      ...(chain(['tests.finished'])[0] as TimelineEvent),
      callId: `call ${tree}`,
    });
    const resumed = chain(['incident.resumed']);
    expect(ofRuns(runs, undefined, [finished('a'), finished('b'), ...resumed])).toEqual([]);
    expect(ofRuns(runs, undefined, [...resumed, finished('a'), finished('b')])).toEqual(['breaker/no_progress']);
  });

  it('are told by what fails and how, not by how often it is printed', () => {
    const signature = (...failures: TestFailure[]) => failureSignature([run('a', 'fail', { failures })]);
    expect(signature(failure('a'), failure('b', 't2'))).toBe(signature(failure('b', 't2'), failure('a')));
    expect(signature(failure('at 0xdeadbeef\nstack'))).toBe(signature(failure('at 0xcafe0123\nother')));
    expect(signature(failure('a'))).not.toBe(signature(failure('a', 't2')));
  });

  it('make a tree one that has failed, until it passes', () => {
    expect(hasFailed([run('a', 'fail')], 'a')).toBe(true);
    expect(hasFailed([run('a', 'fail')], 'b')).toBe(false);
    expect(hasFailed([run('a', 'fail'), run('a', 'pass')], 'a')).toBe(false);
    expect(hasFailed([run('a', 'timeout')], 'a')).toBe(false);
  });
});
