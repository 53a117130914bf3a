import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { STATE_FILE } from '#state/database.ts';
import { headKeyFiles, readPublicHalf } from '#state/head-key.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

import { cpuMs } from '../support/cpu-time.ts';
import { sampleEvent, sampleIncident } from '../support/store-samples.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-heads-'));
  store = createSqliteStore({ folder, clock: systemClock, mayMakeKey: () => true });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = (id: string, to = store) => to.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
const write = (id: string, to = store) => to.append(id, sampleEvent('call.denied'));
const advisory = () => createSqliteStore({ folder, clock: systemClock });
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

/** Does what only someone with the file in hand can do. */
function tamper(sql: string): void {
  const db = new DatabaseSync(join(folder, STATE_FILE));
  db.exec(`DROP TRIGGER IF EXISTS events_are_never_changed; DROP TRIGGER IF EXISTS events_are_never_deleted; ${sql}`);
  db.close();
}

/** The state as it is now, to be put back later. */
async function snapshot(): Promise<() => Promise<void>> {
  const file = join(folder, STATE_FILE);
  const kept = `${file}.kept`;
  await store[Symbol.asyncDispose]();
  copyFileSync(file, kept);
  store = createSqliteStore({ folder, clock: systemClock, mayMakeKey: () => true });
  return async () => {
    await store[Symbol.asyncDispose]();
    copyFileSync(kept, file);
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    store = createSqliteStore({ folder, clock: systemClock, mayMakeKey: () => true });
  };
}

const problems = (chain?: string) => {
  const verdict = store.verifyHeads(chain);
  return verdict.signed === 'no' ? verdict : verdict.problems.map(({ chain: of, reason }) => `${of}: ${reason}`);
};

describe('the heads of an enforced guard', () => {
  it('are signed with a key for the owner alone, made by the first write [state:heads:signed]', () => {
    const { keys, secret, anchor } = headKeyFiles(folder);
    expect(existsSync(keys)).toBe(false);
    open('PD-1');
    write('PD-1');
    expect([keys, secret, anchor].map(mode)).toEqual(['700', '600', '600']);
    expect(readFileSync(secret, 'utf8')).toContain('PRIVATE KEY');
    expect(store.verifyHeads()).toEqual({
      signed: 'yes',
      key: expect.stringMatching(/^SHA256:/),
      heads: 1,
      problems: [],
      vouchedSince: [],
    });
  });

  it('are signed by every process that can read the key, whatever its own guard [state:heads:signed]', async () => {
    open('PD-1');
    await using second = advisory();
    write('PD-1', second);
    open('PD-2', second);
    expect(problems()).toEqual([]);
  });

  it('vouch for chains that were begun before from then on, and say so [state:heads:signed]', async () => {
    await using before = advisory();
    open('PD-1', before);
    write('PD-1', before);
    expect(store.verifyHeads()).toEqual({ signed: 'no' });
    open('PD-2');
    write('PD-1');
    expect(store.verifyHeads()).toMatchObject({ problems: [], vouchedSince: [{ chain: 'PD-1', seq: 2 }] });
  });

  it('cost little', () => {
    open('PD-1');
    const began = cpuMs();
    for (let count = 0; count < 100; count += 1) write('PD-1');
    expect((cpuMs() - began) / 100).toBeLessThan(20);
  });
});

