import { afterEach, describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import type { LogSource } from '#providers/sources.ts';

/** An event that the source under test holds. */
export type HeldEvent = Required<Pick<LogEntry, 'at' | 'message'>> & Pick<LogEntry, 'level' | 'service' | 'env'>;

/** Makes a source that holds exactly `events`. */
export type MakeLogSource = (events: readonly HeldEvent[]) => Promise<LogSource & AsyncDisposable>;

const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset, until: onset + 60_000 };
const live = new AbortController().signal;

async function readAll(source: LogSource, query: LogQuery): Promise<{ entries: LogEntry[]; scannedBytes: number }> {
  const entries: LogEntry[] = [];
  let scannedBytes = 0;
  for await (const batch of source.read(query, live)) {
    entries.push(...batch.entries);
    scannedBytes += batch.scannedBytes;
  }
  return { entries: entries.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0)), scannedBytes };
}

/** What every log source owes its callers. */
export function describeLogSource(name: string, make: MakeLogSource): void {
  describe(`${name} as a log source`, () => {
    const held: HeldEvent[] = [
      { at: onset - 1, level: 'error', service: 'checkout', env: 'prod', message: 'just before the window' },
      { at: onset, level: 'error', service: 'checkout', env: 'prod', message: 'payments timeout calling psp' },
      { at: onset + 10_000, level: 'warn', service: 'checkout', env: 'prod', message: 'queue is long' },
      { at: onset + 20_000, level: 'info', service: 'cart', env: 'prod', message: 'order committed' },
      { at: onset + 30_000, level: 'error', service: 'checkout', env: 'staging', message: 'payments refused by psp' },
      { at: onset + 60_000, level: 'error', service: 'checkout', env: 'prod', message: 'just after the window' },
    ];
    const open: AsyncDisposable[] = [];
    const hold = async (events: readonly HeldEvent[] = held) => {
      const source = await make(events);
      open.push(source);
      return source;
    };
    afterEach(async () => {
      for (const source of open.splice(0)) await source[Symbol.asyncDispose]();
    });

    const rows: readonly (readonly [string, Partial<LogQuery>, readonly string[]])[] = [
      [
        'the window alone, its start included and its end excluded',
        {},
        ['payments timeout', 'queue is long', 'order committed', 'payments refused'],
      ],
      ['all words of the text', { text: 'payments PSP' }, ['payments timeout', 'payments refused']],
      ['a phrase', { text: '"timeout calling"' }, ['payments timeout']],
      ['what an excluded word leaves', { text: 'payments -refused' }, ['payments timeout']],
      ['a service', { service: 'cart' }, ['order committed']],
      ['an environment', { env: 'staging' }, ['payments refused']],
      ['a least level', { level: 'warn' }, ['payments timeout', 'queue is long', 'payments refused']],
      ['everything at once', { level: 'error', service: 'checkout', env: 'prod', text: 'psp' }, ['payments timeout']],
      ['nothing, without an error, when nothing matches', { text: 'no such words' }, []],
    ];
    it.each(rows)('answers for %s [logs:sources:words]', async (_, query, expected) => {
      const source = await hold();
      const { entries } = await readAll(source, { window, ...query });
      expect(entries.map(({ message }) => message)).toStrictEqual(
        expected.map((start) => expect.stringMatching(start)),
      );
    });

    it('keeps time, level, service and environment of an entry, and where it came from', async () => {
      const source = await hold();
      const { entries, scannedBytes } = await readAll(source, { window, text: 'timeout' });
      expect(entries).toHaveLength(1);
      expect(entries[0]).toMatchObject({ at: onset, level: 'error', service: 'checkout', env: 'prod' });
      expect(entries[0]?.raw).toContain('payments timeout calling psp');
      expect(entries[0]?.origin).not.toBe('');
      expect(scannedBytes).toBeGreaterThan(0);
    });

    it('streams thousands of entries without losing one [logs:size:streamed]', async () => {
      const many = Array.from(
        { length: 5_000 },
        (_, n) => ({ at: onset + n, level: 'info', message: `event ${n} happened` }) as const,
      );
      const source = await hold(many);
      const { entries } = await readAll(source, { window });
      expect(new Set(entries.map(({ message }) => message)).size).toBe(5_000);
    });

    it('gives the newest entries, as many as are asked for, and says whether there were more [logs:sources:newest]', async () => {
      const source = await hold();
      const read = async (newest: number) => {
        const found: string[] = [];
        let truncated = false;
        for await (const batch of source.read({ window, newest }, live)) {
          found.push(...batch.entries.map(({ message }) => message));
          truncated ||= batch.truncated === true;
        }
        return { found, truncated };
      };
      expect(await read(2)).toStrictEqual({
        found: [expect.stringMatching('payments refused'), expect.stringMatching('order committed')],
        truncated: true,
      });
      expect(await read(5)).toMatchObject({ found: { length: 4 }, truncated: false });
    });

    it('gives each event an origin of its own, and gives it whole by that [logs:sources:event]', async () => {
      const source = await hold();
      const { entries } = await readAll(source, { window });
      expect(new Set(entries.map(({ origin }) => origin)).size).toBe(entries.length);
      for (const entry of entries) {
        const found = await source.event?.(entry.origin, live);
        expect(found).toMatchObject({ at: entry.at, message: entry.message, raw: entry.raw, origin: entry.origin });
      }
    });

    it('says what it asks and where, in one line [logs:sources:explained]', async () => {
      const source = await hold();
      const asked = source.explain?.({ window, text: 'psp', service: 'checkout' });
      expect(asked?.native).toContain('psp');
      expect(asked?.native).not.toContain('\n');
    });

    it('answers a probe when it can be read [logs:sources:probe]', async () => {
      const source = await hold();
      expect(await source.probe?.(live)).not.toBe('');
    });

    it('stops with `cancelled` when the caller is gone', async () => {
      const source = await hold();
      const act = async () => {
        for await (const batch of source.read({ window }, AbortSignal.abort())) expect(batch.entries).toStrictEqual([]);
      };
      await expect(act()).rejects.toSatisfy((error) => error instanceof FixgateError && error.code === 'cancelled');
    });
  });
}
