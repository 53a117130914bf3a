import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { Publication } from '#domain/neighbour.ts';
import type { PullRequestFate } from '#domain/remediation.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { AdmitRequest, Store } from '#state/store.ts';

import type { Engine } from '../support/engine-fixture.ts';
import { createEngine, refusalOf } from '../support/engine-fixture.ts';
import {
  ampleCaps,
  movableClock,
  NOON,
  sampleEvent,
  sampleIncident,
  samplePullRequest,
} from '../support/store-samples.ts';

const HOUR = 3_600_000;
const HERE = { location: '/srv/user-service' };
const elsewhere = { location: '/srv/orders', baseBranch: 'main', baseCommit: 'b'.repeat(40) };

let folder: string;
let clock: ReturnType<typeof movableClock>;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-neighbours-'));
  clock = movableClock();
  store = createSqliteStore({ folder, clock });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = (id: string, change: Parameters<typeof sampleIncident>[1] = {}) =>
  store.openIncident(sampleIncident(id, change), sampleEvent('incident.opened'));
const admit = (incidentId: string, callId: string, more: Partial<AdmitRequest> = {}) =>
  store.admit({
    incidentId,
    callId,
    spend: { prs: 1 },
    hold: {},
    caps: ampleCaps,
    event: sampleEvent('call.admitted', { tool: 'open_pr' }),
    ...more,
  });
const settle = (incidentId: string, callId: string) =>
  store.settle({ incidentId, callId, actual: {}, event: sampleEvent('call.failed') });
const publish = (id: string, fate?: PullRequestFate) =>
  store.recordPullRequest(id, { ...samplePullRequest, ...(fate && { fate }) }, sampleEvent('pull_request.opened'));
const idsOf = (found: readonly Publication[]) => found.map(({ incident, at }) => [incident.id, at - NOON]);

describe('what incidents know of each other', () => {
  it('is nothing before anything was written', () => {
    expect(store.told({ types: ['incident.opened'], since: 0 })).toEqual([]);
    expect(store.publications(HERE, 0)).toEqual([]);
    expect(store.takenBack(HERE, 0)).toEqual([]);
  });

  it('are the events of all, or of those of one repository, since a moment and in their order', () => {
    open('PD-1');
    open('PD-2', { repository: elsewhere });
    clock.at += 1_000;
    open('PD-3');
    store.escalate('PD-3', { reason: 'r', ruleId: 'breaker/attempts', at: clock.at });
    const told = (query: Partial<Parameters<Store['told']>[0]>) =>
      store.told({ types: ['incident.opened'], since: 0, ...query }).map(({ chain, type }) => `${chain} ${type}`);
    expect(told({})).toEqual(['PD-1 incident.opened', 'PD-2 incident.opened', 'PD-3 incident.opened']);
    expect(told({ repository: HERE })).toEqual(['PD-1 incident.opened', 'PD-3 incident.opened']);
    expect(told({ since: NOON + 1_000 })).toEqual(['PD-3 incident.opened']);
    expect(told({ types: ['incident.escalated', 'incident.closed'] })).toEqual(['PD-3 incident.escalated']);
    expect(store.told({ types: ['incident.escalated'], since: 0 })[0]?.data).toEqual({ rule_id: 'breaker/attempts' });
    expect(told({ types: [] })).toEqual([]);
  });

  it('are pull requests, and calls that are about to open one', () => {
    for (const id of ['PD-1', 'PD-2', 'PD-3', 'PD-5']) open(id);
    open('PD-4', { repository: elsewhere });
    publish('PD-1');
    publish('PD-4');
    clock.at += 1_000;
    // One that failed, one that is under way, one that asked for something else.
    admit('PD-2', 'failed');
    settle('PD-2', 'failed');
    admit('PD-3', 'pending');
    admit('PD-5', 'tests', { event: sampleEvent('call.admitted', { tool: 'run_tests' }) });
    expect(idsOf(store.publications(HERE, 0))).toEqual([
      ['PD-1', 0],
      ['PD-3', 1_000],
    ]);
    expect(store.publications(HERE, 0)[0]?.pullRequest).toEqual(samplePullRequest);
    expect(idsOf(store.publications(HERE, NOON + 1))).toEqual([['PD-3', 1_000]]);

    publish('PD-3');
    store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.updated'));
    // An update opens nothing, and what was opened is no longer about to be.
    expect(idsOf(store.publications(HERE, 0))).toEqual([
      ['PD-1', 0],
      ['PD-3', 1_000],
    ]);
  });

  it('is told to whoever is admitted, with the lock held', () => {
    open('PD-1');
    open('PD-2');
    admit('PD-1', 'first');
    let seen: readonly Publication[] = [];
    const confirm: AdmitRequest['confirm'] = (_now, _used, { publications }) => {
      seen = publications(0);
      throw new Error('too soon');
    };
    expect(() => admit('PD-2', 'second', { confirm })).toThrow('too soon');
    expect(idsOf(seen)).toEqual([['PD-1', 0]]);
    expect(store.used('PD-2').prs).toBe(0);
  });

  it('are merged changes that were taken back, by the time of the code host', () => {
    for (const id of ['PD-1', 'PD-2', 'PD-3']) open(id);
    open('PD-4', { repository: elsewhere });
    publish('PD-1', { outcome: 'reverted', mergedAt: 1, revertedAt: 5_000 });
    publish('PD-2', { outcome: 'reverted', mergedAt: 1, revertedAt: 4_000 });
    publish('PD-3', { outcome: 'merged', mergedAt: 6_000 });
    publish('PD-4', { outcome: 'reverted', revertedAt: 7_000 });
    expect(store.takenBack(HERE, 0)).toEqual([
      { incidentId: 'PD-2', at: 4_000 },
      { incidentId: 'PD-1', at: 5_000 },
    ]);
    expect(store.takenBack(HERE, 4_001)).toEqual([{ incidentId: 'PD-1', at: 5_000 }]);
  });

  it('is the first hash of their errors', () => {
    open('PD-1');
    store.keepFingerprint('PD-1', 'lh1:a');
    store.keepFingerprint('PD-1', 'lh1:b');
    expect(store.getIncident('PD-1')?.fingerprint).toBe('lh1:a');
    expect(() => store.keepFingerprint('PD-9', 'lh1:a')).toThrow(/No incident PD-9/);
  });
});