describe('what somebody without the key writes', () => {
  beforeEach(() => {
    for (const id of ['PD-1', 'PD-2']) {
      open(id);
      write(id);
      write(id);
    }
  });

  /** A whole new chain, hashes and all, as a program that signs nothing would write it. */
  async function forge(id: string): Promise<void> {
    const { secret } = headKeyFiles(folder);
    const key = readFileSync(secret);
    rmSync(secret);
    await using other = advisory();
    write(id, other);
    writeFileSync(secret, key, { mode: 0o600 });
  }

  it('is found at the end of a chain, and stays so when the server goes on writing there [state:heads:verified]', async () => {
    await forge('PD-1');
    expect(problems()).toEqual(['PD-1: its head is not signed']);
    write('PD-1');
    expect(store.verify()).toMatchObject({ ok: true });
    expect(problems()).toEqual(['PD-1: its head is not signed']);
    expect(problems('PD-2')).toEqual([]);
  });

  it('is found when it carries the signature of another head [state:heads:verified]', async () => {
    await forge('PD-1');
    tamper(
      `UPDATE chain_heads SET (signature, signed_since) = (SELECT signature, signed_since FROM chain_heads WHERE chain = 'PD-2') WHERE chain = 'PD-1'`,
    );
    expect(problems()).toEqual(['PD-1: its head is not signed with this key']);
  });

  it('is found under the signature that the server gave to the head before, also when it goes on writing there [state:heads:verified]', async () => {
    tamper(`CREATE TABLE kept AS SELECT signature, signed_since FROM chain_heads WHERE chain = 'PD-1'`);
    await forge('PD-1');
    tamper(
      `UPDATE chain_heads SET (signature, signed_since) = (SELECT signature, signed_since FROM kept) WHERE chain = 'PD-1'`,
    );
    expect(problems()).toEqual(['PD-1: its head is not signed with this key']);
    write('PD-1');
    expect(problems()).toEqual(['PD-1: its head is not signed']);
  });

  it('is no end that was cut off, though the older head was truly signed [state:heads:truncated]', async () => {
    const putBack = await snapshot();
    write('PD-1');
    await putBack();
    expect(store.verify()).toMatchObject({ ok: true });
    expect(problems()).toEqual([
      'PD-1: the end is missing: event 4 was signed and is not there',
      ': 1 events are missing: 7 were written in all chains and 6 are there',
    ]);
    for (let count = 0; count < 3; count += 1) write('PD-2');
    expect(problems()).toEqual([': 1 events are missing: 10 were written in all chains and 9 are there']);
  });

  it('is no chain that was cut while others went on [state:heads:truncated]', () => {
    const db = new DatabaseSync(join(folder, STATE_FILE));
    const old = db.prepare(`SELECT * FROM chain_heads WHERE chain = 'PD-1'`).get() as Record<string, string | number>;
    db.close();
    write('PD-1');
    write('PD-2');
    tamper(`DELETE FROM events WHERE chain = 'PD-1' AND seq = 4;
      UPDATE chain_heads SET seq = 3, hash = '${old['hash']}', signature = '${old['signature']}', total = ${old['total']} WHERE chain = 'PD-1'`);
    expect(store.verify()).toMatchObject({ ok: true });
    expect(problems()).toEqual([': 1 events are missing: 8 were written in all chains and 7 are there']);
    for (let count = 0; count < 5; count += 1) write('PD-2');
    expect(problems()).toEqual([': 1 events are missing: 13 were written in all chains and 12 are there']);
  });

  it.each<[string, () => void, string]>([
    ['the note of the newest head', () => rmSync(headKeyFiles(folder).anchor), 'is missing'],
    ['the keys', () => rmSync(headKeyFiles(folder).keys, { recursive: true }), 'the key is gone'],
  ])('is not hidden by removing %s [state:heads:verified]', (_, remove, reason) => {
    remove();
    expect(JSON.stringify(problems())).toContain(reason);
  });

  it('under a key of its own is found by a public key that was kept elsewhere [state:heads:verified]', async () => {
    const publicKey = readPublicHalf(folder) ?? '';
    await store[Symbol.asyncDispose]();
    rmSync(headKeyFiles(folder).keys, { recursive: true });
    tamper('UPDATE chain_heads SET signature = NULL, signed_since = NULL');
    store = createSqliteStore({ folder, clock: systemClock, mayMakeKey: () => true });
    write('PD-1');
    expect(problems()).toEqual([]);
    expect(store.verifyHeads(undefined, publicKey)).toMatchObject({
      problems: expect.arrayContaining([{ chain: 'PD-1', reason: 'its head is not signed with this key' }]),
    });
  });
});

describe('a key that other accounts may read', () => {
  it.each([0o640, 0o604, 0o660])(
    'is refused before anything is written with it: mode %o [state:heads:private]',
    async (loose) => {
      open('PD-1');
      chmodSync(headKeyFiles(folder).secret, loose);
      await using second = advisory();
      expect(() => write('PD-1', second)).toThrow(
        expect.objectContaining({ code: 'misconfigured', fix: expect.stringContaining('chmod 600') }),
      );
      expect(store.timeline('PD-1')).toHaveLength(1);
    },
  );
});

describe('an advisory guard', () => {
  it('signs nothing and makes no key [state:heads:signed]', async () => {
    await using plain = advisory();
    open('PD-1', plain);
    expect(existsSync(headKeyFiles(folder).keys)).toBe(false);
    expect(plain.verifyHeads()).toEqual({ signed: 'no' });
  });
});
