import { describe, expect, it } from 'vitest';

import type { Action } from '#domain/action.ts';
import type { Amounts } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Incident } from '#domain/incident.ts';
import type { TakenBack } from '#domain/neighbour.ts';
import type { TestRun } from '#domain/remediation.ts';
import type { RiskFacts } from '#domain/risk.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { toAuditData } from '#policy/audit-data.ts';
import { HIGH_RISK } from '#policy/risk.ts';
import { endsWork, situationFindings } from '#policy/situation-findings.ts';
import type { Situation, StandingDeps } from '#policy/situation.ts';
import { addAmounts, riskOf, sameCallFindings, sameDiffFindings, situationOf } from '#policy/situation.ts';

import { ampleCaps, sampleIncident, samplePlan, sampleResult } from '../../support/store-samples.ts';
import { patch, publishing, running, shipped } from './samples.ts';

const mine = sampleIncident('PD-1', { severity: 'SEV3', severityConfirmed: true, service: 'orders' });
const sev1 = (change: Partial<Incident> = {}) =>
  sampleIncident('PD-9', { severity: 'SEV1', severityConfirmed: true, service: 'orders', ...change });

interface World {
  readonly others?: readonly Incident[];
  readonly runs?: readonly TestRun[];
  readonly events?: readonly TimelineEvent[];
  readonly incidents?: readonly Incident[];
  readonly grants?: Readonly<Partial<Amounts>>;
  readonly approvedTree?: boolean;
  readonly halted?: string;
  readonly told?: readonly TimelineEvent[];
  readonly takenBack?: readonly TakenBack[];
  /** Approvals that are. */
  readonly proved?: readonly string[];
}

/** Records that say what a test wants, and a word that believes everything. */
function depsOf({
  others = [],
  runs = [],
  events = [],
  incidents = [],
  grants = {},
  approvedTree = false,
  halted,
  told = [],
  takenBack = [],
  proved = [],
}: World = {}) {
  const deps: StandingDeps = {
    store: {
      timeline: () => events,
      testRuns: () => [],
      patches: () => [],
      runsOnTree: (tree) => runs.filter(({ plan }) => plan.tree === tree),
      sev1Incidents: ({ location }) => others.filter(({ repository }) => repository.location === location),
      getIncident: (id) => incidents.find((each) => each.id === id),
      told: () => told,
      takenBack: () => takenBack,
      publications: () => [],
    },
    word: {
      believed: async (incident) => incident,
      stateOf: async ({ state }) => state,
      trust: () => ({ mode: 'advisory', approvers: [] }),
      grants: async () => grants,
      hasApprovedTree: async () => approvedTree,
      isProvedAs: async ({ id }) => proved.includes(id),
    },
    clock: { now: () => 0 },
    maxUsd: undefined,
    halted: () => halted,
  };
  return { ...deps, policyOf: async () => shipped };
}

const situation = (incident: Incident, world?: World): Promise<Situation> => situationOf(depsOf(world), incident);

describe('a SEV1 of the same repository', () => {
  it.each<[string, Partial<Incident>, Partial<Incident>, boolean]>([
    ['and service stops work', {}, {}, true],
    ['that was released does not', { release: { at: 0, by: 'ada', reason: 'go' } }, {}, false],
    ['that is closed does not', { state: 'closed' }, {}, false],
    ['that was handed over does', { state: 'escalated' }, {}, true],
    ['that is believed to be none does not', { severity: 'SEV2' }, {}, false],
    ['of another service does not', { service: 'payments' }, {}, false],
    ['of another service does where an agent named it', { service: 'payments' }, { openedBy: 'agent' }, true],
    ['without a service does', { service: undefined } as unknown as Partial<Incident>, {}, true],
    ['does where the incident names no service', {}, { service: undefined } as unknown as Partial<Incident>, true],
    ['is not the incident itself', { id: 'PD-1' }, {}, false],
  ])('%s', async (_, other, own, stops) => {
    const { inputs } = await situation({ ...mine, ...own }, { others: [sev1(other)] });
    expect(inputs.some(({ by }) => by === 'breaker/sev1_active')).toBe(stops);
  });

  it('is named with what to do about it', async () => {
    const { inputs } = await situation(mine, { others: [sev1({ service: 'payments' }), sev1()] });
    expect(inputs.at(-1)).toEqual({
      level: 'observer',
      by: 'breaker/sev1_active',
      reason: 'PD-9 is an unreleased SEV1 of the same repository and service',
      fix: 'Go on reading the evidence, and ask the on-call engineer to run `fixgate release PD-9 --reason "…"`, or `fixgate incident close PD-9 --reason "…"` when it is over.',
      evidence: { sev1: 'PD-9' },
    });
  });
});

