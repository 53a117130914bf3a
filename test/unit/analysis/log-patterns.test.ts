import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

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

function count(entries: readonly LogEntry[], max?: number): PatternTable {
  const counter = createPatternCounter(max);
  for (const one of entries) counter.add(one);
  return counter.table();
}

const times = (n: number, make: (n: number) => LogEntry) => Array.from({ length: n }, (_, index) => make(index));

describe('createPatternCounter', () => {
  it('groups events by template and level, with first, last, services and the earliest sample', () => {
    const table = count([
      entry(20, 'error', 'timeout after 30ms', 'b'),
      entry(10, 'error', 'timeout after 10ms', 'a'),
      entry(15, 'warn', 'timeout after 15ms'),
    ]);
    expect(table).toMatchObject({ total: 3, other: 0 });
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

  it('gives the same table whatever the order of events, even beyond its limit', () => {
    const events = fc.array(
      fc.record({
        at: fc.nat(50),
        level: fc.constantFrom('info', 'error', undefined),
        word: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(events, fc.integer(), (made, seed) => {
        const entries = made.map(({ at, level, word }) =>
          entry(at, level as LogLevel | undefined, `word ${word}`, word),
        );
        const shuffled = entries.map((one, n) => ({ one, key: Math.sin(seed + n) })).toSorted((a, b) => a.key - b.key);
        expect(
          count(
            shuffled.map(({ one }) => one),
            4,
          ),
        ).toStrictEqual(count(entries, 4));
      }),
    );
  });

  it('stays bounded under ever new templates, keeps errors and says how many events it gave up [logs:size:streamed]', () => {
    const noise = times(30_000, (n) =>
      entry(n, 'info', `unique ${n.toString(36).replaceAll(/\d/g, 'q')} ${'z'.repeat(n % 7)}`),
    );
    const table = count([...noise, entry(1, 'error', 'the one that matters')], 100);
    expect(table.patterns).toHaveLength(100);
    expect(table.patterns[0]?.template).toBe('the one that matters');
    expect(table.other).toBe(table.total - table.patterns.reduce((sum, { count }) => sum + count, 0));
    expect(table.other).toBeGreaterThan(10_000);
  });
});

describe('comparePatterns', () => {
  const baseline = (entries: readonly LogEntry[], scale = 1, covered = true) => ({
    table: count(entries),
    scale,
    covered,
  });
  const changes = (current: readonly LogEntry[], before?: ReturnType<typeof baseline>) =>
    comparePatterns(count(current), before).map(({ change, template }) => `${change} ${template}`);

  it('puts the new error first, then rising errors, new lines, ended ones and the rest [logs:patterns:new-first]', () => {
    const current = [
      ...times(500, (n) => entry(n, 'info', 'order committed')),
      ...times(40, (n) => entry(n, 'warn', 'cache is cold')),
      ...times(3, (n) => entry(n, 'error', `payments timeout after ${n}ms`)),
      ...times(60, (n) => entry(n, 'error', 'refused')),
    ];
    const before = baseline([
      ...times(480, (n) => entry(n, 'info', 'order committed')),
      ...times(9, (n) => entry(n, 'error', 'refused')),
      ...times(50, (n) => entry(n, 'info', 'heartbeat')),
    ]);
    expect(changes(current, before)).toStrictEqual([
      'new payments timeout after <duration>',
      'spike refused',
      'new cache is cold',
      'gone heartbeat',
      'same order committed',
    ]);
  });

  it.each([
    { name: '4 after 1 is too little to call a rise', now: 4, before: 1, scale: 1, change: 'same' },
    { name: '8 after 1 is a rise', now: 8, before: 1, scale: 1, change: 'spike' },
    { name: 'twice as many is no rise', now: 200, before: 100, scale: 1, change: 'same' },
    { name: 'a window ten times as long may hold ten times as many', now: 100, before: 10, scale: 10, change: 'same' },
    { name: 'a window a tenth as long may not hold as many', now: 100, before: 100, scale: 0.1, change: 'spike' },
  ])('$name', ({ now, before, scale, change }) => {
    const base = baseline(
      times(before, (n) => entry(n, 'error', 'refused')),
      scale,
    );
    expect(
      changes(
        times(now, (n) => entry(n, 'error', 'refused')),
        base,
      ),
    ).toStrictEqual([`${change} refused`]);
  });

  it.each([
    ['without a baseline', undefined],
    ['when nothing was read in the baseline window', baseline([], 1, false)],
  ])('calls nothing new %s', (_, before) => {
    expect(changes([entry(1, 'error', 'refused')], before)).toStrictEqual(['unknown refused']);
  });

  it('calls a line new when the baseline was read and quiet', () => {
    expect(changes([entry(1, 'error', 'refused')], baseline([], 1, true))).toStrictEqual(['new refused']);
  });

  it('does not call a line new that the baseline may have given up', () => {
    const table = { ...count([entry(1, 'info', 'x')]), other: 10 };
    expect(comparePatterns(count([entry(1, 'info', 'refused')]), { table, scale: 1, covered: true })[0]?.change).toBe(
      'unknown',
    );
  });
});
