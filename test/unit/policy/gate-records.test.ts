import { describe, expect, it } from 'vitest';

import type { Action, ActionKind } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { Amounts } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Incident } from '#domain/incident.ts';
import type { Publication } from '#domain/neighbour.ts';
import type { RiskFacts } from '#domain/risk.ts';
import type { NewTimelineEvent, TimelineEvent, TimelineType } from '#domain/timeline.ts';
import { createApprovals, subjectOf } from '#policy/approvals.ts';
import { createGate } from '#policy/gate.ts';
import { guards } from '#policy/guards/index.ts';
import { createHumanWord } from '#policy/human-word.ts';
import type { Policy } from '#policy/schema.ts';
import { waiverSubject } from '#policy/waivers.ts';
import type { AdmitOutcome, AdmitRequest } from '#state/store.ts';

import { NOON, sampleIncident } from '../../support/store-samples.ts';
import { patch, publishing, running, shipped, touching } from './samples.ts';

const none = Object.fromEntries(budgetKinds.map((kind) => [kind, 0])) as Amounts;
const mine = sampleIncident('INC-7', { severity: 'SEV3', severityConfirmed: true });
const highFacts: RiskFacts = { at: 0, files: [], floors: [{ floor: 'migration', why: 'db/1.sql' }] };

interface World {
  readonly incident?: Incident;
  /** The record when the call is admitted, where that is another. */
  readonly later?: Incident;
  readonly policy?: Partial<Policy>;
  readonly events?: readonly TimelineEvent[];
  readonly approvals?: readonly Approval[];
  readonly used?: Partial<Amounts>;
  readonly usedToday?: Partial<Amounts>;
  readonly outcome?: AdmitOutcome;
  readonly haltedLater?: string;
  /** Pull requests of the repository when the call is admitted. */
  readonly published?: readonly Publication[];
  readonly halted?: string;
  readonly guard?: boolean;
}

/** A gate on records that say what a test wants, and everything that it writes. */
function gateOf(world: World = {}) {
  const incident = world.incident ?? mine;
  const written: { chain: string; event: NewTimelineEvent }[] = [];
  const admitted: AdmitRequest[] = [];
  const escalated: unknown[] = [];
  const asked: Approval[] = [];
  let halted = world.halted;
  const used = { ...none, ...world.used };
  const store = {
    timeline: () => world.events ?? [],
    testRuns: () => [],
    patches: () => [],
    runsOnTree: () => [],
    sev1Incidents: () => [],
    told: () => [],
    takenBack: () => [],
    publications: () => [],
    getIncident: () => incident,
    approvals: () => [...(world.approvals ?? []), ...asked],
    requestApproval: (approval: Approval) => {
      asked.push(approval);
      return approval;
    },
    used: () => used,
    usedToday: () => ({ ...none, ...world.usedToday }),
    append: (chain: string, event: NewTimelineEvent) => {
      written.push({ chain, event });
      return { ...event, chain, seq: 1, at: 0, prevHash: '', hash: '' } as TimelineEvent;
    },
    escalate: (_id: string, escalation: unknown) => {
      escalated.push(escalation);
      return incident;
    },
    settle: (request: unknown) => void written.push({ chain: 'settled', event: request as NewTimelineEvent }),
    admit: (request: AdmitRequest): AdmitOutcome => {
      halted = world.haltedLater ?? halted;
      request.confirm?.(world.later ?? incident, used, {
        publications: () => world.published ?? [],
        timeline: () => world.events ?? [],
      });
      admitted.push(request);
      return world.outcome ?? { admitted: true, held: { bytes_out: 5 } };
    },
  };
  const clock = { now: () => NOON };
  const approvals = createApprovals({ store, clock, proof: { mode: 'advisory' } });
  const policy: Policy = { ...shipped, ...world.policy };
  const gate = createGate({
    guards,
    store,
    clock,
    approvals,
    word: createHumanWord({ store, approvals }),
    policyOf: async () => policy,
    maxUsd: undefined,
    halted: () => halted,
    ...(world.guard && { guard: { strength: 'advisory', reasons: ['stdio'] } }),
  });
  const attempt = { incident, callId: 'call-1', tool: 'a_tool', actor: 'agent/1', bytesIn: 100 };
  const admit = (action: Action) => gate.admit<ActionKind>(action, attempt);
  const check = (action: Action) => gate.check<ActionKind>(action, attempt);
  return { gate, admit, check, attempt, written, admitted, escalated, asked, policy };
}