describe('a situation', () => {
  it('is that of the record, not of what the caller still holds', async () => {
    const current = { ...mine, state: 'escalated' as const };
    expect((await situation(mine, { incidents: [current] })).incident).toEqual(current);
    expect((await situation(mine)).incident).toEqual(mine);
  });

  it('adds what humans granted to the caps, and the kill switch to the inputs', async () => {
    const { caps, grants } = await situation(mine, { grants: { prs: 2 } });
    expect(grants).toEqual({ prs: 2 });
    expect(caps.prs).toBe(3);
    expect((await situation(mine, { halted: 'STOP' })).inputs.map(({ by }) => by)).toContain('kill_switch');
    expect((await situation(mine)).inputs.map(({ by }) => by)).toEqual(['policy', 'severity/SEV3']);
  });

  it('has sums that stay exact', () => {
    const most = Object.fromEntries(budgetKinds.map((kind) => [kind, Number.MAX_SAFE_INTEGER])) as Amounts;
    expect(addAmounts(most, { usd: 5 })).toEqual(most);
    expect(addAmounts(ampleCaps, { usd: 5 })).toEqual({ ...ampleCaps, usd: ampleCaps.usd + 5 });
    expect(addAmounts(ampleCaps, {})).toEqual(ampleCaps);
  });
});

function failed(tree: string, incidentId: string): TestRun {
  const result = { ...sampleResult(1), verdict: 'fail' as const };
  return {
    jobId: 'j',
    incidentId,
    callId: 'c',
    plan: { ...samplePlan, tree },
    status: 'finished',
    startedAt: 0,
    result,
  };
}

describe('a change that failed before', () => {
  const elsewhere = sampleIncident('PD-2', { repository: { ...mine.repository, location: '/srv/other' } });
  const known = [mine, sampleIncident('PD-3'), elsewhere];

  it.each<[string, readonly TestRun[], string | undefined]>([
    ['in the same incident', [failed('t2', 'PD-1')], ''],
    ['in the same incident and in another', [failed('t2', 'PD-3'), failed('t2', 'PD-1')], ''],
    ['in another of the repository, which is named', [failed('t2', 'PD-3')], ', in the incident PD-3'],
    ['in one of another repository', [failed('t2', 'PD-2')], undefined],
    ['in one that nobody knows', [failed('t2', 'PD-8')], undefined],
    ['as another tree', [failed('t1', 'PD-1')], undefined],
    ['never', [], undefined],
  ])('%s', (_, runs, where) => {
    const found = sameDiffFindings(depsOf({ runs, incidents: known }), patch(), mine);
    expect(found).toEqual(
      where !== undefined
        ? [
            {
              rule: 'breaker/same_diff',
              effect: 'deny',
              reason: `Exactly this change has failed its tests before${where}.`,
              fix: 'Send another fix; the failures of the earlier run say what is missing.',
              evidence: { diff_hash: 'sha256:0', tree: 't2', ...(where !== '' && { incident: 'PD-3' }) },
            },
          ]
        : [],
    );
  });

  it('is no matter of going back to the base commit, of tests and of pull requests', () => {
    const deps = depsOf({ runs: [failed('t2', 'PD-1')], incidents: known });
    expect(sameDiffFindings(deps, patch({ netChanges: [] }), mine)).toEqual([]);
    expect(sameDiffFindings(deps, running('npm test'), mine)).toEqual([]);
    expect(sameDiffFindings(deps, publishing(), mine)).toEqual([]);
  });
});

function done(action: Action, change: Partial<TimelineEvent> = {}): TimelineEvent {
  const event = { seq: 0, at: 0, chain: mine.id, actor: 'agent/1', summary: '', prevHash: '', hash: '' };
  const data = { ...toAuditData(action), usd_cap: 1 };
  return { ...event, type: 'call.admitted', tool: action.kind, data, ...change };
}

/** The same with a number for each call, and the end of those that were admitted. */
function ended(events: readonly TimelineEvent[]): readonly TimelineEvent[] {
  return events.flatMap((event, index): TimelineEvent[] => {
    const call = { ...event, callId: `call-${index}` };
    return event.type === 'call.admitted' ? [call, { ...call, type: 'call.succeeded' }] : [call];
  });
}

