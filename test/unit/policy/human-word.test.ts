import { describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { Incident } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { createHumanWord } from '#policy/human-word.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const base_commit = sampleIncident('PD-1').repository.baseCommit;

function said(kind: Approval['kind'], facts: Approval['facts'], proved: boolean): Approval {
  const subject = { incidentId: 'PD-1', kind, facts: { base_commit, ...facts } };
  const decision = { verdict: 'approved' as const, reason: '', at: 0, by: proved ? 'ada' : 'nobody' };
  const asked = { id: 'A-1', question: '', ruleIds: [], requestedBy: 'a', requestedAt: 0, expiresAt: 0 };
  return { ...subject, ...asked, binding: bindingOf(subject), decision, consumedAt: 1 };
}

function believed(
  incident: Partial<Incident>,
  approvals: readonly Approval[],
  events: readonly TimelineEvent[] = [],
  mode: 'signed' | 'advisory' = 'advisory',
): Promise<Incident> {
  const word = createHumanWord({
    store: { approvals: () => approvals, timeline: () => events },
    approvals: {
      trust: () => ({ mode, approvers: [] }),
      isProved: async ({ decision }) => decision?.by === 'ada',
    },
  });
  return word.believed(sampleIncident('PD-1', incident));
}

const lowered = (from: string, to: string, proved: boolean, confirmed = true) =>
  said('severity', { from, to, confirmed }, proved);

describe('a severity', () => {
  it.each<[string, Incident['severity'], readonly Approval[], Incident['severity']]>([
    ['is believed when it was lowered with proof', 'SEV3', [lowered('SEV1', 'SEV3', true)], 'SEV3'],
    ['stays when it was lowered without', 'SEV3', [lowered('SEV1', 'SEV3', false)], 'SEV1'],
    ['stays when it was raised a little after that', 'SEV2', [lowered('SEV1', 'SEV3', false)], 'SEV1'],
    ['stays reported only', 'SEV3', [lowered('SEV4', 'SEV3', false)], 'SEV4'],
    ['stays through several steps', 'SEV3', [lowered('SEV1', 'SEV2', false), lowered('SEV2', 'SEV3', false)], 'SEV1'],
    ['ends with a proof', 'SEV3', [lowered('SEV1', 'SEV2', false), lowered('SEV2', 'SEV3', true)], 'SEV3'],
    ['is believed when it was raised', 'SEV1', [lowered('SEV2', 'SEV3', false)], 'SEV1'],
  ])('%s [human:verbs:own-policy]', async (_case, severity, approvals, expected) => {
    expect((await believed({ severity, severityConfirmed: true }, approvals)).severity).toBe(expected);
  });

  it('is not confirmed by a word without proof', async () => {
    const word = lowered('SEV3', 'SEV3', false, false);
    expect(await believed({ severity: 'SEV3', severityConfirmed: true }, [word])).toMatchObject({
      severityConfirmed: false,
    });
  });
});

describe('a severity by the chain', () => {
  const event = (type: TimelineEvent['type'], data: TimelineEvent['data']): TimelineEvent => ({
    chain: 'PD-1',
    seq: 1,
    at: 0,
    type,
    actor: 'human:ada',
    summary: '',
    data,
    prevHash: '',
    hash: '',
  });
  const opened = (severity: string, confirmed = true) =>
    event('incident.opened', { severity, severity_confirmed: confirmed, opened_by: 'human' });
  const given = (severity: string, approval?: string) =>
    event('incident.confirmed', { severity, ...(approval && { approval }) });

  it.each<[string, Incident['severity'], readonly TimelineEvent[], readonly Approval[], Partial<Incident>]>([
    ['raised from a reported one without proof', 'SEV3', [opened('SEV4'), given('SEV3')], [], { severity: 'SEV4' }],
    [
      'raised again to what was proved before',
      'SEV3',
      [opened('SEV3', false), given('SEV3', 'A-1'), given('SEV4', 'A-2'), given('SEV3')],
      [
        { ...lowered('SEV3', 'SEV3', true), id: 'A-1' },
        { ...lowered('SEV3', 'SEV4', true), id: 'A-2' },
      ],
      { severity: 'SEV4', severityConfirmed: true },
    ],
    ['confirmed without proof', 'SEV3', [opened('SEV3', false), given('SEV3')], [], { severityConfirmed: false }],
    ['changed in the record alone', 'SEV3', [opened('SEV1')], [], { severity: 'SEV1' }],
    ['raised by anybody', 'SEV2', [opened('SEV3'), given('SEV2')], [], { severity: 'SEV2' }],
    [
      'told with the proof of another one',
      'SEV3',
      [opened('SEV1'), given('SEV3', 'A-1')],
      [{ ...lowered('SEV1', 'SEV2', true), id: 'A-1' }],
      { severity: 'SEV1' },
    ],
    [
      'told by other events than words of it',
      'SEV3',
      [event('call.admitted', { severity: 'SEV1' }), opened('SEV3'), event('call.admitted', { severity: 'SEV1' })],
      [],
      { severity: 'SEV3', severityConfirmed: true },
    ],
    [
      'told by decisions of another kind',
      'SEV3',
      [opened('SEV3')],
      [said('waiver', { to: 'SEV1' }, true)],
      { severity: 'SEV3', severityConfirmed: true },
    ],
    [
      'of a word that names neither a severity nor a decision',
      'SEV3',
      [opened('SEV3'), event('incident.confirmed', {})],
      [],
      { severity: 'SEV3', severityConfirmed: true },
    ],
    [
      'of a word that names a decision alone',
      'SEV4',
      [opened('SEV3'), event('incident.confirmed', { approval: 'A-1' })],
      [lowered('SEV3', 'SEV4', true)],
      { severity: 'SEV4', severityConfirmed: true },
    ],
    [
      'raised by anybody where nobody signs',
      'SEV2',
      [opened('SEV3', false), given('SEV2')],
      [],
      { severityConfirmed: true },
    ],
    [
      'raised by anybody who does not confirm it',
      'SEV2',
      [opened('SEV3'), event('incident.confirmed', { severity: 'SEV2', confirmed: false })],
      [],
      { severity: 'SEV2', severityConfirmed: false },
    ],
    [
      'raised by a decision that is not proved and not in the chain',
      'SEV2',
      [opened('SEV3')],
      [lowered('SEV3', 'SEV2', false)],
      { severity: 'SEV2', severityConfirmed: false },
    ],
    [
      'of an opening that is not told, by the first word of it',
      'SEV3',
      [event('incident.confirmed', { severity: 'SEV3', from: 'SEV2' }), event('incident.confirmed', { from: 'SEV4' })],
      [],
      { severity: 'SEV2', severityConfirmed: false },
    ],
    ['of an opening that nothing tells', 'SEV3', [given('SEV3')], [], { severity: 'SEV1', severityConfirmed: false }],
    ['that nobody confirmed at the opening', 'SEV3', [opened('SEV3', false)], [], { severityConfirmed: false }],
  ])('%s [human:verbs:own-policy]', async (...row) => {
    const [, severity, events, approvals, expected] = row;
    expect(await believed({ severity, severityConfirmed: true }, approvals, events)).toMatchObject(expected);
  });
});

it.each<[string, Partial<Incident>, Readonly<Record<string, unknown>>, Partial<Incident>]>([
  ['a raise', {}, { severity: 'SEV2' }, { severity: 'SEV2', severityConfirmed: false }],
  ['a raise that says so', {}, { severity: 'SEV2', confirmed: true }, { severity: 'SEV2', severityConfirmed: false }],
  ['no raise', {}, {}, { severity: 'SEV3', severityConfirmed: true }],
  ['no raise of what an agent opened', { openedBy: 'agent' }, {}, { severity: 'SEV3', severityConfirmed: false }],
])('where humans sign, what nobody signed confirms nothing: %s [human:verbs:own-policy]', async (...row) => {
  const [, change, data, expected] = row;
  const events = [
    { type: 'incident.opened', data: { severity: 'SEV3', severity_confirmed: true } },
    { type: 'incident.confirmed', data },
  ] as unknown as readonly TimelineEvent[];
  const incident = {
    severity: expected.severity ?? 'SEV3',
    severityConfirmed: true,
    openedBy: 'human',
    ...change,
  } as const;
  expect(await believed(incident, [], events, 'signed')).toMatchObject(expected);
});

it('a release is for no SEV1 that an incident became later [human:verbs:own-policy]', async () => {
  const event = (type: TimelineEvent['type'], data: TimelineEvent['data'] = {}) =>
    ({ type, data }) as unknown as TimelineEvent;
  const release = { at: 0, by: 'ada', reason: '' };
  const approvals = [
    said('release', {}, true),
    { ...said('release', {}, false), id: 'A-2' },
    { ...lowered('SEV1', 'SEV3', true), id: 'A-3' },
    { ...lowered('SEV1', 'SEV3', false), id: 'A-4' },
  ];
  const released = (...events: readonly TimelineEvent[]) =>
    believed({ severity: 'SEV1', release: { at: 9, by: 'nobody', reason: 'mine' } }, approvals, [
      event('incident.opened', { severity: 'SEV1' }),
      ...events,
    ]);
  const raised = event('incident.confirmed', { severity: 'SEV1', from: 'SEV3' });
  const [proved, unproved] = ['A-1', 'A-2'].map((approval) => event('incident.released', { approval }));
  const [eased, lied] = ['A-3', 'A-4'].map((approval) =>
    event('incident.confirmed', { severity: 'SEV3', from: 'SEV1', approval }),
  );
  if (!proved || !unproved || !eased || !lied) throw new Error('all are there');
  expect((await released(proved)).release).toEqual(release);
  expect((await released(eased, raised, proved)).release).toEqual(release);
  expect((await released(proved, unproved)).release).toEqual(release);
  expect((await released(proved, eased, raised)).release).toBeUndefined();
  // What nobody lowered is not raised by who says so.
  expect((await released(proved, raised)).release).toEqual(release);
  expect((await released(proved, lied, raised)).release).toEqual(release);
  expect((await released(proved, eased, raised, lied, raised)).release).toBeUndefined();
  expect((await released(unproved)).release).toBeUndefined();
  // Nor does anybody's word bring back the one of before.
  expect((await released(proved, eased, raised, unproved)).release).toBeUndefined();
  expect((await released(proved, eased, raised, event('call.admitted', { approval: 'A-1' }))).release).toBeUndefined();
  const same = event('incident.confirmed', { severity: 'SEV1', from: 'SEV1' });
  expect((await released(proved, same)).release).toEqual(release);
  const little = event('incident.confirmed', { severity: 'SEV2', from: 'SEV3' });
  expect((await released(proved, little)).release).toEqual(release);
  const other = event('call.admitted', { severity: 'SEV1', from: 'SEV3' });
  expect((await released(proved, other)).release).toEqual(release);
});

describe('a state', () => {
  it.each<[string, Incident['state'], readonly Approval[], Incident['state']]>([
    ['resumed with proof is believed', 'investigating', [said('resume', { grant: {} }, true)], 'investigating'],
    ['resumed without stays handed over', 'investigating', [said('resume', { grant: {} }, false)], 'escalated'],
    [
      'resumed with proof at last is believed',
      'patching',
      [said('resume', { n: 1 }, false), said('resume', { n: 2 }, true)],
      'patching',
    ],
    ['closed with proof is believed', 'closed', [said('close', {}, true)], 'closed'],
    ['closed without is handed over', 'closed', [said('close', {}, false)], 'escalated'],
    ['closed by nobody is handed over', 'closed', [], 'escalated'],
    ['that nobody touched is as it is', 'open', [], 'open'],
    [
      'closed with proof stays so when it was opened behind the back',
      'investigating',
      [said('close', {}, true)],
      'closed',
    ],
    [
      'closed with proof stays so when it was resumed without',
      'investigating',
      [said('close', {}, true), said('resume', {}, false)],
      'closed',
    ],
    [
      'closed with proof is over when it was resumed with one',
      'investigating',
      [said('close', {}, true), said('resume', {}, true)],
      'investigating',
    ],
    [
      'resumed with proof is believed again only until it was closed with one',
      'investigating',
      [said('resume', {}, true), said('close', {}, true)],
      'closed',
    ],
    [
      'closed without is no end of what was resumed with proof',
      'investigating',
      [said('close', {}, false), said('resume', {}, true)],
      'investigating',
    ],
  ])('%s [human:verbs:own-policy]', async (_case, state, approvals, expected) => {
    expect((await believed({ state }, approvals)).state).toBe(expected);
  });

  it.each<[string, Partial<Incident>, Approval, Approval, TimelineEvent['type'], Partial<Incident>, Partial<Incident>]>(
    [
      [
        'a resumption',
        { state: 'patching' },
        said('resume', { n: 1 }, false),
        said('resume', { n: 2 }, true),
        'incident.resumed',
        { state: 'escalated' },
        { state: 'patching' },
      ],
      [
        'a severity',
        { severity: 'SEV3', severityConfirmed: true },
        lowered('SEV1', 'SEV3', true),
        lowered('SEV1', 'SEV2', true),
        'incident.confirmed',
        { severity: 'SEV3' },
        { severity: 'SEV2' },
      ],
    ],
  )('goes by what took effect last, whoever asked first: %s [human:verbs:own-policy]', async (...row) => {
    const [_case, incident, asked, between, type, expected, other] = row;
    const early = { ...asked, id: 'A-0' };
    const events = [between, early].map(({ id }) => ({ type, data: { approval: id } }) as unknown as TimelineEvent);
    expect(await believed(incident, [early, between], events)).toMatchObject(expected);
    // The same, had the other one been last.
    expect(await believed(incident, [early, between], events.toReversed())).toMatchObject(other);
  });

  it('goes by what the chain has of effects, and takes what it does not have for the last [human:verbs:own-policy]', async () => {
    const asked = said('resume', { n: 1 }, true);
    const between = { ...said('resume', { n: 2 }, false), id: 'A-2' };
    const event = (type: string, approval: string) => ({ type, data: { approval } }) as unknown as TimelineEvent;
    const effect = event('incident.resumed', 'A-2');
    expect(await believed({ state: 'patching' }, [asked, between], [effect])).toMatchObject({ state: 'patching' });
    const told = [event('incident.resumed', 'A-1'), effect, event('approval.used', 'A-1')];
    expect(await believed({ state: 'patching' }, [asked, between], told)).toMatchObject({ state: 'escalated' });
  });

  it('is not believed when the facts were changed after the signature', async () => {
    const forged = { ...said('close', {}, true), facts: { base_commit, resolution: 'false_alarm' } };
    expect((await believed({ state: 'closed' }, [forged])).state).toBe('escalated');
  });
});