const event = (type: TimelineType, data: TimelineEvent['data'] = {}): TimelineEvent => ({
  chain: 'INC-7',
  seq: 1,
  at: NOON,
  type,
  actor: 'a',
  summary: '',
  data,
  prevHash: '',
  hash: '',
});

function decided(subject: Parameters<typeof bindingOf>[0], change: Partial<Approval> = {}): Approval {
  return {
    ...subject,
    id: 'A-1',
    binding: bindingOf(subject),
    question: '',
    ruleIds: [],
    requestedBy: 'agent/1',
    requestedAt: NOON,
    expiresAt: NOON + 1,
    decision: { verdict: 'approved', reason: '', at: NOON, by: 'ada' },
    ...change,
  };
}

describe('the record of an admitted call', () => {
  it('holds what was done, under which policy and how far the agent may go, and nothing that is not there', async () => {
    const { admit, admitted } = gateOf();
    const permit = await admit(patch());
    expect(permit).toEqual({
      action: patch(),
      incident: mine,
      callId: 'call-1',
      held: { bytes_out: 5 },
      autonomy: 'pr_bot',
    });
    expect(admitted).toHaveLength(1);
    expect(admitted[0]).toMatchObject({ incidentId: 'INC-7', callId: 'call-1', caps: { usd: 1_000_000 } });
    expect(Object.keys(admitted[0] ?? {})).not.toEqual(expect.arrayContaining(['daily']));
    expect(Object.hasOwn(admitted[0] ?? {}, 'approvalId')).toBe(false);
    expect(admitted[0]?.event).toEqual({
      type: 'call.admitted',
      actor: 'agent/1',
      tool: 'a_tool',
      callId: 'call-1',
      summary: 'a_tool admitted',
      data: {
        action: 'patch',
        from_tree: 't1',
        tree: 't2',
        diff_hash: 'sha256:0',
        paths: ['src/orders.js'],
        policy: shipped.digest,
        policy_name: shipped.name,
        policy_mode: 'enforce',
        trust: 'advisory',
        policy_version: 1,
        caps: { ...shipped.budget, usd: 1_000_000 },
        usd_cap: 1,
        autonomy: { level: 'pr_bot', bound_by: ['policy'] },
      },
    });
  });

  it.each([
    ['a patch, which is nothing else', patch(), true],
    ['a test run', running('npm test'), false],
    ['a pull request', publishing(), false],
  ])('is on the disk before the call is made, but for %s [state:writes:flushed]', async (_, action, isRecordsOnly) => {
    const { admit, admitted } = gateOf();
    await admit(action);
    expect(admitted.map((request) => request.isRecordsOnly)).toEqual([isRecordsOnly]);
  });

  it('names the guard, the risk, the rules of shadow mode and who approved', async () => {
    const low: RiskFacts = { at: 0, files: [], floors: [] };
    const shadowed = gateOf({ guard: true, policy: { mode: 'shadow' } });
    await shadowed.admit({ ...touching('.env', 'src/a.js'), risk: low });
    expect(shadowed.admitted[0]?.event.data).toMatchObject({
      guard: { strength: 'advisory', reasons: ['stdio'] },
      risk: { score: 0, band: 'low' },
      would_deny: ['protected_files/*.env*'],
    });
    const action = touching('package.json');
    const approved = gateOf({ approvals: [decided(subjectOf(action, mine, shipped))] });
    await approved.admit(action);
    expect(approved.admitted[0]?.approvalId).toBe('A-1');
    expect(approved.admitted[0]?.event.data).toMatchObject({ approval: 'A-1', approved_by: 'ada' });
  });

  it('names the waivers that let it through', async () => {
    const approval = decided(waiverSubject('protected_files/*.env*', mine, shipped), { id: 'A-2' });
    const { admit, admitted } = gateOf({ approvals: [approval] });
    await admit(touching('.env', 'web/.env'));
    expect(admitted[0]?.event.data['waived']).toEqual([{ rule: 'protected_files/*.env*', approval: 'A-2', by: 'ada' }]);
    expect(Object.hasOwn(admitted[0] ?? {}, 'approvalId')).toBe(false);
  });

  it('shares a ledger of the day where an agent opened the incident', async () => {
    const { admit, admitted } = gateOf({ incident: { ...mine, openedBy: 'agent' } });
    await admit(patch());
    expect(admitted[0]?.daily).toMatchObject({
      ledger: 'agents:/srv/user-service',
      caps: { usd: 10_000_000, prs: 10 },
    });
  });

  it('of a look at the records is free and holds how far the agent may go', async () => {
    const { admit, admitted, written } = gateOf({ used: { usd: 9e9, tool_calls: 9e9 } });
    const permit = await admit({ kind: 'inspect' });
    expect(permit.held).toEqual({});
    expect(admitted).toEqual([]);
    expect(written).toEqual([
      {
        chain: 'INC-7',
        event: {
          type: 'call.free',
          actor: 'agent/1',
          tool: 'a_tool',
          callId: 'call-1',
          summary: 'a_tool looked at the records',
          data: { autonomy: { level: 'pr_bot', bound_by: ['policy'] } },
        },
      },
    ]);
  });
});