describe('the same call again', () => {
  const tests = running('npm test');
  const otherTests: Action = { ...tests, plan: { ...tests.plan, tree: 't9' } };
  const free = { type: 'call.free' } as const;
  const denied = { type: 'call.denied' } as const;
  const read: Action = { kind: 'read', source: 'logs', request: { of: 'deploys' } } as unknown as Action;

  it.each<[string, readonly TimelineEvent[], Action, boolean]>([
    ['a test run, twice before', [done(tests), done(tests)], tests, true],
    ['a patch, twice before', [done(patch()), done(patch())], patch(), true],
    ['a pull request, twice before', [done(publishing()), done(publishing())], publishing(), true],
    ['four times', [done(tests), done(tests), done(tests), done(tests)], tests, true],
    ['another before them', [done(otherTests), done(tests), done(tests)], tests, true],
    [
      'questions how the run stands in between',
      [done(tests), done(tests, free), done(tests), done(tests, free)],
      tests,
      true,
    ],
    ['another look in between', [done(tests), done(read, free), done(tests)], tests, false],
    ['another look last', [done(tests), done(tests), done(read, free)], tests, false],
    ['a refused other call in between', [done(tests), done(patch(), denied), done(tests)], tests, false],
    ['once before', [done(tests)], tests, false],
    ['never', [], tests, false],
    ['another call in between', [done(tests), done(read), done(tests)], tests, false],
    ['another call last', [done(tests), done(tests), done(read)], tests, false],
    ['the last one on another tree', [done(tests), done(otherTests)], tests, false],
    ['the first one on another tree', [done(otherTests), done(tests)], tests, false],
    ['two of another kind', [done(patch()), done(patch())], tests, false],
    ['records that say less', [done(read), done(read)], tests, false],
    ['a read, however often', [done(read), done(read)], read, false],
    ['refused ones', [done(tests, denied), done(tests, denied)], tests, false],
    [
      'refused for that before',
      [done(tests), done(tests), done(tests, { ...denied, data: { rule_ids: ['breaker/same_call'] } })],
      tests,
      true,
    ],
    ['other events in between', [done(tests), done(read, { type: 'tests.finished' }), done(tests)], tests, true],
  ])('is refused or not: %s [gate:breakers:same-call]', (_, events, action, isRefused) => {
    const found = sameCallFindings(() => ended(events), action);
    expect(found.map(({ rule, effect }) => `${effect} ${rule}`)).toEqual(isRefused ? ['deny breaker/same_call'] : []);
  });

  it('may be asked again where a killed server left one of them without an end [gate:breakers:same-call]', () => {
    const [first, second] = [ended([done(tests)]), done(tests, { callId: 'call-9' })];
    expect(sameCallFindings(() => [...first, second], tests)).toEqual([]);
    expect(sameCallFindings(() => [second, ...first], tests)).toEqual([]);
  });

  it('is told with the calls that were the same', () => {
    const events = ended([done(tests), done(tests)]);
    expect(sameCallFindings(() => events, tests)).toEqual([
      {
        rule: 'breaker/same_call',
        effect: 'deny',
        reason: 'Exactly this was done 2 times in a row; a third time says the same.',
        fix: 'Read the last answer, and change something before you ask again.',
        evidence: { calls: ['call-0', 'call-1'] },
      },
    ]);
  });
});

const facts: RiskFacts = { at: 0, files: [], floors: [{ floor: 'migration', why: 'db/1.sql' }] };

describe('the risk of an action', () => {
  it('is known of patches and pull requests whose facts were gathered', () => {
    expect(riskOf(patch({ risk: facts }), shipped)?.score).toBe(70);
    expect(riskOf(publishing({ risk: facts }), shipped)?.score).toBe(70);
    expect(riskOf(patch(), shipped)).toBeUndefined();
    expect(riskOf({ ...running('npm test'), risk: facts } as ReturnType<typeof running>, shipped)).toBeUndefined();
  });

  const rules = async (
    action: Parameters<typeof situationFindings>[1],
    { denied = false, severity = 'SEV3', ...world }: World & { denied?: boolean; severity?: Incident['severity'] } = {},
  ) => {
    const standing = await situation({ ...mine, severity }, world);
    const found = await situationFindings(depsOf(world), action, { situation: standing, dryRun: false, denied });
    return found.map(({ rule }) => rule);
  };

  it('asks a human about a floor, and about a pull request unless its tree was approved', async () => {
    expect(await rules(patch({ risk: facts }))).toEqual(['risk/migration']);
    expect(await rules(patch({ risk: facts }), { approvedTree: true })).toEqual(['risk/migration']);
    expect(await rules(publishing({ risk: facts, draft: true }))).toEqual([HIGH_RISK]);
    expect(await rules(publishing({ risk: facts, draft: true }), { approvedTree: true })).toEqual([]);
    expect(await rules(publishing({ risk: facts, draft: true }), { denied: true })).toEqual([]);
    expect(await rules(publishing({ risk: facts }), { approvedTree: true })).toEqual(['risk/ready']);
  });

  it('asks about a ready pull request of a severe incident, and not about a draft', async () => {
    expect(await rules(publishing(), { severity: 'SEV2' })).toEqual(['severity/SEV2']);
    expect(await rules(publishing({ draft: true }), { severity: 'SEV2' })).toEqual([]);
    expect(await rules(publishing())).toEqual([]);
    expect(await rules(patch(), { severity: 'SEV2' })).toEqual([]);
  });

  it('ends the work only where a pull request is of high risk', () => {
    const finding = { rule: HIGH_RISK, effect: 'require_approval' as const, reason: '', fix: '', evidence: {} };
    const other = { ...finding, rule: 'severity/SEV2' };
    expect(endsWork(publishing(), [other, finding])).toBe(true);
    expect(endsWork(publishing(), [other])).toBe(false);
    expect(endsWork(publishing(), [])).toBe(false);
    expect(endsWork(patch(), [finding])).toBe(false);
  });
});