describe('an approval whose time is over', () => {
  const ask = (id: string, binding = id): Approval =>
    store.requestApproval(
      {
        id,
        incidentId: 'PD-1',
        kind: 'patch',
        facts: {},
        binding,
        question: '',
        ruleIds: [],
        requestedBy: 'a',
        requestedAt: clock.at,
        expiresAt: clock.at + HOUR,
      },
      sampleEvent('approval.requested'),
    );
  const approve = (id: string) =>
    store.decideApproval(
      id,
      { verdict: 'approved', reason: 'r', at: clock.at, by: 'ada' },
      sampleEvent('approval.granted'),
    );
  const seenLater = () => {
    clock.at += HOUR;
    store.append('PD-1', sampleEvent('call.denied'));
    clock.at -= HOUR;
  };

  it('stays so when the clock is turned back: not decided, not used, not asked again [gate:approvals:expired-stays]', () => {
    open('PD-1');
    ask('A-1');
    ask('A-2');
    expect(approve('A-1')).toBe(true);
    seenLater();
    expect(store.getApproval('A-1')).toMatchObject({ expiresAt: NOON + HOUR, expiredAt: NOON + HOUR });
    expect(approve('A-2')).toBe(false);
    expect(() => admit('PD-1', 'c', { approvalId: 'A-1' })).toThrow(/was used by another call or has expired/);
    expect(ask('A-3', 'A-2').id).toBe('A-3');
  });

  it('is not over for a clock that nobody wrote by', () => {
    open('PD-1');
    ask('A-1');
    clock.at += HOUR;
    store.getApproval('A-1');
    clock.at -= 1;
    expect(store.getApproval('A-1')).not.toHaveProperty('expiredAt');
    expect(approve('A-1')).toBe(true);
    admit('PD-1', 'c', { approvalId: 'A-1' });
    expect(store.getApproval('A-1')?.consumedAt).toBe(clock.at);
  });

  it('does not open the gate again [gate:approvals:expired-stays]', async () => {
    await using engine: Engine = createEngine({ proof: { mode: 'advisory' } });
    const args = { patch: JSON.stringify({ 'package.json': '{}' }), reason: 'The scripts are wrong.' };
    const id = refusalOf(await engine.call('apply_patch', args)).evidence['approval_id'] as string;
    const at = engine.clock.now();
    const decision = { verdict: 'approved' as const, reason: 'Seen.', at, by: 'ada' };
    expect(engine.store.decideApproval(id, decision, sampleEvent('approval.granted'))).toBe(true);

    engine.clock.advance(HOUR);
    await engine.call('get_incident');
    engine.clock.advance(-HOUR / 2);
    const again = refusalOf(await engine.call('apply_patch', args));
    expect(again.code).toBe('approval_required');
    expect(again.evidence['approval_id']).not.toBe(id);
  });
});
