import { describe, expect, it } from 'vitest';

import type { TakenBack } from '#domain/neighbour.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import { qualityInputs } from '#policy/repository-quality.ts';

import { NOON, sampleIncident } from '../../support/store-samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const mine = sampleIncident('PD-9');

function event(chain: string, type: TimelineType, at: number, data: TimelineEvent['data'] = {}): TimelineEvent {
  return { chain, seq: 1, at, type, actor: 'server', summary: '', data, prevHash: '', hash: '' };
}
const handedOver = (chain: string, at: number, rule = 'escalate') =>
  event(chain, 'incident.escalated', at, { rule_id: rule });
const closed = (chain: string, approval: string) => event(chain, 'incident.closed', NOON, { approval });

interface World {
  readonly told?: readonly TimelineEvent[];
  readonly takenBack?: readonly TakenBack[];
  /** `kind approval` of what humans have proved. */
  readonly proved?: readonly string[];
  readonly known?: (id: string) => boolean;
}

async function inputs({ told = [], takenBack = [], proved = [], known = () => true }: World) {
  const asked: unknown[] = [];
  const found = await qualityInputs(
    {
      store: {
        told: (query) => {
          asked.push(query);
          return told;
        },
        takenBack: (repository, since) => {
          asked.push({ repository, since });
          return takenBack;
        },
        getIncident: (id) => (known(id) ? sampleIncident(id) : undefined),
      },
      word: { isProvedAs: async (word, { id }) => proved.includes(`${word.kind} ${id} ${word.id}`) },
      clock: { now: () => NOON },
    },
    mine,
  );
  return { found, asked };
}

const three = [handedOver('PD-1', NOON - HOUR), handedOver('PD-2', NOON - MINUTE), handedOver('PD-3', NOON)];

describe('hand-overs in a repository', () => {
  it('leave its agents to diagnose when there are three within an hour [gate:breakers:repo-quality]', async () => {
    const { found, asked } = await inputs({ told: three });
    expect(found).toEqual([
      {
        level: 'observer',
        by: 'breaker/repo_quality',
        reason:
          'this repository had 3 hand-overs within 60 minutes (PD-1, PD-2, PD-3), and until a human has acted agents only diagnose there',
        fix: 'Go on reading the evidence, and ask the on-call engineer to look into it and to run `fixgate incident close PD-3` or `fixgate resume PD-3`.',
        evidence: { handed_over: ['PD-1', 'PD-2', 'PD-3'] },
      },
    ]);
    const since = NOON - DAY;
    const types = ['incident.escalated', 'incident.resumed', 'incident.closed'];
    const { repository } = mine;
    expect(asked).toEqual([
      { types, since, repository },
      { repository, since },
    ]);
  });

  it.each<[string, readonly TimelineEvent[], readonly string[] | undefined]>([
    ['two', three.slice(1), undefined],
    ['three within more than an hour', [handedOver('PD-1', NOON - HOUR - 1), ...three.slice(1)], undefined],
    ['two, and one that was closed without proof', [...three.slice(1), closed('PD-1', 'A-1')], undefined],
    ['one of three by a human', [handedOver('PD-1', NOON, 'human'), ...three.slice(1)], undefined],
    ['three long ago', three.map((each) => ({ ...each, at: each.at - 20 * DAY })), ['PD-1', 'PD-2', 'PD-3']],
    ['the newest three of four', [handedOver('PD-0', NOON - HOUR), ...three], ['PD-1', 'PD-2', 'PD-3']],
    ['the three that were close, and one later', [handedOver('PD-4', NOON + DAY), ...three], ['PD-1', 'PD-2', 'PD-3']],
    ['one three times', three.map((each) => ({ ...each, chain: 'PD-1' })), ['PD-1']],
  ])('%s', async (_, told, named) => {
    const { found } = await inputs({ told });
    expect(found.map(({ evidence }) => evidence)).toEqual(named ? [{ handed_over: named }] : []);
  });
});

describe('the act of a human', () => {
  it.each<[string, readonly TimelineEvent[], readonly string[], boolean]>([
    ['ends it by closing one', [...three, closed('PD-2', 'A-1')], ['close PD-2 A-1'], false],
    [
      'ends it by resuming one',
      [...three, event('PD-3', 'incident.resumed', NOON, { approval: 'A-1' })],
      ['resume PD-3 A-1'],
      false,
    ],
    ['counts for nothing without proof', [...three, closed('PD-2', 'A-1')], [], true],
    ['counts for nothing as another one', [...three, closed('PD-2', 'A-1')], ['resume PD-2 A-1'], true],
    [
      'counts for nothing without its decision',
      [...three, event('PD-2', 'incident.closed', NOON)],
      ['close PD-2 A-1'],
      true,
    ],
    ['ends only what came before', [closed('PD-2', 'A-1'), ...three], ['close PD-2 A-1'], true],
    ['begins a new count', [...three.slice(0, 2), closed('PD-2', 'A-1'), ...three.slice(1)], ['close PD-2 A-1'], false],
    [
      'counts although a later one is not proved',
      [...three, closed('PD-2', 'A-1'), closed('PD-3', 'A-2')],
      ['close PD-2 A-1'],
      false,
    ],
  ])('%s [gate:breakers:repo-quality]', async (_, told, proved, binds) => {
    expect((await inputs({ told, proved })).found).toHaveLength(binds ? 1 : 0);
  });

  it('counts for nothing about an incident that nobody knows', async () => {
    const told = [...three, closed('PD-2', 'A-1')];
    const known = (id: string) => id !== 'PD-2';
    expect((await inputs({ told, proved: ['close PD-2 A-1'], known })).found).toHaveLength(1);
  });
});

describe('reverts of merged fixes', () => {
  const reverts = [
    { incidentId: 'PD-1', at: NOON - DAY },
    { incidentId: 'PD-2', at: NOON },
  ];

  it('leave agents to diagnose when there are two within a day [gate:breakers:repo-quality]', async () => {
    const [found] = (await inputs({ takenBack: reverts })).found;
    expect(found).toMatchObject({
      level: 'observer',
      by: 'breaker/repo_quality',
      evidence: { reverted: ['PD-1', 'PD-2'] },
    });
    expect(found?.reason).toContain('2 reverts of merged fixes within 24 hours (PD-1, PD-2)');
  });

  it.each<[string, readonly TakenBack[], readonly TimelineEvent[]]>([
    ['one does not', reverts.slice(1), []],
    ['two within more than a day do not', [{ incidentId: 'PD-1', at: NOON - DAY - 1 }, ...reverts.slice(1)], []],
    ['what came before a human acted does not', reverts, [closed('PD-1', 'A-1')]],
    [
      'nor does what came at that moment',
      ['PD-1', 'PD-2'].map((incidentId) => ({ incidentId, at: NOON })),
      [closed('PD-1', 'A-1')],
    ],
  ])('%s', async (_, takenBack, told) => {
    expect((await inputs({ takenBack, told, proved: ['close PD-1 A-1'] })).found).toEqual([]);
  });

  it('are named beside hand-overs', async () => {
    const { found } = await inputs({ told: three, takenBack: reverts });
    expect(found.map(({ evidence }) => Object.keys(evidence ?? {}))).toEqual([['handed_over'], ['reverted']]);
  });
});
