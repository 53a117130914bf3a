import { describe, expect, it } from 'vitest';

import type { Amounts } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { TestRun } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { nearCaps, newWarnings, warningEvent, warningText } from '#policy/budget-warnings.ts';

const caps = Object.fromEntries(budgetKinds.map((kind) => [kind, 100])) as Amounts;
const none = Object.fromEntries(budgetKinds.map((kind) => [kind, 0])) as Amounts;

describe('a budget that comes near its end', () => {
  it.each([
    [74, []],
    [75, [75]],
    [89, [75]],
    [90, [90]],
    [99, [90]],
    [100, []],
    [140, []],
  ])('of which %i %% are used is warned of at %j [gate:budget:warned]', (used, levels) => {
    expect(nearCaps(caps, { ...none, tool_calls: used }, () => []).map(({ level }) => level)).toEqual(levels);
  });

  it.each([
    [0.4, 400_000, [0]],
    [0.4, 399_999, []],
    [0.4, 800_000, [75]],
    [0, 0, [0]],
    [2, 700_000, []],
    [undefined, 400_000, []],
  ])(
    'is warned of from the %j dollars on that the policy names, with %i millionths used [gate:budget:warned]',
    (wish, usd, levels) => {
      const dollar = { ...caps, usd: 1_000_000 };
      const near = nearCaps(dollar, { ...none, usd }, () => [], { warn_at_usd: wish });
      expect(near.map(({ kind, level }) => [kind, level])).toEqual(levels.map((level) => ['usd', level]));
    },
  );

  it('is not one that allows nothing, and each kind counts for itself', () => {
    expect(nearCaps(none, none, () => [])).toEqual([]);
    expect(nearCaps(caps, { ...none, usd: 80, prs: 95 }, () => []).map(({ kind }) => kind)).toEqual(['prs', 'usd']);
  });

  it('is not the time that a run holds until it ends', () => {
    const run = (status: TestRun['status']) => ({ status }) as TestRun;
    const used = { ...none, test_seconds: 80, test_runs: 80 };
    const kinds = (...runs: TestRun[]) => nearCaps(caps, used, () => runs).map(({ kind }) => kind);
    expect(kinds(run('finished'))).toEqual(['test_runs', 'test_seconds']);
    expect(kinds(run('finished'), run('running'))).toEqual(['test_runs']);
  });

  it('is told in one sentence, and kept as an event', () => {
    const warning = { kind: 'tool_calls', level: 75, used: 31, cap: 40 } as const;
    expect(warningText(warning)).toBe('At least 75 % of a budget is used: 31 of 40 tool calls.');
    expect(warningText({ kind: 'usd', level: 90, used: 950_000, cap: 1_000_000 })).toBe(
      'At least 90 % of a budget is used: $0.95 of $1.00 estimated spending.',
    );
    expect(warningText({ kind: 'usd', level: 0, used: 400_000, cap: 1_000_000 })).toBe(
      'As much of a budget is used as the policy warns of: $0.40 of $1.00 estimated spending.',
    );
    expect(warningEvent(warning, { tool: 'open_pr', callId: 'c' })).toEqual({
      type: 'budget.warned',
      actor: 'server',
      tool: 'open_pr',
      callId: 'c',
      summary: 'At least 75 % of a budget is used: 31 of 40 tool calls.',
      data: { kind: 'tool_calls', level: 75, used: 31, cap: 40 },
    });
  });
});

describe('a warning', () => {
  const warning = { kind: 'usd', level: 90, used: 95, cap: 100 } as const;
  const told = (data: TimelineEvent['data'], type: TimelineEvent['type'] = 'budget.warned') => [
    { type, data } as TimelineEvent,
  ];

  it.each<[string, readonly TimelineEvent[], boolean]>([
    ['that nobody heard', [], true],
    ['that was given', told({ kind: 'usd', level: 90, cap: 100 }), false],
    ['after the one before it', told({ kind: 'usd', level: 75, cap: 100 }), true],
    ['of another kind', told({ kind: 'prs', level: 90, cap: 100 }), true],
    ['of another cap', told({ kind: 'usd', level: 90, cap: 50 }), true],
    ['after something else', told({ kind: 'usd', level: 90, cap: 100 }, 'call.denied'), true],
  ])('%s', (_, events, isNew) => {
    expect(newWarnings([warning], events)).toEqual(isNew ? [warning] : []);
  });

  it('of the lower level is no news after the higher', () => {
    expect(newWarnings([{ ...warning, level: 75 }], told({ kind: 'usd', level: 90, cap: 100 }))).toEqual([]);
  });
});
