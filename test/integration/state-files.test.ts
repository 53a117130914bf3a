import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { Transaction } from '#state/database.ts';
import { createDatabase, STATE_FILE } from '#state/database.ts';
import { SCHEMA_VERSION } from '#state/migrations.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';
import { appendEvent } from '#state/timeline-log.ts';

import { ampleCaps, sampleEvent, sampleIncident } from '../support/store-samples.ts';

let parent: string;
let folder: string;
let file: string;
let store: Store;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fixgate-state-'));
  folder = join(parent, 'a', 'state');
  file = join(folder, STATE_FILE);
  store = createSqliteStore({ folder, clock: systemClock });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(parent, { recursive: true, force: true });
});

const open = (id = 'PD-1') => store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Does what only someone with the file in hand can do. */
function tamper(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('what was read under other settings of the sources [evidence:sources:own]', () => {
  const under = (readUnder?: string) => createSqliteStore({ folder, clock: systemClock, readUnder });
  const text = { mimeType: 'text/plain', text: 't', title: 't', key: 'k' };

  it('answers no question here, and is told from what was read here', async () => {
    open();
    await using own = under('own');
    await using other = under('other');
    const theirs = other.saveEvidence('PD-1', text);
    expect(other.findEvidence('PD-1', 'k')).toEqual(theirs);
    expect(own.findEvidence('PD-1', 'k')).toBeUndefined();
    expect(own.getEvidence('PD-1', 1)).toMatchObject({ isForeign: true });
    const ours = own.saveEvidence('PD-1', text);
    expect(own.findEvidence('PD-1', 'k')).toEqual(ours);
    expect(other.findEvidence('PD-1', 'k')).toEqual(theirs);
    expect(own.evidence('PD-1').map(({ isForeign }) => isForeign)).toEqual([true, undefined]);
  });

  it('is not told where the settings are not known, here or in records of before', async () => {
    open();
    store.saveEvidence('PD-1', text);
    await using own = under('own');
    own.saveEvidence('PD-1', text);
    expect(own.evidence('PD-1').map(({ isForeign }) => isForeign)).toEqual([undefined, undefined]);
    expect(store.evidence('PD-1').map(({ isForeign }) => isForeign)).toEqual([undefined, undefined]);
  });
});

describe('the state folder', () => {
  it('is not made by creating, reading or closing a store [state:folder:lazy, server:start:no-effects]', async () => {
    expect(store.getIncident('PD-1')).toBeUndefined();
    expect(store.verify()).toMatchObject({ ok: true });
    await store[Symbol.asyncDispose]();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('is made by the first write, for its owner alone, whatever the umask [state:folder:lazy]', () => {
    const before = process.umask(0);
    try {
      open();
    } finally {
      process.umask(before);
    }
    expect([join(parent, 'a'), folder].map(mode)).toEqual(['700', '700']);
    expect(readdirSync(folder).toSorted()).toEqual([STATE_FILE, `${STATE_FILE}-shm`, `${STATE_FILE}-wal`]);
    expect(readdirSync(folder).map((name) => mode(join(folder, name)))).toEqual(['600', '600', '600']);
  });

  it('is read by a second store, and by the next one after both are closed', async () => {
    open();
    await using second = createSqliteStore({ folder, clock: systemClock });
    expect(second.getIncident('PD-1')).toEqual(sampleIncident('PD-1'));
    second.append('PD-1', sampleEvent('call.denied'));
    expect(store.timeline('PD-1')).toHaveLength(2);
    await store[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([STATE_FILE]);
    await using third = createSqliteStore({ folder, clock: systemClock });
    expect(third.verify()).toEqual({ ok: true, chains: 1, events: 2 });
  });

  it('is not used by a store that was closed', async () => {
    open();
    await store[Symbol.asyncDispose]();
    expect(() => store.getIncident('PD-1')).toThrow(/closed/);
    expect(() => open('PD-2')).toThrow(/closed/);
  });
});

describe('what cannot be used', () => {
  const refusal = (work: () => unknown) => {
    try {
      work();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it.each<[string, () => unknown]>([
    ['read', () => store.getIncident('PD-1')],
    ['write', () => open('PD-2')],
  ])('a schema of a newer program is refused on %s and left as it is [state:errors:named]', async (_, verb) => {
    open();
    await store[Symbol.asyncDispose]();
    tamper(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    const before = readFileSync(file);
    store = createSqliteStore({ folder, clock: systemClock });
    expect(refusal(verb)).toMatchObject({ code: 'misconfigured', fix: expect.stringContaining('FIXGATE_STATE_DIR') });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('a schema that a newer program changes while this one runs is refused from then on', () => {
    open();
    tamper(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(refusal(() => open('PD-2'))).toMatchObject({ code: 'misconfigured' });
    tamper(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    expect(store.listIncidents(5)).toHaveLength(1);
  });

  it('a folder that is a file is refused with what to do', () => {
    writeFileSync(join(parent, 'a'), '');
    expect(refusal(open)).toMatchObject({ code: 'misconfigured', fix: expect.stringContaining('writable folder') });
  });

  it('a file that is no database is refused with what to do', async () => {
    open();
    await store[Symbol.asyncDispose]();
    writeFileSync(file, 'x'.repeat(10_000));
    store = createSqliteStore({ folder, clock: systemClock });
    expect(refusal(open)).toMatchObject({ code: 'misconfigured', fix: expect.stringContaining('backup') });
  });

  it('a damaged page is refused with what to do [state:errors:named]', async () => {
    for (let i = 0; i < 200; i += 1) open(`PD-${i}`);
    await store[Symbol.asyncDispose]();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
    store = createSqliteStore({ folder, clock: systemClock });
    expect(refusal(() => store.listIncidents(500))).toMatchObject({ code: 'misconfigured' });
  });

  it.skipIf(process.platform === 'win32')(
    'a full disk leaves what was written and nothing of what was not [state:errors:named]',
    () => {
      open();
      const worker = fileURLToPath(new URL('../support/state-worker.ts', import.meta.url));
      // `ulimit -f` counts blocks of 512 or 1,024 bytes: at most 8 MiB.
      const script = 'ulimit -f 8192 && exec "$0" "$@"';
      const child = spawnSync('sh', ['-c', script, process.execPath, worker, folder, 'fill'], { encoding: 'utf8' });
      const lines = child.stdout.trim().split('\n');
      const saved = lines.filter((line) => line.startsWith('saved')).length;
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ code: 'provider_unavailable', retry: 'later' });
      expect(saved).toBeGreaterThan(0);
      expect(store.getEvidence('PD-1', saved)).toBeDefined();
      expect(store.getEvidence('PD-1', saved + 1)).toBeUndefined();
      expect(store.verify()).toMatchObject({ ok: true });
    },
  );
});

describe('the timeline on disk', () => {
  const unlock = 'DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted;';
  beforeEach(() => {
    open();
    for (let i = 0; i < 4; i += 1) store.append('PD-1', sampleEvent('call.denied', { summary: `denied ${i}` }));
    store.append('_server', sampleEvent('call.invalid'));
  });

  it.each([
    ['changed', `UPDATE events SET body = '{}'`],
    ['deleted', 'DELETE FROM events'],
    ['replaced', `INSERT OR REPLACE INTO events VALUES ('PD-1', 2, '{}', '', '')`],
    ['appended with a gap', `INSERT INTO events VALUES ('PD-1', 9, '{}', '', '')`],
  ])('cannot be %s [state:chain:append-only]', (_, sql) => {
    expect(() => tamper(sql)).toThrow('the timeline is append-only');
    expect(store.verify()).toEqual({ ok: true, chains: 2, events: 6 });
  });

  it.each([
    [
      'an event was rewritten',
      `UPDATE events SET body = replace(body, 'denied 1', 'denied 2') WHERE seq = 3`,
      3,
      /content/,
    ],
    ['an event was emptied', `UPDATE events SET body = 'x' WHERE chain = 'PD-1' AND seq = 2`, 2, /JSON/],
    ['a hash was rewritten', `UPDATE events SET hash = prev_hash WHERE chain = 'PD-1' AND seq = 3`, 3, /content/],
    ['a link was rewritten', `UPDATE events SET prev_hash = hash WHERE chain = 'PD-1' AND seq = 4`, 4, /before/],
    ['an event was removed', `DELETE FROM events WHERE chain = 'PD-1' AND seq = 2`, 2, /event 2 is missing/],
    ['the beginning was removed', `DELETE FROM events WHERE chain = 'PD-1' AND seq < 3`, 1, /event 1 is missing/],
    ['the end was cut off', `DELETE FROM events WHERE chain = 'PD-1' AND seq > 3`, 4, /5 events were written and 3/],
    ['everything was removed', `DELETE FROM events WHERE chain = 'PD-1'`, 1, /5 events were written and 0/],
    ['the chain was removed with its head', `DELETE FROM events; DELETE FROM chain_heads`, 1, /head .* missing/],
    ['the head was removed', `DELETE FROM chain_heads WHERE chain = 'PD-1'`, 6, /head .* missing/],
    ['the head was turned back', `UPDATE chain_heads SET seq = 4 WHERE chain = 'PD-1'`, 6, /stands at 4/],
    ['the head was rewritten', `UPDATE chain_heads SET hash = '' WHERE chain = 'PD-1'`, 6, /another last event/],
    [
      'two events changed places',
      `UPDATE events SET seq = 99 WHERE chain = 'PD-1' AND seq = 4;
       UPDATE events SET seq = 4 WHERE chain = 'PD-1' AND seq = 5;
       UPDATE events SET seq = 5 WHERE seq = 99`,
      4,
      /before/,
    ],
  ])('says where it broke when %s [state:chain:verified]', (_, sql, seq, reason) => {
    tamper(unlock + sql);
    expect(store.verify()).toEqual({ ok: false, chain: 'PD-1', seq, reason: expect.stringMatching(reason) });
    expect(store.verify('PD-1')).toMatchObject({ ok: false });
  });

  it('does not take the chain of one incident for that of another', () => {
    tamper(`INSERT INTO events SELECT 'PD-2', seq, body, prev_hash, hash FROM events WHERE chain = 'PD-1' ORDER BY seq;
      INSERT INTO chain_heads (chain, seq, hash) SELECT 'PD-2', seq, hash FROM chain_heads WHERE chain = 'PD-1'`);
    expect(store.verify('PD-1')).toMatchObject({ ok: true });
    expect(store.verify()).toMatchObject({
      ok: false,
      chain: 'PD-2',
      seq: 1,
      reason: expect.stringMatching(/another place/),
    });
  });
});

it('a locked state is waited for, then named, and usable again afterwards [state:errors:named]', () => {
  open();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const impatient = createDatabase({ folder, clock: systemClock, busyTimeoutMs: 20 });
  const append = () => impatient.write((tx) => appendEvent(tx, 'PD-1', sampleEvent('call.denied')).seq);
  expect(append).toThrow(expect.objectContaining({ code: 'provider_unavailable', retry: 'later' }));
  expect(store.getIncident('PD-1')).toBeDefined();
  other.exec('ROLLBACK');
  other.close();
  expect(append()).toBe(2);
  impatient.close();
});

describe('a write that another one follows [state:writes:flushed]', () => {
  const FULL = 2;
  const NORMAL = 1;

  it('is flushed with that one: every other write waits for the disk, also after one that failed', () => {
    const told: string[] = [];
    const signer = {
      key: () => undefined,
      floor: () => 0,
      seal: () => '',
      isOwn: () => false,
      committed: () => told.push('on the disk'),
      dropped: () => told.push('not yet'),
    };
    const database = createDatabase({ folder, clock: systemClock, signer });
    const sync = (tx: { get(sql: string): unknown }) =>
      (tx.get('PRAGMA synchronous') as { readonly synchronous: number }).synchronous;
    expect(database.write(sync)).toBe(FULL);
    expect(database.writeAhead(sync)).toBe(NORMAL);
    expect(database.write(sync)).toBe(FULL);
    const fails = () => {
      throw new Error('stop');
    };
    expect(() => database.writeAhead(fails)).toThrow('stop');
    expect(database.write(sync)).toBe(FULL);
    // No note outside of the database says that the first one is there before it is.
    expect(told).toEqual(['on the disk', 'not yet', 'on the disk', 'not yet', 'on the disk']);
    database.close();
  });

  it('leaves no trace when its result is not kept', () => {
    open();
    const database = createDatabase({ folder, clock: systemClock });
    const append = (tx: Transaction) => appendEvent(tx, 'PD-1', sampleEvent('call.free'));
    database.writeAhead(append, () => false);
    expect(store.timeline('PD-1').map(({ type }) => type)).toEqual(['incident.opened']);
    database.writeAhead(append, () => true);
    expect(store.timeline('PD-1').map(({ type }) => type)).toEqual(['incident.opened', 'call.free']);
    database.close();
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('is the admission of a call that changes nothing but records: %s', (isRecordsOnly, flushed) => {
    open();
    const event = sampleEvent('call.admitted');
    const call = { incidentId: 'PD-1', callId: 'call-1', spend: {}, hold: {}, caps: ampleCaps, event };
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    try {
      expect(store.admit({ ...call, isRecordsOnly })).toMatchObject({ admitted: true });
      const words = exec.mock.calls.map(([sql]) => sql);
      const committed = words.indexOf('COMMIT');
      const setting = words.slice(0, committed).findLast((sql) => sql.startsWith('PRAGMA synchronous'));
      expect(setting === 'PRAGMA synchronous = NORMAL' ? 0 : 1).toBe(flushed);
    } finally {
      exec.mockRestore();
    }
    expect(store.openCalls('PD-1').map(({ callId }) => callId)).toEqual(['call-1']);
  });
});
