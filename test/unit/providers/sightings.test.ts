import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry } from '#domain/evidence.ts';
import { createRedactor } from '#engine/redact.ts';
import { createEntryRedactor } from '#engine/services/logs/redact-entry.ts';
import type { OpenLog } from '#providers/files/open-log.ts';
import { readEntries } from '#providers/files/read-entries.ts';

/** A log that is read in small parts into one buffer, as files are: what is not looked at in time is gone. */
function toLog(text: string, chunkBytes: number): OpenLog {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    form: 'plain',
    journal: false,
    async *chunks({ start, end }) {
      const buffer = Buffer.alloc(chunkBytes);
      for (let at = start; at < Math.min(end, bytes.length); at += chunkBytes) {
        const length = bytes.copy(buffer, 0, at, Math.min(end, at + chunkBytes));
        yield buffer.subarray(0, length);
        buffer.fill('#');
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readAll(text: string, chunkBytes: number, brief: boolean) {
  const reading = {
    log: toLog(text, chunkBytes),
    label: 'app.log',
    format: 'auto' as const,
    context: { offsetAt: () => 0, writtenAt: Date.parse('2025-11-03T15:00:00Z') },
    service: 'shop',
    env: undefined,
    brief,
    accepts: ({ level }: LogEntry) => level !== 'debug',
    signal: new AbortController().signal,
  };
  const entries: LogEntry[] = [];
  let sighted = 0;
  for await (const batch of readEntries(reading, { start: 0, end: Number.POSITIVE_INFINITY })) {
    entries.push(...batch.entries, ...(batch.sightings ?? []).map((sighting) => sighting.toEntry()));
    sighted += batch.sightings?.length ?? 0;
  }
  const said = entries.map(({ alike: _alike, ...entry }) => entry);
  return { sighted, said: said.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

const placeOf = ({ origin }: Pick<LogEntry, 'origin'>) => Number(origin.split('@')[1]);

const KEY_LINE = 'MIIEpAIBAAKCAQEA7qwertyuiopasdfghjklzxcvbnm1234567890QWERTYUIOP';
const line = fc.oneof(
  fc.nat(59).map((second) => `2025-11-03 13:58:${String(second).padStart(2, '0')},123 INFO took ${second} ms`),
  fc.nat(99).map((number) => `2025-11-03 13:58:01 ERROR order ${number} failed`),
  fc.nat(99).map((number) => `2025-11-03 13:58:01 DEBUG order ${number} failed`),
  fc
    .nat(9)
    .map(
      (number) =>
        `{"time":"2025-11-03T13:58:0${number}Z","level":"warn","service":"cart","msg":"slow \\"${number}\\""}`,
    ),
  fc.constantFrom(
    'java.io.IOException: pipe 1',
    '\tat com.acme.Cart.total(Cart.java:81)',
    '-----BEGIN RSA PRIVATE KEY-----',
    KEY_LINE,
    '-----END RSA PRIVATE KEY-----',
    '2025-11-03T13:58:01Z stdout P begins',
    '2025-11-03T13:58:01Z stdout F ends',
    '',
    'not a time',
    '2025-11-03 13:58:01 INFO naïve 7',
  ),
);
const text = fc.array(line, { minLength: 20, maxLength: 60 }).map((lines) => `${lines.join('\n')}\n`);

describe('sightings of events that are alike', () => {
  it('are the entries that would have been read, whatever was read after them', async () => {
    let sighted = 0;
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 40, max: 700 }), async (some, chunkBytes) => {
        const whole = await readAll(some, some.length + 1, false);
        const brief = await readAll(some + some, chunkBytes, true);
        const both = await readAll(some + some, chunkBytes, false);
        expect(both.sighted).toBe(0);
        expect(brief.said).toEqual(both.said);
        expect((await readAll(some, chunkBytes, true)).said).toEqual(whole.said);
        sighted += brief.sighted;
      }),
      { numRuns: 200 },
    );
    expect(sighted).toBeGreaterThan(500);
  });
});

describe('events that are counted by sight', () => {
  const redact = createEntryRedactor(createRedactor(['7777777777']));
  const event = fc.record({
    at: fc.integer({ min: 1, max: 9 }),
    kind: fc.nat(9),
    service: fc.constantFrom('shop', 'cart', undefined),
    inBaseline: fc.boolean(),
  });
  const messages = [
    'took 1 ms',
    'login with password=hunter2secret1 failed',
    'pin 1111111111 sent',
    ...['anna', 'bob', 'carla', 'dora', 'emil', 'fred', 'gina'].map((name) => `user ${name} left 1`),
  ];

  it('give the same patterns as if each was added, in another order', () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 40, maxLength: 80 }),
        fc.constantFrom(1, 2, 100),
        (events, maxTemplates) => {
          const [added, sighted] = [createPatternCounter(maxTemplates), createPatternCounter(maxTemplates)];
          const alike = new Map<string, object>();
          const inTurn: (() => void)[] = [];
          for (const [index, { at, kind, service, inBaseline }] of events.entries()) {
            const message = messages[kind]?.replaceAll(/\d/g, String(index % 10)) ?? '';
            const entry: LogEntry = { at, message, raw: message, origin: `a@${index}`, ...(service && { service }) };
            inTurn.push(() => added.add(redact(entry), inBaseline));
            const key = `${kind} ${service}`;
            if (!alike.has(key)) alike.set(key, {});
            const known = { ...entry, alike: alike.get(key) ?? {} };
            if (sighted.see({ ...known, toEntry: () => known }, inBaseline)) seen++;
            else sighted.add(redact(known), inBaseline);
          }
          for (const add of inTurn.toReversed()) add();
          const byId = (table: ReturnType<typeof added.table>) => ({
            ...table,
            patterns: table.patterns
              .map(({ sample: { alike: _alike, ...sample }, ...pattern }) => ({ ...pattern, sample }))
              .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
          });
          expect(byId(sighted.table())).toEqual(byId(added.table()));
        },
      ),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(200);
  });
});
