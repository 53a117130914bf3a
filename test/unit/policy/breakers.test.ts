import { describe, expect, it } from 'vitest';

import type { ActionKind } from '#domain/action.ts';
import type { Json } from '#domain/json.ts';
import type { PatchRecord, TestFailure, TestPlan, TestRun, Verdict } from '#domain/remediation.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import { coolOffFindings, failureSignature, hasFailed, trippedBreakers } from '#policy/breakers.ts';

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

  it.each<[string, TimelineType]>([
    ['one that fits', 'call.admitted'],
    ['a look that fits', 'call.free'],
  ])('cool off in spite of %s, which ends the row', (_, type) => {
    const paused = [['breaker/invalid', 'pause']];
    expect(rules(chain(invalid, invalid, invalid, [type]))).toEqual(paused);
    expect(rules(chain(invalid, invalid, invalid, [type], invalid, invalid, invalid))).toEqual(paused);
  });

  it('cool off anew after three more', () => {
    const events = chain(invalid, invalid, invalid, ['call.free', {}, 50 * SECOND], invalid, invalid, invalid);
    expect(trippedBreakers({ events, runs: [], patches: [], now: 57 * SECOND })).toMatchObject([
      { fix: expect.stringMatching(/^Wait 59 s/) },
    ]);
  });

  it.each<[string, number, number, boolean]>([
    ['nine', 9, SECOND, false],
    ['ten', 10, SECOND, true],
    ['ten, slowly', 10, 70 * SECOND, false],
  ])('are a storm although others fit: %s', (_, count, after, storm) => {
    const each = [['call.invalid', { arguments: 'invalid' }, after] as const, ['call.free', {}, 0] as const];
    const events = chain(...Array.from({ length: count }, () => each).flat());
    expect(rules(events)).toEqual(storm ? [['breaker/invalid', 'escalate']] : []);
  });

  it('pause for 60 s, however the clock is turned, and say how long [gate:breakers:trip]', () => {
    const events = chain(invalid, invalid, invalid);
    expect(rules(events, 3 * SECOND + MINUTE - 1)).toHaveLength(1);
    expect(rules(events, 3 * SECOND + MINUTE)).toEqual([]);
    expect(rules(events, -MINUTE)).toHaveLength(1);
    const [trip] = trippedBreakers({ events, runs: [], patches: [], now: 13 * SECOND });
    expect(trip).toMatchObject({ retry: 'later', fix: expect.stringMatching(/^Wait 50 s/) });
  });

  it('are over after 60 s of a clock that was turned back in between', () => {
    const events = [
      ...chain(invalid, invalid, invalid),
      ...chain(['call.invalid', { arguments: 'invalid', rule_ids: ['breaker/invalid'] }, -100 * MINUTE]),
    ];
    const turned = events.at(-1)?.at ?? 0;
    expect(rules(events, turned + 30 * SECOND)).toHaveLength(1);
    expect(rules(events, turned + MINUTE)).toEqual([]);
  });
});

