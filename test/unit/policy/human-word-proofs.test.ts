import { describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { Incident } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { createHumanWord } from '#policy/human-word.ts';

import { sampleIncident } from '../../support/store-samples.ts';
import { publishing, shipped } from './samples.ts';

const base_commit = sampleIncident('PD-1').repository.baseCommit;
const released = { at: 0, by: 'ada', reason: '' };

/** A decision of ada, who is believed, or of somebody else. */
function said(kind: Approval['kind'], facts: Approval['facts'] = {}, change: Partial<Approval> = {}): Approval {
  const subject = { incidentId: 'PD-1', kind, facts: { base_commit, ...facts } };
  const decision = { verdict: 'approved' as const, reason: '', at: 0, by: 'ada' };
  const asked = { id: 'A-1', question: '', ruleIds: [], requestedBy: 'a', requestedAt: 0, expiresAt: 0 };
  return { ...subject, ...asked, binding: bindingOf(subject), decision, consumedAt: 7, ...change };
}

const chain = [{ type: 'incident.released', data: { approval: 'A-1' } }] as unknown as readonly TimelineEvent[];
const word = (...approvals: readonly Approval[]) => wordBy(chain, approvals);
const wordBy = (events: readonly TimelineEvent[], approvals: readonly Approval[]) =>
  createHumanWord({
    store: { approvals: (id) => approvals.filter(({ incidentId }) => incidentId === id), timeline: () => events },
    approvals: {
      trust: () => ({ mode: 'advisory', approvers: [] }),
      isProved: async ({ decision }) => decision?.by === 'ada',
    },
  });
const incident = (change: Partial<Incident> = {}) => sampleIncident('PD-1', { severityConfirmed: true, ...change });

const forged = { decision: { verdict: 'approved', reason: '', at: 0, by: 'mallory' } } as const;
const rejected = { decision: { verdict: 'rejected', reason: '', at: 0, by: 'ada' } } as const;
const { consumedAt: _used, ...unused } = said('resume', { grant: { prs: 1 } });
const { decision: _decision, ...undecided } = said('resume', { grant: { prs: 1 } });
const tampered = {
  facts: { base_commit, grant: { prs: 9 }, tree: 't2', diff_hash: 'sha256:0', policy: shipped.digest },
};

describe('what humans granted', () => {
  it.each<[string, readonly Approval[], Readonly<Record<string, number>>]>([
    ['nothing', [], {}],
    ['one grant', [said('resume', { grant: { prs: 1, usd: 5 } })], { prs: 1, usd: 5 }],
    [
      'two grants',
      [said('resume', { grant: { prs: 1 } }), said('resume', { grant: { prs: 2, test_runs: 3 } })],
      { prs: 3, test_runs: 3 },
    ],
    [
      'as much as counts',
      [said('resume', { grant: { usd: Number.MAX_SAFE_INTEGER } }), said('resume', { grant: { usd: 9 } })],
      { usd: Number.MAX_SAFE_INTEGER },
    ],
    [
      'amounts that are none',
      [said('resume', { grant: { prs: 0, usd: -1, test_runs: 1.5, tool_calls: '3', bytes_out: null } })],
      {},
    ],
    ['kinds that are none', [said('resume', { grant: { wishes: 3 } })], {}],
    ['a grant that is none', [said('resume', { grant: null }), said('resume', { grant: 'all' }), said('resume')], {}],
    ['a release', [said('release', { grant: { prs: 1 } })], {}],
    ['a resumption that was not used', [unused], {}],
    ['a resumption that nobody decided', [undecided], {}],
    ['a resumption that was rejected', [said('resume', { grant: { prs: 1 } }, rejected)], {}],
    ['a resumption that is forged', [said('resume', { grant: { prs: 1 } }, forged)], {}],
    ['a resumption that was changed afterwards', [said('resume', { grant: { prs: 1 } }, tampered)], {}],
    ['a resumption on another base commit', [said('resume', { grant: { prs: 1 }, base_commit: 'other' })], {}],
    [
      'one that is believed among others',
      [said('resume', { grant: { prs: 5 } }, forged), said('resume', { grant: { prs: 1 } })],
      { prs: 1 },
    ],
  ])('is %s', async (_, approvals, sums) => {
    expect(await word(...approvals).grants(incident())).toEqual(sums);
  });
});

describe('a tree that a human approved', () => {
  const facts = { tree: 't2', diff_hash: 'sha256:0', policy: shipped.digest };

  it.each<[string, readonly Approval[], boolean]>([
    ['nobody', [], false],
    ['a patch', [said('patch', facts)], true],
    ['a pull request', [said('publish', facts)], true],
    ['a test run', [said('test', facts)], false],
    ['another tree', [said('patch', { ...facts, tree: 't3' })], false],
    ['another change', [said('patch', { ...facts, diff_hash: 'sha256:1' })], false],
    ['another policy', [said('publish', { ...facts, policy: 'sha256:1' })], false],
    ['another base commit', [said('publish', { ...facts, base_commit: 'other' })], false],
    ['a forged word', [said('patch', facts, forged)], false],
    ['a rejection', [said('patch', facts, rejected)], false],
    ['facts that were changed afterwards', [said('patch', { tree: 't1' }, tampered)], false],
    ['a yes that was followed by a no', [said('patch', facts), said('publish', facts, rejected)], false],
    ['a no that was followed by a yes', [said('publish', facts, rejected), said('patch', facts)], true],
    [
      'a yes that somebody else denied',
      [said('patch', facts), said('publish', facts, { decision: { ...forged.decision, verdict: 'rejected' } })],
      true,
    ],
    [
      'a yes, and a no to another tree',
      [said('patch', facts), said('patch', { ...facts, tree: 't3' }, rejected)],
      true,
    ],
  ])('is approved by %s: %#', async (_, approvals, known) => {
    expect(await word(...approvals).hasApprovedTree(publishing(), incident(), shipped)).toBe(known);
  });
});

it.each<[string, readonly (readonly [type: string, approval: string])[], boolean]>([
  ['nowhere', [], false],
  [
    'in that order',
    [
      ['approval.granted', 'yes'],
      ['approval.rejected', 'no'],
    ],
    false,
  ],
  [
    'the no before the yes',
    [
      ['approval.rejected', 'no'],
      ['approval.granted', 'yes'],
    ],
    true,
  ],
  ['the no alone', [['approval.rejected', 'no']], false],
  ['the yes alone', [['approval.granted', 'yes']], true],
  [
    'the no before the yes, which was used before',
    [
      ['call.admitted', 'yes'],
      ['approval.rejected', 'no'],
      ['approval.granted', 'yes'],
      ['call.admitted', 'no'],
    ],
    true,
  ],
  [
    'the yes before the no, and used since',
    [
      ['approval.granted', 'yes'],
      ['approval.rejected', 'no'],
      ['call.admitted', 'yes'],
    ],
    false,
  ],
])('a tree is approved where the last answer is a yes, whoever was asked first; the chain tells %s', async (...row) => {
  const [, told, known] = row;
  const facts = { tree: 't2', diff_hash: 'sha256:0', policy: shipped.digest };
  const events = told.map(([type, approval]) => ({ type, data: { approval } }) as unknown as TimelineEvent);
  const { decision: _none, ...open } = said('patch', facts, { id: 'open' });
  const asked = [said('patch', facts, { id: 'yes' }), said('publish', facts, { ...rejected, id: 'no' }), open];
  expect(await wordBy(events, asked).hasApprovedTree(publishing(), incident(), shipped)).toBe(known);
});

describe('a decision about an incident', () => {
  it.each<[string, readonly Approval[], boolean]>([
    ['one that was used and is proved', [said('resume', { grant: {} })], true],
    ['nobody', [], false],
    ['one with another name', [said('resume', {}, { id: 'A-2' })], false],
    ['one of another kind', [said('close')], false],
    ['one that was not used', [unused], false],
    ['one that is forged', [said('resume', {}, forged)], false],
    ['one that was rejected', [said('resume', {}, rejected)], false],
    ['one of several', [said('close'), said('resume', {}, { id: 'A-2' }), said('resume')], true],
    ['parts of several', [said('close'), said('resume', {}, { id: 'A-2' }), unused], false],
  ])('is proved as the one that is asked for by %s: %#', async (_, approvals, proved) => {
    const asked = { id: 'A-1', kind: 'resume' } as const;
    expect(await word(...approvals).isProvedAs(asked, incident(), incident())).toBe(proved);
  });
});

describe('a release', () => {
  it.each<[string, readonly Approval[], boolean]>([
    ['that is proved counts', [said('release')], true],
    ['that is forged does not', [said('release', {}, forged)], false],
    ['that was rejected does not', [said('release', {}, rejected)], false],
    ['that somebody only wrote down does not', [], false],
    ['is no resumption', [said('resume')], false],
    ['that never took effect does not', [said('release', {}, { id: 'A-2' })], false],
  ])('%s', async (_, approvals, counts) => {
    const believed = await word(...approvals).believed(incident({ severity: 'SEV1', release: released }));
    expect(believed.release).toEqual(counts ? released : undefined);
    expect(Object.hasOwn(believed, 'release')).toBe(counts);
  });

  it('that nobody recorded is not invented', async () => {
    expect(Object.hasOwn(await word(said('release')).believed(incident()), 'release')).toBe(false);
  });
});

describe('an end without proof', () => {
  it.each<[Incident['state'], readonly Approval[], string, number]>([
    ['closed', [said('close', {}, forged)], 'It was closed without a proof that is believed here.', 7],
    ['closed', [], 'It was closed without a proof that is believed here.', 0],
    ['closed', [said('resume')], 'It was closed without a proof that is believed here.', 0],
    ['patching', [said('resume', {}, forged)], 'It was resumed without a proof that is believed here.', 7],
  ])('of an incident that is %s leaves it handed over: %#', async (state, approvals, reason, at) => {
    expect(await word(...approvals).believed(incident({ state }))).toMatchObject({
      state: 'escalated',
      escalation: { reason, ruleId: 'human', at },
    });
  });

  it.each<[Incident['state'], readonly Approval[]]>([
    ['closed', [said('close')]],
    ['open', []],
    ['open', [said('close', {}, forged)]],
    ['patching', [said('resume')]],
    ['escalated', [said('resume', {}, forged)]],
    ['patching', [said('resume', {}, { ...forged, consumedAt: undefined } as unknown as Partial<Approval>)]],
  ])('is not seen in one that is %s: %#', async (state, approvals) => {
    const closure = { at: 0, by: 'ada', reason: '', resolution: 'resolved' as const };
    const asked = incident({ state, ...(state === 'closed' && { closure }) });
    expect(await word(...approvals).believed(asked)).toEqual(asked);
  });
});

it('an end says what was signed of it, whoever ended it once more [human:verbs:ended]', async () => {
  const closure = {
    at: 9,
    by: 'mallory',
    reason: 'never',
    resolution: 'false_alarm' as const,
    diagnosis: 'right' as const,
  };
  const facts = { resolution: 'resolved', diagnosis: 'wrong' };
  const both = word(said('close', facts), said('close', { resolution: 'false_alarm' }, forged));
  expect((await both.believed(incident({ state: 'closed', closure }))).closure).toEqual({
    at: 0,
    by: 'ada',
    reason: '',
    ...facts,
  });
  const alarm = word(said('close', { resolution: 'false_alarm' }));
  expect((await alarm.believed(incident({ state: 'closed', closure }))).closure).toEqual({
    at: 0,
    by: 'ada',
    reason: '',
    resolution: 'false_alarm',
  });
  const one = word(said('close', { resolution: 'false_alarm' }, forged));
  expect((await one.believed(incident({ state: 'closed', closure }))).closure).toBeUndefined();
});

describe('a severity without proof', () => {
  const lowered = (facts: Approval['facts'], change: Partial<Approval> = forged) => said('severity', facts, change);

  it.each<[string, readonly Approval[], Partial<Incident>]>([
    [
      'from one that is unknown is a SEV1',
      [lowered({ from: 'SEV9', confirmed: true })],
      { severity: 'SEV1', severityConfirmed: true },
    ],
    ['from nothing is a SEV1 that nobody confirmed', [lowered({})], { severity: 'SEV1', severityConfirmed: false }],
    [
      'that was confirmed before stays confirmed',
      [lowered({ from: 'SEV2', confirmed: true })],
      { severity: 'SEV2', severityConfirmed: true },
    ],
    [
      'is confirmed only when each step was',
      [lowered({ from: 'SEV2', confirmed: false }), lowered({ from: 'SEV2', confirmed: true })],
      { severity: 'SEV2', severityConfirmed: false },
    ],
    [
      'that was not used changes nothing',
      [
        lowered({ from: 'SEV1', confirmed: false }, {
          ...forged,
          consumedAt: undefined,
        } as unknown as Partial<Approval>),
      ],
      { severity: 'SEV3', severityConfirmed: true },
    ],
    [
      'is no matter of other kinds',
      [said('waiver', { from: 'SEV1', confirmed: false }, forged)],
      { severity: 'SEV3', severityConfirmed: true },
    ],
    [
      'ends with a proof, and begins again',
      [
        lowered({ from: 'SEV1', to: 'SEV2' }),
        lowered({ from: 'SEV2', to: 'SEV4' }, {}),
        lowered({ from: 'SEV4', to: 'SEV3', confirmed: true }),
      ],
      { severity: 'SEV4', severityConfirmed: true },
    ],
  ])('%s', async (_, approvals, expected) => {
    expect(await word(...approvals).believed(incident({ severity: 'SEV3' }))).toMatchObject(expected);
  });
});

it.each<[string, readonly Approval[]]>([
  ['nobody', []],
  ['a resumption', [said('resume')]],
  ['a forged resumption', [said('resume', {}, forged)]],
  ['an end', [said('close')]],
  ['a forged end', [said('close', {}, forged)]],
  ['a question that waits', [unused]],
  ['a release', [said('release')]],
  ['a release besides a forged resumption', [said('release'), said('resume', {}, forged)]],
])('the state alone is the one that is believed, whatever %s says of it', async (_, approvals) => {
  const { believed, stateOf } = word(...approvals);
  for (const state of ['open', 'verified', 'pr_open', 'escalated', 'closed'] as const)
    expect([state, await stateOf(incident({ state }))]).toEqual([state, (await believed(incident({ state }))).state]);
});

it('the state alone is told without the chain where nobody said how the incident goes on', async () => {
  const store = { approvals: () => [said('release')], timeline: () => expect.unreachable() };
  const approvals = { trust: () => ({ mode: 'none' as const, approvers: [] }), isProved: async () => false };
  expect(await createHumanWord({ store, approvals }).stateOf(incident({ state: 'pr_open' }))).toBe('pr_open');
});