describe('the end of a call', () => {
  const end = async (ending: { ok: boolean; data?: Record<string, string> }, action: Action = patch()) => {
    const { gate, admit, attempt, written } = gateOf();
    const permit = await admit(action);
    const told = gate.settle(permit, attempt, { summary: 'done', bytesOut: 400, ...ending });
    expect(told).toEqual([]);
    return written.filter(({ chain }) => chain === 'settled').map((each) => each.event);
  };

  it.each([
    [true, 'call.succeeded'],
    [false, 'call.failed'],
  ])('that is ok: %s is %s', async (ok, type) => {
    expect(await end({ ok })).toMatchObject([
      {
        incidentId: 'INC-7',
        callId: 'call-1',
        actual: { bytes_out: 400, usd: expect.any(Number) },
        event: { type, actor: 'agent/1', tool: 'a_tool', callId: 'call-1', summary: 'done', data: {} },
      },
    ]);
    expect(await end({ ok, data: { x: 'y' } })).toMatchObject([{ event: { data: { x: 'y' } } }]);
  });

  it('that only looked at the records is no second record', async () => {
    expect(await end({ ok: true }, { kind: 'inspect' })).toEqual([]);
  });
});

const escalated = { ...mine, state: 'escalated' as const, escalation: { reason: 'Enough.', ruleId: 'human', at: 0 } };
const closed = { ...mine, state: 'closed' as const };
const read: Action = { kind: 'read', source: 'files', request: { of: 'metric_names', search: 'heap' } };
const storm = Array.from({ length: 10 }, () =>
  event('call.denied', { code: 'policy_denied', rule_ids: ['max_files'] }),
);
const pause = Array.from({ length: 3 }, () => event('call.invalid', { arguments: 'invalid' }));

