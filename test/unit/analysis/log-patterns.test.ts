import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Baseline } from '#analysis/compare-patterns.ts';
import { comparePatterns } from '#analysis/compare-patterns.ts';
import type { PatternTable } from '#analysis/log-patterns.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry, LogLevel } from '#domain/evidence.ts';

const entry = (at: number, level: LogLevel | undefined, message: string, service?: string): LogEntry => ({
  at,
  ...(level && { level }),
  ...(service && { service }),
  message,
  raw: message,
  origin: `app.log:${at}`,
});

function count(entries: readonly LogEntry[], before: readonly LogEntry[] = [], max?: number): PatternTable {
  const counter = createPatternCounter(max);
  for (const one of entries) counter.add(one);
  for (const one of before) counter.add(one, true);
  return counter.table();
}

/** A fixed shuffle for each seed. */
function shuffle<T>(items: readonly T[], seed: number): readonly T[] {
  return items
    .map((one, index) => ({ one, key: Math.sin(seed + index * 7) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

const byId = ({ patterns }: PatternTable) => patterns.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** A word of letters alone, another one for each number. */
const lettersOf = (n: number) =>
  Array.from(n.toString(36), (c) => 'ghijklmnopqrstuvwxyzghijklmnopqrstuv'[Number.parseInt(c, 36)] ?? 'z').join('') +
  ['a', 'b', 'q'][n % 3];

const times = (n: number, make: (n: number) => LogEntry) => Array.from({ length: n }, (_, index) => make(index));

describe('createPatternCounter', () => {
  it('groups events by template and level, with first, last, services and the earliest sample', () => {
    const table = count([
      entry(20, 'error', 'timeout after 30ms', 'b'),
      entry(10, 'error', 'timeout after 10ms', 'a'),
      entry(15, 'warn', 'timeout after 15ms'),
    ]);
    expect(table).toMatchObject({ total: 3, coarse: false });
    expect(table.patterns).toHaveLength(2);
    expect(table.patterns[0]).toMatchObject({
      template: 'timeout after <duration>',
      level: 'error',
      count: 2,
      first: 10,
      last: 20,
      services: ['a', 'b'],
      sample: { message: 'timeout after 10ms' },
    });
  });

  it('gives the same table whatever the order of events, even beyond its limit [logs:patterns:order]', () => {
    const words = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const events = fc.array(
      fc.record({
        at: fc.nat(5),
        level: fc.constantFrom('info', 'error', undefined),
        who: fc.constantFrom(...words),
        what: fc.constantFrom('joined the room', 'left the room', 'paid for it', 'met'),
        whom: fc.constantFrom('', ' with a', ' with b', ' with c in d', ' with c in e'),
      }),
      { maxLength: 120, size: 'max' },
    );
    const limit = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1_000));
    fc.assert(
      fc.property(events, fc.integer(), limit, (made, seed, max) => {
        const entries = made.map(({ at, level, who, what, whom }) =>
          entry(at, level as LogLevel | undefined, `guest named ${who} ${what}${whom}`, who),
        );
        const shuffled = shuffle(entries, seed);
        expect(byId(count(shuffled, entries, max))).toStrictEqual(byId(count(entries, shuffled, max)));
      }),
    );
  });

  it('gives the same table whatever the order of 12,000 templates, far beyond its limit [logs:patterns:order]', () => {
    const entries = times(12_000, (n) =>
      entry(n % 9, 'info', `user ${lettersOf(n)} bought ${lettersOf(n % 70)} from shop ${lettersOf(n % 3)}`),
    );
    expect(byId(count(shuffle(entries, 3), [], 400))).toStrictEqual(byId(count(entries, [], 400)));
  });

  it('loses no event under ever new templates, and keeps errors apart [logs:size:streamed]', () => {
    const noise = times(8_000, (n) => entry(n, 'info', `user ${lettersOf(n)} asked for ${lettersOf(n * 7)} today`));
    const { patterns, total, coarse } = count([...noise, entry(1, 'error', 'the one that matters')], [], 100);
    expect(coarse).toBe(true);
    expect(total).toBe(8_001);
    expect(
      patterns.map(({ count: events, template }) => [events, template]).toSorted((a, b) => Number(a[0]) - Number(b[0])),
    ).toStrictEqual([
      [1, 'the one that matters'],
      [8_000, 'user <*> asked for <*> today'],
    ]);
  });

  it('keeps the ends of a long sample: causes stand last', () => {
    const raw = `failed\n${'x'.repeat(60_000)}\nCaused by: the disk`;
    const [pattern] = count([{ ...entry(1, 'error', 'failed'), raw }]).patterns;
    expect(pattern?.sample.raw.length).toBeLessThan(5_000);
    expect(pattern?.sample.raw).toMatch(/^failed\n.*\nCaused by: the disk$/s);
  });
});

describe('comparePatterns', () => {
  const compared = (current: readonly LogEntry[], before: readonly LogEntry[], baseline?: Partial<Baseline>) =>
    comparePatterns(count(current, before), { scale: 1, covered: true, ...baseline }).map(
      ({ change, template }) => `${change} ${template}`,
    );

  it('puts the new error first, then rising errors, new lines, ended ones and the rest [logs:patterns:new-first]', () => {
    const current = [
      ...times(500, (n) => entry(n, 'info', 'order committed')),
      ...times(40, (n) => entry(n, 'warn', 'cache is cold')),
      ...times(3, (n) => entry(n, 'error', `payments timeout after ${n}ms`)),
      ...times(60, (n) => entry(n, 'error', 'refused')),
    ];
    const before = [
      ...times(480, (n) => entry(n, 'info', 'order committed')),
      ...times(9, (n) => entry(n, 'error', 'refused')),
      ...times(50, (n) => entry(n, 'info', 'heartbeat')),
    ];
    expect(compared(current, before)).toStrictEqual([
      'new payments timeout after <duration>',
      'spike refused',
      'new cache is cold',
      'gone heartbeat',
      'same order committed',
    ]);
  });

  it.each([
    { name: '4 after 1 is too little to call a rise', now: 4, before: 1, scale: 1, change: 'same' },
    { name: '8 after 1 may be chance', now: 8, before: 1, scale: 1, change: 'same' },
    { name: '14 after 1 is a rise', now: 14, before: 1, scale: 1, change: 'spike' },
    { name: 'twice as many is no rise', now: 200, before: 100, scale: 1, change: 'same' },
    { name: 'a window ten times as long may hold ten times as many', now: 100, before: 10, scale: 10, change: 'same' },
    { name: 'a window a tenth as long may not hold as many', now: 100, before: 100, scale: 0.1, change: 'spike' },
    { name: 'a few events do not prove a rate', now: 60, before: 1, scale: 12, change: 'same' },
  ])('$name [logs:patterns:evidence]', ({ now, before, scale, change }) => {
    const refused = (n: number) => times(n, (at) => entry(at, 'error', 'refused'));
    expect(compared(refused(now), refused(before), { scale })).toStrictEqual([`${change} refused`]);
  });

  it.each([
    ['when nothing was read in the baseline window', 1, { covered: false }, 'unknown'],
    ['when the baseline was read and quiet', 1, {}, 'new'],
    ['when a baseline a hundredth as long would not have shown it', 20, { scale: 100 }, 'unknown'],
    ['when even a short baseline would have shown it', 200, { scale: 20 }, 'new'],
    ['when the baseline was cut and may have held it', 4, { complete: false }, 'unknown'],
    ['when the part of the baseline that was read would have shown it', 400, { complete: false, scale: 10 }, 'new'],
  ] as const)('judges an error that the baseline does not show: %s [logs:patterns:evidence]', (_, now, how, change) => {
    expect(
      compared(
        times(now, (n) => entry(n, 'error', 'refused')),
        [],
        how,
      ),
    ).toStrictEqual([`${change} refused`]);
  });

  it('calls nothing new without a baseline', () => {
    expect(comparePatterns(count([entry(1, 'error', 'refused')])).map(({ change }) => change)).toStrictEqual([
      'unknown',
    ]);
  });

  it('calls nothing gone when the window was not read whole', () => {
    const before = times(50, (n) => entry(n, 'info', 'heartbeat'));
    expect(compared([], before)).toStrictEqual(['gone heartbeat']);
    expect(compared([], before, { currentComplete: false })).toStrictEqual([]);
  });

  it('finds a statement again whose values are others than before', () => {
    const login = (names: string) =>
      names.split(' ').map((name, n) => entry(n, 'info', `session opened for user ${name}`));
    expect(compared(login('ann bob cy'), login('dan eve flo'))).toStrictEqual(['same session opened for user <*>']);
  });

  it('puts lines without a level that speak of failures before other new ones', () => {
    const current = [
      ...times(9, (n) => entry(n, undefined, 'cache is cold')),
      entry(1, undefined, 'connection refused'),
    ];
    expect(compared(current, [])).toStrictEqual(['new connection refused', 'new cache is cold']);
  });
});
