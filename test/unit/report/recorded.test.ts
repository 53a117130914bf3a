import { describe, expect, it } from 'vitest';

import { MICROS_PER_USD } from '#domain/budget.ts';
import { toReport } from '#report/json.ts';
import { toMarkdown } from '#report/markdown.ts';
import { loweredCaps, recordedCaps, recordedPolicy, recordedSuites } from '#report/recorded.ts';

import { escalatedInput, event, events, reportInput } from './records.ts';

const here = { name: 'mine', digest: 'sha256:mine', mode: 'enforce' as const, version: 2 };
const caps = { ...reportInput().caps };
const judged = (seconds: number, data: Parameters<typeof event>[2] & object) =>
  event(seconds, 'call.admitted', { tool: 'run_tests', ...data });
const full = { policy: 'sha256:theirs', policy_name: 'theirs', policy_mode: 'shadow', policy_version: 1, caps };

describe('the policy of a report', () => {
  it('is the one that judged last, whatever the configuration of its reader says [report:records:policy]', () => {
    const records = [judged(1, { data: { policy: 'sha256:first' } }), judged(2, { data: full })];
    expect(recordedPolicy(records, here)).toEqual({
      name: 'theirs',
      digest: 'sha256:theirs',
      mode: 'shadow',
      version: 1,
      from: 'records',
      others: ['sha256:first'],
    });
  });

  it('keeps out what older records do not say, unless the same policy is here [report:records:policy]', () => {
    const digestAlone = (policy: string) => [judged(1, { data: { policy } })];
    expect(recordedPolicy(digestAlone('sha256:theirs'), here)).toMatchObject({
      name: null,
      mode: null,
      from: 'records',
    });
    expect(recordedPolicy(digestAlone(here.digest), here)).toMatchObject({ name: 'mine', mode: 'enforce', version: 2 });
  });

  it('is that of the reader, and says so, where nothing was judged; and nobody knows it where none can be read', () => {
    const policy = recordedPolicy([events[0] as (typeof events)[0]], here);
    expect(policy).toMatchObject({ name: 'mine', from: 'configuration' });
    expect(toMarkdown(toReport(reportInput({ policy })))).toContain('of this configuration; nothing was judged');
    const unknown = recordedPolicy([], undefined);
    expect(unknown).toMatchObject({ digest: null, from: null });
    expect(toMarkdown(toReport(reportInput({ policy: unknown })))).toContain('Policy not recorded');
  });
});

describe('the caps of a report', () => {
  const resumed = event(5, 'incident.resumed', { data: { approval: 'A-1', grant: { tool_calls: 10 } } });

  it('are those of the last judged call, with what was granted since by whoever is believed [report:records:caps]', () => {
    const records = [judged(1, { data: full }), resumed];
    expect(recordedCaps(records, new Set())).toEqual({ ...caps, tool_calls: caps.tool_calls + 10 });
    expect(recordedCaps(records, new Set(['A-1']))).toEqual(caps);
    expect(recordedCaps([resumed, judged(6, { data: full })], new Set())).toEqual(caps);
  });

  it.each<[string, Parameters<typeof event>[2] & object]>([
    ['none', { data: {} }],
    ['not all', { data: { caps: { usd: 1 } } }],
    ['no amounts', { data: { caps: { ...caps, usd: -1 } } }],
  ])('are not taken from a record with %s', (_, data) => {
    expect(recordedCaps([judged(1, data)], new Set())).toBeUndefined();
  });

  it('are lowered to the money that an older record names', () => {
    expect(loweredCaps(caps, [judged(1, { data: { usd_cap: 0.5 } })]).usd).toBe(MICROS_PER_USD / 2);
    expect(loweredCaps(caps, [])).toEqual(caps);
  });
});

describe('the suites of a report', () => {
  it('are those that were required when tests were last asked for [report:records:suites]', () => {
    const records = [
      judged(1, { data: { required_suites: ['old'] } }),
      judged(2, { data: { required_suites: ['unit', 7] } }),
    ];
    expect(recordedSuites(records)).toEqual(['unit']);
    expect(recordedSuites([judged(1, { data: full })])).toBeUndefined();
  });
});

describe('who called', () => {
  it('is told in the order of the first calls, without humans and the server [report:json:agents]', () => {
    const call = (seconds: number, actor: string) =>
      event(seconds, 'call.free', { actor, tool: 'get_incident', callId: `x${seconds}` });
    const report = toReport(
      reportInput({
        events: [call(1, 'human:ada'), call(2, 'first/1'), call(3, 'second/2'), call(4, 'first/1'), call(5, 'server')],
      }),
    );
    expect(report.agent).toBe('first/1');
    expect(toMarkdown(report)).toContain('calls by `first/1` (2), `second/2` (1)');
    expect(report.agents).toEqual([
      { name: 'first/1', first_at: '2026-03-02T09:00:02.000Z', calls: 2 },
      { name: 'second/2', first_at: '2026-03-02T09:00:03.000Z', calls: 1 },
    ]);
    expect(toReport(reportInput({ events: [] })).agent).toBe('none');
  });
});

describe('an earlier hand-over', () => {
  it('is told beside one that only an end without proof brings [report:hand-over:earlier]', () => {
    const first = event(80, 'incident.escalated', {
      summary: 'The budget is used up.',
      data: { rule_id: 'budget/usd' },
    });
    const input = escalatedInput();
    const doubted = { reason: 'It was closed without a proof that is believed here.', ruleId: 'human', at: 1 };
    const report = toReport({
      ...input,
      events: [...input.events, first],
      incident: { ...input.incident, escalation: doubted },
    });
    expect(report.escalation?.earlier).toMatchObject([{ reason: 'The budget is used up.', rule_id: 'budget/usd' }]);
    expect(toMarkdown(report)).toContain('by `budget/usd`: The budget is used up.');
    const same = { reason: 'The budget is used up.', ruleId: 'budget/usd', at: 1 };
    const own = { ...input, events: [first], incident: { ...input.incident, escalation: same } };
    expect(toReport(own).escalation?.earlier).toEqual([]);
  });
});
