import { describe, expect, it } from 'vitest';

import type { Amounts } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import type { Incident } from '#domain/incident.ts';
import type { TestRun } from '#domain/remediation.ts';
import type { RiskFacts } from '#domain/risk.ts';
import { HIGH_RISK } from '#policy/risk.ts';
import { endsWork, situationFindings } from '#policy/situation-findings.ts';
import type { Situation, StandingDeps } from '#policy/situation.ts';
import { addAmounts, riskOf, sameDiffFindings, situationOf } from '#policy/situation.ts';

import { ampleCaps, sampleIncident, samplePlan, sampleResult } from '../../support/store-samples.ts';
import { patch, publishing, running, shipped } from './samples.ts';

const mine = sampleIncident('PD-1', { severity: 'SEV3', severityConfirmed: true, service: 'orders' });
const sev1 = (change: Partial<Incident> = {}) =>
  sampleIncident('PD-9', { severity: 'SEV1', severityConfirmed: true, service: 'orders', ...change });

interface World {
  readonly others?: readonly Incident[];
  readonly runs?: readonly TestRun[];
  readonly incidents?: readonly Incident[];
  readonly grants?: Readonly<Partial<Amounts>>;
  readonly approvedTree?: boolean;
  readonly halted?: string;
}

/** Records that say what a test wants, and a word that believes everything. */
function depsOf({ others = [], runs = [], incidents = [], grants = {}, approvedTree = false, halted }: World = {}) {
  const deps: StandingDeps = {
    store: {
      timeline: () => [],
      testRuns: () => [],
      patches: () => [],
      runsOnTree: (tree) => runs.filter(({ plan }) => plan.tree === tree),
      sev1Incidents: (location) => others.filter(({ repository }) => repository.location === location),
      getIncident: (id) => incidents.find((each) => each.id === id),
    },
    word: {
      believed: async (incident) => incident,
      grants: async () => grants,
      hasApprovedTree: async () => approvedTree,
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
      fix: 'Go on reading the evidence, and ask the on-call engineer to run `fixgate release PD-9 --reason "…"`, or `fixgate incident close` when it is over.',
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

  it.each<[string, readonly TestRun[], boolean]>([
    ['in the same incident', [failed('t2', 'PD-1')], true],
    ['in another of the repository', [failed('t2', 'PD-3')], true],
    ['in one of another repository', [failed('t2', 'PD-2')], false],
    ['in one that nobody knows', [failed('t2', 'PD-8')], false],
    ['as another tree', [failed('t1', 'PD-1')], false],
    ['never', [], false],
  ])('%s', (_, runs, refused) => {
    const found = sameDiffFindings(depsOf({ runs, incidents: known }), patch(), mine);
    expect(found).toEqual(
      refused
        ? [
            {
              rule: 'breaker/same_diff',
              effect: 'deny',
              reason: 'Exactly this change has failed its tests before.',
              fix: 'Send another fix; the failures of the earlier run say what is missing.',
              evidence: { diff_hash: 'sha256:0', tree: 't2' },
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