describe('an incident that may not go on', () => {
  it.each<[string, World, Action, readonly string[]]>([
    ['that was handed over', { incident: escalated }, patch(), ['incident/escalated']],
    ['that was handed over, for reading', { incident: escalated }, read, ['incident/escalated']],
    ['that was handed over while a call was judged', { later: escalated }, patch(), ['incident/escalated']],
    ['that was closed while a call was judged', { later: closed }, read, ['incident/closed']],
    ['whose server was stopped while a call was judged', { haltedLater: 'STOP' }, patch(), ['kill_switch']],
    ['whose server is stopped', { halted: 'STOP' }, patch(), ['kill_switch']],
    ['with a storm of denials', { events: storm }, read, ['incident/escalated']],
    ['that cools off', { events: pause }, patch(), ['breaker/invalid']],
    ['that cools off, for reading', { events: pause }, read, ['breaker/invalid']],
    ['with both, hands over', { events: [...storm, ...pause], incident: mine }, read, ['incident/escalated']],
  ])('%s is refused', async (_, world, action, ruleIds) => {
    const { admit, admitted, written } = gateOf(world);
    await expect(admit(action)).rejects.toMatchObject({ ruleIds });
    expect(admitted).toEqual([]);
    expect(written).toEqual([]);
  });

  it.each<[string, World, Action]>([
    [
      'looking at the records of one that was handed over',
      { incident: { ...escalated, state: 'escalated' } },
      { kind: 'inspect' },
    ],
    ['looking at the records with a breaker', { events: storm }, { kind: 'inspect' }],
    ['looking at the records of one that cools off', { events: pause }, { kind: 'inspect' }],
    ['reading on a server that was stopped', { halted: 'STOP' }, read],
    ['reading on a server that was stopped meanwhile', { haltedLater: 'STOP' }, read],
  ])('still allows %s', async (_, world, action) => {
    const { admit, check } = gateOf(world);
    await expect(check(action)).resolves.toBeUndefined();
    await expect(admit(action)).resolves.toMatchObject({ action });
  });

  it('is handed over by a breaker, with its reason', async () => {
    const { admit, escalated: calls } = gateOf({ events: storm });
    await expect(admit(patch())).rejects.toThrow('Nothing was done.');
    expect(calls).toEqual([
      { reason: '10 calls were denied within 10 minutes.', ruleId: 'breaker/denial_storm', at: NOON },
    ]);
  });

  it.each<[string, Partial<Incident>, boolean]>([
    ['of another severity', { severity: 'SEV2' }, true],
    ['that is no longer confirmed', { severityConfirmed: false }, true],
    ['that was released', { release: { at: 1, by: 'ada', reason: '' } }, true],
    ['with another title', { title: 'x' }, false],
  ])('%s meanwhile makes the caller repeat: %s', async (_, later, conflict) => {
    const { admit } = gateOf({ later: { ...mine, ...later } });
    const outcome = await admit(patch()).then(
      () => 'admitted',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(outcome).toBe(conflict ? 'conflict' : 'admitted');
  });
});

describe('a question to a human', () => {
  it('names the approval, and is one question in a dry run that asks nobody', async () => {
    const { admit, check, asked } = gateOf();
    await expect(check(touching('package.json'))).rejects.toMatchObject({
      code: 'approval_required',
      ruleIds: ['built_in_files/package-manifest'],
    });
    expect(asked).toEqual([]);
    await expect(admit(touching('package.json'))).rejects.toMatchObject({
      code: 'approval_required',
      evidence: { approval_id: expect.stringMatching(/^A-/) },
    });
    expect(asked).toHaveLength(1);
  });

  it('is not asked where anything is denied', async () => {
    const { admit, asked } = gateOf();
    await expect(admit(touching('package.json', '.env'))).rejects.toMatchObject({ code: 'policy_denied' });
    expect(asked).toEqual([]);
  });

  it('is refused while five others wait, but not once it was answered', async () => {
    const open = (id: string) => {
      const { decision: _decision, ...rest } = decided({ incidentId: 'INC-7', kind: 'patch', facts: { id } }, { id });
      return rest;
    };
    const waiting = ['A-a', 'A-b', 'A-c', 'A-d', 'A-e'].map(open);
    const action = touching('package.json');
    await expect(gateOf({ approvals: waiting }).admit(action)).rejects.toMatchObject({
      ruleIds: ['approvals/waiting'],
    });
    await expect(gateOf({ approvals: waiting }).check(action)).rejects.toMatchObject({
      ruleIds: ['approvals/waiting'],
    });
    const answered = decided(subjectOf(action, mine, shipped));
    await expect(gateOf({ approvals: [...waiting, answered] }).admit(action)).resolves.toMatchObject({ action });
    await expect(gateOf({ approvals: waiting.slice(1) }).admit(action)).rejects.toMatchObject({
      code: 'approval_required',
    });
  });

  it('about a pull request of high risk hands the incident over, and a dry run does not', async () => {
    const action = publishing({ draft: true, risk: highFacts });
    const dry = gateOf();
    await expect(dry.check(action)).rejects.toMatchObject({
      ruleIds: ['risk/high'],
      fix: expect.stringContaining('fixgate resume INC-7'),
    });
    expect([dry.escalated, dry.asked]).toEqual([[], []]);
    const real = gateOf();
    await expect(real.admit(action)).rejects.toMatchObject({
      ruleIds: ['risk/high'],
      evidence: { risk: { score: 70, band: 'high' }, autonomy: { level: 'pr_bot', bound_by: ['policy'] } },
    });
    expect(real.escalated).toEqual([
      {
        reason: `The risk of the change is high: 70 of 100 (migration "db/1.sql"). Approval ${real.asked[0]?.id} is asked for.`,
        ruleId: 'risk/high',
        at: NOON,
      },
    ]);
  });
});

describe('a budget', () => {
  const kinds = async (world: World, action: Action = patch()) => {
    const { check } = gateOf(world);
    return check(action).then(
      () => [],
      (error: unknown) => (error as { ruleIds: readonly string[] }).ruleIds,
    );
  };
  const agent = { ...mine, openedBy: 'agent' as const };

  it.each<[string, World, Action, readonly string[]]>([
    ['with room', {}, patch(), []],
    ['with one call left', { used: { tool_calls: 39 } }, patch(), []],
    ['with no call left', { used: { tool_calls: 40 } }, patch(), ['budget/tool_calls']],
    ['with no patch left', { used: { patch_attempts: 3 } }, patch(), ['budget/patch_attempts']],
    ['with no patch left, for reading', { used: { patch_attempts: 3 } }, read, []],
    ['with a second left', { used: { wall_seconds: 1_799 } }, patch(), []],
    ['with no second left', { used: { wall_seconds: 1_800 } }, patch(), ['budget/wall_seconds']],
    ['with no bytes left', { used: { bytes_out: 2_097_152 } }, patch(), ['budget/bytes_out']],
    ['with a byte left', { used: { bytes_out: 2_097_151 } }, patch(), []],
    ['with nothing left, for looking', { used: { tool_calls: 40, wall_seconds: 1_800 } }, { kind: 'inspect' }, []],
    ['of the day with room', { incident: agent, usedToday: { patch_attempts: 29 } }, patch(), []],
    [
      'of the day without',
      { incident: agent, usedToday: { patch_attempts: 30 } },
      patch(),
      ['daily_budget/patch_attempts'],
    ],
    ['of the day, of a human', { usedToday: { patch_attempts: 30 } }, patch(), []],
  ])('%s', async (_, world, action, expected) => {
    expect(await kinds(world, action)).toEqual(expected);
  });

  it('that the store refuses is told as it is', async () => {
    const exhausted = [{ kind: 'prs', scope: 'daily' } as const];
    const { admit } = gateOf({ outcome: { admitted: false, exhausted, used: none } });
    await expect(admit(patch())).rejects.toMatchObject({ code: 'budget_exhausted', ruleIds: ['daily_budget/prs'] });
  });
});

describe('a refusal', () => {
  it('says what bounds the agent, and the risk of a pull request alone', async () => {
    const { admit } = gateOf();
    const low: RiskFacts = { at: 0, files: [], floors: [] };
    await expect(admit({ ...touching('.env'), risk: low })).rejects.toMatchObject({
      evidence: { autonomy: { level: 'pr_bot', bound_by: ['policy'] } },
      budget: { usd_left: 1 },
    });
    const said = await admit({ ...touching('.env'), risk: low }).catch((error: unknown) => error);
    expect(Object.hasOwn((said as { evidence: object }).evidence, 'risk')).toBe(false);
    await expect(admit(publishing({ branch: 'x', risk: low }))).rejects.toMatchObject({
      evidence: { risk: { score: 0, band: 'low' } },
    });
  });

  it('of a machine that breaks stays as it is', async () => {
    const broken = new TypeError('the disk is gone');
    const { gate, attempt } = gateOf();
    const bad = running('npm test');
    Object.defineProperty(bad, 'commands', {
      get() {
        throw broken;
      },
    });
    await expect(gate.admit<'test'>(bad, attempt)).rejects.toBe(broken);
  });

  it('in shadow mode is of what always holds, and is not scored where that denies', async () => {
    const { admit } = gateOf({ policy: { mode: 'shadow' } });
    await expect(admit(touching('.env', '.git/config'))).rejects.toMatchObject({ ruleIds: ['built_in_files/git'] });
    const denied = gateOf();
    await expect(denied.admit({ ...touching('.env'), risk: highFacts })).rejects.toMatchObject({
      ruleIds: ['protected_files/*.env*'],
    });
    const asking = gateOf();
    await expect(asking.admit({ ...touching('package.json'), risk: highFacts })).rejects.toMatchObject({
      ruleIds: ['built_in_files/package-manifest', 'risk/migration'],
    });
  });
});

it('the caps and the situation of an incident are those of its policy', async () => {
  const { gate } = gateOf({ policy: { budget: { ...shipped.budget, prs: 7 } } });
  expect(await gate.caps(mine)).toMatchObject({ prs: 7 });
  expect(await gate.situation(mine)).toMatchObject({ caps: { prs: 7 }, incident: { id: 'INC-7' } });
});

describe('what a host reports of its model', () => {
  const prices = [{ m: { input_per_million: 2, output_per_million: 0 } }];
  const usage = { model: 'm', input: 100_000, output: 0, cached: 0 };
  const estimate = 375;

  it('makes a call dearer, never cheaper [gate:budget:prices]', async () => {
    const { gate, attempt, admitted } = gateOf({ policy: { prices } });
    for (const reported of [usage, { ...usage, input: 1 }, undefined])
      await gate.admit<'patch'>(patch(), { ...attempt, usage: reported });
    expect(admitted.map(({ spend }) => spend.usd)).toEqual([200_000, estimate, estimate]);
  });

  it('counts for nothing without prices, and takes no more than is left: it is spent already [gate:budget:prices]', async () => {
    const without = gateOf();
    await without.gate.admit<'patch'>(patch(), { ...without.attempt, usage });
    expect(without.admitted[0]?.spend.usd).toBe(estimate);
    const { gate, attempt, admitted } = gateOf({ policy: { prices }, used: { usd: 900_000 } });
    await expect(gate.check<'patch'>(patch(), { ...attempt, usage })).resolves.toBeUndefined();
    await gate.admit<'patch'>(patch(), { ...attempt, usage });
    expect(admitted[0]?.spend.usd).toBe(100_000);
  });

  it('leaves nothing for the next call [gate:budget:prices]', async () => {
    const { gate, attempt } = gateOf({ policy: { prices }, used: { usd: 1_000_000 } });
    await expect(gate.check<'patch'>(patch(), { ...attempt, usage })).rejects.toMatchObject({
      ruleIds: expect.arrayContaining(['budget/usd']) as unknown,
    });
  });
});

describe('handing over', () => {
  it('is asked of nobody, and is one record', async () => {
    const { admit, check, written } = gateOf({ incident: closed, events: storm, halted: 'STOP' });
    await expect(check({ kind: 'escalate' })).resolves.toBeUndefined();
    await expect(admit({ kind: 'escalate' })).resolves.toMatchObject({ held: {} });
    expect(written).toEqual([
      {
        chain: 'INC-7',
        event: {
          type: 'call.free',
          actor: 'agent/1',
          tool: 'a_tool',
          callId: 'call-1',
          summary: 'a_tool was called',
          data: { action: 'escalate' },
        },
      },
    ]);
  });
});

describe('a budget that comes near its end', () => {
  it('is told of when a call ends, with the call [gate:budget:warned]', async () => {
    const { gate, admit, attempt, written } = gateOf({ used: { tool_calls: 31, test_seconds: 700 } });
    const told = gate.settle(await admit(patch()), attempt, { ok: true, summary: 'done', bytesOut: 1 });
    expect(told).toHaveLength(2);
    expect(written.filter(({ event: { type } }) => type === 'budget.warned')).toMatchObject([
      { chain: 'INC-7', event: { tool: 'a_tool', callId: 'call-1' } },
      { chain: 'INC-7', event: { tool: 'a_tool', callId: 'call-1' } },
    ]);
  });
});

describe('a policy that lets agents only observe', () => {
  it('lets a patch be tried out, and not be applied', async () => {
    const { admit, check } = gateOf({ policy: { autonomy: { ...shipped.autonomy, level: 'observer' } } });
    await expect(check(patch())).resolves.toBeUndefined();
    await expect(admit(patch())).rejects.toMatchObject({ code: 'policy_denied' });
  });
});
