import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSqliteStore } from '#state/sqlite-store.ts';
import type { AdmitRequest, Store } from '#state/store.ts';

import { ampleCaps, movableClock, NOON, sampleEvent, sampleIncident } from '../support/store-samples.ts';

const id = 'PD-1';
let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-spent-'));
  store = createSqliteStore({ folder, clock: movableClock() });
  for (const each of [id, 'PD-2']) store.openIncident(sampleIncident(each), sampleEvent('incident.opened'));
  ask(id, 'A-1');
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function ask(incidentId: string, approval: string): void {
  const asked = { id: approval, incidentId, kind: 'patch' as const, facts: {}, binding: 'b', question: '' };
  const times = { requestedAt: NOON, expiresAt: NOON + 3_600_000 };
  store.requestApproval({ ...asked, ...times, ruleIds: [], requestedBy: 'a' }, sampleEvent('approval.requested'));
  const decision = { verdict: 'approved' as const, reason: 'r', at: NOON, by: 'ada' };
  expect(store.decideApproval(approval, decision, sampleEvent('approval.granted'))).toBe(true);
}

const admit = (callId: string, more: Partial<AdmitRequest> = {}) =>
  store.admit({
    incidentId: id,
    callId,
    spend: { patch_attempts: 1, tool_calls: 1 },
    hold: { bytes_out: 10 },
    caps: ampleCaps,
    event: sampleEvent('call.admitted', { tool: 'apply_patch' }),
    approvalId: 'A-1',
    ...more,
  });

describe('an approval and the budget of the call that it lets through', () => {
  it('are used up together [gate:approvals:bound]', () => {
    expect(admit('c1')).toMatchObject({ admitted: true });
    expect(store.getApproval('A-1')?.consumedAt).toBe(NOON);
    expect(store.used(id)).toMatchObject({ patch_attempts: 1, tool_calls: 1, bytes_out: 10 });
  });

  it('are both kept when nothing is left of the budget [gate:approvals:bound]', () => {
    const refused = admit('c1', { caps: { ...ampleCaps, patch_attempts: 0 } });
    expect(refused).toMatchObject({ admitted: false, exhausted: [{ kind: 'patch_attempts', scope: 'incident' }] });
    expect(store.getApproval('A-1')).not.toHaveProperty('consumedAt');
    expect(store.used(id)).toMatchObject({ patch_attempts: 0, tool_calls: 0, bytes_out: 0 });
    expect(admit('c2')).toMatchObject({ admitted: true });
  });

  it.each<[string, () => void]>([
    ['it was used before', () => void admit('c1')],
    ['it is that of another incident', () => ask('PD-2', 'A-2')],
  ])('leave nothing behind when %s [gate:approvals:bound]', (_, prepare) => {
    prepare();
    const before = { used: store.used(id), timeline: store.timeline(id) };
    const approvalId = store.getApproval('A-2') ? 'A-2' : 'A-1';
    expect(() => admit('c2', { approvalId })).toThrow(/was used by another call or has expired/);
    expect({ used: store.used(id), timeline: store.timeline(id) }).toEqual(before);
    expect(store.getApproval('A-2')).not.toMatchObject({ consumedAt: NOON });
  });

  it('are both kept when the record of the call cannot be written [gate:approvals:bound]', () => {
    admit('c1', { approvalId: undefined } as unknown as Partial<AdmitRequest>);
    const before = store.used(id);
    expect(() => admit('c1')).toThrow(/call_id/);
    expect(store.getApproval('A-1')).not.toHaveProperty('consumedAt');
    expect(store.used(id)).toEqual(before);
  });
});