describe('an incident that cools off', () => {
  const pause = chain(invalid, invalid, invalid);
  const storm = chain(invalid, invalid, invalid, ...Array.from({ length: 10 }, () => denied()));
  const refused = (kind: ActionKind, events: readonly TimelineEvent[]) =>
    coolOffFindings({ kind }, trippedBreakers({ events, runs: [], patches: [], now: events.at(-1)?.at ?? 0 }));

  it.each<[ActionKind, boolean]>([
    ['read', true],
    ['patch', true],
    ['test', true],
    ['publish', true],
    ['inspect', false],
    ['escalate', false],
  ])('refuses a call to %s: %s [gate:breakers:invalid]', (kind, isRefused) => {
    expect(refused(kind, pause).map(({ rule, effect }) => `${effect} ${rule}`)).toEqual(
      isRefused ? ['deny breaker/invalid'] : [],
    );
    expect(refused(kind, [])).toEqual([]);
  });

  it('is told apart from one that is to be handed over', () => {
    expect(refused('patch', storm).map(({ retry }) => retry)).toEqual(['later']);
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

  it('is one whenever it comes', () => {
    const storm = Array.from({ length: 9 }, () => denied());
    expect(rules(chain(['call.free'], denied(60 * MINUTE), ...storm))).toHaveLength(1);
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
    const { result: _result, ...going } = run('a', 'fail');
    expect(hasFailed([run('a', 'fail'), { ...going, status: 'running' }], 'a')).toBe(true);
  });
});

describe('what a breaker says', () => {
  const stop = {
    effect: 'escalate',
    fix: 'Stop and tell the on-call engineer, who finds everything so far in the report of this incident.',
    retry: 'never',
  };
  const trips = (runs: readonly TestRun[], events: readonly TimelineEvent[] = [], now = 0) =>
    trippedBreakers({ events, runs, patches: patches('a', 'b', 'c', 'd'), now });

  it('names how many attempts have failed, and that they fail alike', () => {
    const runs = [run('a', 'fail'), run('b', 'fail'), run('c', 'fail')];
    expect(trips(runs)).toEqual([
      { rule: 'breaker/attempts', reason: '3 attempts have failed their tests; 3 are allowed.', ...stop },
      { rule: 'breaker/no_progress', reason: '2 attempts in a row fail the same tests in the same way.', ...stop },
    ]);
  });

  it('names how many calls were invalid or denied', () => {
    const invalids = chain(...Array.from({ length: 7 }, () => invalid));
    expect(trips([], invalids)).toEqual([
      { rule: 'breaker/invalid', reason: '7 calls in a row had arguments that do not fit.', ...stop },
    ]);
    const mixed = chain(...Array.from({ length: 10 }, () => [invalid, ['call.free'] as const]).flat());
    expect(trips([], mixed)).toEqual([
      { rule: 'breaker/invalid', reason: '10 calls had arguments that do not fit within 10 minutes.', ...stop },
    ]);
    const storm = chain(...Array.from({ length: 10 }, () => denied()));
    expect(trips([], storm)).toEqual([
      { rule: 'breaker/denial_storm', reason: '10 calls were denied within 10 minutes.', ...stop },
    ]);
  });

  it('names how long callers wait', () => {
    const events = chain(invalid, invalid, invalid);
    expect(trips([], events, 3 * SECOND)).toEqual([
      {
        rule: 'breaker/invalid',
        effect: 'pause',
        reason:
          'After 3 calls in a row with arguments that do not fit the incident cools off; after 6 in a row a human takes over.',
        fix: "Wait 60 s, and read the arguments in the tool's description meanwhile; only get_incident, escalate and polls are answered before.",
        retry: 'later',
      },
    ]);
  });
});

describe('what counts', () => {
  const running = (tree: string): TestRun => {
    const { result: _result, ...rest } = run(tree, 'fail');
    return { ...rest, status: 'running' };
  };

  it.each<[string, readonly TestRun[], readonly string[]]>([
    ['a run that is going on is none', [run('a', 'fail'), running('b')], []],
    [
      'a run that is going on hides none before it',
      [run('a', 'fail'), run('b', 'fail'), running('b')],
      ['breaker/no_progress'],
    ],
    [
      'a run without a result is none',
      [
        { ...running('a'), status: 'finished' },
        { ...running('b'), status: 'finished' },
      ],
      [],
    ],
    [
      'another suite of a tree that fails',
      [run('a', 'fail'), run('a', 'pass', { suite: 'web' }), run('b', 'fail')],
      ['breaker/no_progress'],
    ],
    [
      'a suite of the same name that another configuration has [gate:tests:same-suite]',
      [run('a', 'fail'), run('a', 'pass', { suiteDigest: 'sha256:other' }), run('b', 'fail')],
      ['breaker/no_progress'],
    ],
    [
      'a tree of which one suite only passed',
      [run('a', 'fail'), run('b', 'pass'), run('b', 'no_tests', { suite: 'web' }), run('c', 'fail')],
      [],
    ],
    ['attempts that fail alike before the last two', [run('a', 'fail'), run('b', 'fail'), run('c', 'pass')], []],
    [
      'attempts that fail alike at last',
      [run('a', 'fail', differently('x')), run('b', 'fail'), run('c', 'fail')],
      ['breaker/attempts', 'breaker/no_progress'],
    ],
    [
      'an earlier run of one tree',
      [run('a', 'fail', differently('x')), run('b', 'fail'), run('a', 'fail')],
      ['breaker/no_progress'],
    ],
  ])('as an attempt: %s', (_, runs, expected) => {
    expect(ofRuns(runs)).toEqual(expected);
  });

  it('as a change is a patch with files: going back to the base commit is none', () => {
    const back = { ...patches('a')[0], files: [] } as PatchRecord;
    expect(ofRuns([run('a', 'fail'), run('b', 'fail')], [back, ...patches('b')])).toEqual([]);
  });

  it('after a resumption are runs that finished since, and none whose call only happened since', () => {
    const runs = [run('a', 'fail'), run('b', 'fail')];
    const later = (type: TimelineType, tree: string): TimelineEvent => ({
      ...(chain([type])[0] as TimelineEvent),
      callId: `call ${tree}`,
    });
    const resumed = chain(['incident.resumed']);
    expect(ofRuns(runs, undefined, [...resumed, later('call.free', 'a'), later('call.free', 'b')])).toEqual([]);
    expect(ofRuns(runs, undefined, [...resumed, later('tests.finished', 'a')])).toEqual([]);
  });

  it('as a call with invalid arguments is not one that failed, and ends no row', () => {
    expect(rules(chain(invalid, invalid, ['call.failed'], invalid))).toEqual([['breaker/invalid', 'pause']]);
    expect(rules(chain(invalid, invalid, ['call.succeeded'], invalid))).toEqual([['breaker/invalid', 'pause']]);
    expect(
      rules(chain(...Array.from({ length: 3 }, () => ['call.denied', { arguments: 'invalid' }] as const))),
    ).toEqual([]);
  });

  it.each<[string, TimelineType, Readonly<Record<string, Json>>, boolean]>([
    ['one rule of the agent is enough', 'call.denied', { rule_ids: ['kill_switch', 'max_files'] }, true],
    ['a refusal without rules', 'call.denied', { rule_ids: [] }, false],
    ['a refusal with no list of rules', 'call.denied', { rule_ids: 'max_files' }, false],
    ['rules that are no text', 'call.denied', { rule_ids: [7] }, true],
    ['a call that was no denial', 'call.failed', { rule_ids: ['max_files'] }, false],
    ['a closed incident', 'call.denied', { rule_ids: ['incident/closed'] }, false],
    ['the budget of the day', 'call.denied', { rule_ids: ['daily_budget/usd'] }, false],
    ['a rule that begins like a budget', 'call.denied', { rule_ids: ['budgets/usd'] }, true],
    ['a rule that ends like the kill switch', 'call.denied', { rule_ids: ['x/kill_switch'] }, true],
  ])('towards a storm: %s', (_, type, data, storm) => {
    const events = chain(...Array.from({ length: 10 }, () => [type, { code: 'policy_denied', ...data }] as const));
    expect(rules(events)).toHaveLength(storm ? 1 : 0);
  });

  it('as ten minutes are exactly ten minutes, wherever the chain begins', () => {
    const spread = (last: number) =>
      chain(['call.free', {}, 5 * MINUTE], ...Array.from({ length: 9 }, () => denied(0)), denied(last));
    expect(rules(spread(10 * MINUTE))).toHaveLength(1);
    expect(rules(spread(10 * MINUTE + 1))).toEqual([]);
  });
});

describe('the signature of a failure', () => {
  const signature = (message: string) => failureSignature([run('a', 'fail', { failures: [failure(message)] })]);

  it.each([
    ['got 1.5 of 2', 'got 17 of 3.25'],
    ['at 0xdeadbeef', 'at 0xcafe'],
    ['id deadbeefcafe', 'id 0123456789abcdef'],
    ['job 123e4567-e89b-12d3-a456-426614174000 lost', 'job 00000000-0000-4000-8000-000000000000 lost'],
    ['a   b', 'a b'],
    [' a ', 'a'],
    ['same\nstack one', 'same\nstack two'],
    [`${'x '.repeat(300)}one`, `${'x '.repeat(300)}two`],
  ])('is the same for %j and %j', (one, other) => {
    expect(signature(one)).toBe(signature(other));
  });

  it.each([
    ['expected a', 'expected b'],
    ['a b', 'ab'],
    ['cafe', 'babe'],
    ['got 1', 'got'],
    ['one', 'two'],
    ['wordwords', 'otherword'],
  ])('is another for %j and %j', (one, other) => {
    expect(signature(one)).not.toBe(signature(other));
  });

  it('is that of all failures together, and none without a result', () => {
    const both = [failure('a', 't1'), failure('b', 't2')];
    const glued = [failure('a', 't1\nunit\0t2')];
    expect(failureSignature([run('a', 'fail', { failures: both })])).not.toBe(
      failureSignature([run('a', 'fail', { failures: glued })]),
    );
    const suites = (first: string, second: string) =>
      failureSignature([
        run('a', 'fail', { suite: 'a', failures: [failure(first)] }),
        run('a', 'fail', { suite: second, failures: [failure()] }),
      ]);
    expect(suites('lost-web', 'unit')).not.toBe(suites('lost-', 'webunit'));
    const { result: _result, ...without } = run('a', 'fail');
    expect(failureSignature([without])).toBeUndefined();
    expect(hasFailed([without], 'a')).toBe(false);
  });
});
