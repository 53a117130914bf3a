import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { STATE_FILE } from '#state/database.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

import { ampleCaps, movableClock, sampleEvent, sampleIncident, samplePatch } from '../support/store-samples.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-growth-'));
  store = createSqliteStore({ folder, clock: movableClock() });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const HERE = { location: '/srv/user-service', identity: 'example.com/acme/user-service' };

/** Everything that a call of a tool that changes code may ask, and what it writes. */
function callOnce(): void {
  store.openIncident(sampleIncident('PD-1'), sampleEvent('incident.opened'));
  store.getIncident('PD-1');
  for (const verb of ['patches', 'everTouched', 'timeline', 'testRuns', 'approvals', 'used', 'openCalls'] as const)
    store[verb]('PD-1');
  store.runsOnTree('t1');
  store.sev1Incidents(HERE);
  store.told({ types: ['incident.escalated'], since: 0, repository: HERE });
  store.takenBack(HERE, 0);
  store.usedToday(`agents:${HERE.identity}`);
  const call = { incidentId: 'PD-1', callId: 'call-1', event: sampleEvent('call.admitted') };
  store.admit({ ...call, spend: { patch_attempts: 1 }, hold: {}, caps: ampleCaps, isRecordsOnly: true });
  store.recordPatch('PD-1', samplePatch('t0', 't1'), ['src/queue.ts'], sampleEvent('patch.applied'));
  store.settle({ ...call, actual: {}, event: sampleEvent('call.succeeded') });
}

/** How SQLite would look for the rows of a statement, a step each. */
function stepsOf(sql: string): readonly string[] {
  const db = new DatabaseSync(join(folder, STATE_FILE));
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as unknown as readonly { readonly detail: string }[];
  db.close();
  return rows.map(({ detail }) => detail);
}

it('no call reads through a table: what it asks costs the same after many incidents and calls [state:calls:steady]', () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  const asked = (() => {
    try {
      callOnce();
      return [...new Set(prepare.mock.calls.map(([sql]) => sql))];
    } finally {
      prepare.mockRestore();
    }
  })();
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.some((sql) => sql.includes('reverted'))).toBe(true);
  const steps = asked.filter((sql) => !sql.startsWith('PRAGMA')).flatMap((sql) => stepsOf(sql));
  // Small lists of their own: lowered severities, reverts, types that are asked for.
  const small = /^SCAN (?:a|p) USING INDEX (?:approvals_of_severity|pull_requests_reverted)$|^SCAN json_each /;
  expect(steps.filter((step) => step.startsWith('SCAN') && !small.test(step))).toEqual([]);
});
