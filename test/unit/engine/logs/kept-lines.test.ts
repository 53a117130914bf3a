import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';
import { createKeptLines } from '#engine/services/logs/kept-lines.ts';

const entry = (at: number, raw: string, level?: LogEntry['level']): LogEntry => ({
  at,
  raw,
  message: raw,
  origin: `app.log:${at}`,
  ...(level && { level }),
});

it('keeps failures from their beginning before anything else, in order of time', () => {
  const lines = createKeptLines(2);
  for (const at of [9, 8, 7, 6, 5, 4, 3, 2, 1]) lines.add(entry(at, `fine ${at}`, 'info'));
  for (const at of [13, 12, 11]) lines.add(entry(at, `request ${at} failed: connection refused`));
  expect(lines.text()?.split('\n')).toEqual([
    'fine 1  [app.log:1]',
    'fine 2  [app.log:2]',
    'request 11 failed: connection refused  [app.log:11]',
    'request 12 failed: connection refused  [app.log:12]',
  ]);
});

it('stays within what one resource may be', () => {
  const lines = createKeptLines();
  for (let at = 0; at < 2_000; at++) lines.add(entry(at, 'é'.repeat(20_000), 'error'));
  expect(Buffer.byteLength(lines.text() ?? '')).toBeLessThanOrEqual(262_144);
});

it('is nothing without events', () => {
  expect(createKeptLines().text()).toBeUndefined();
});

describe('an event that is only seen', () => {
  it('is one that would not be kept', () => {
    let passed = 0;
    const words = ['error 1', 'took 1 ms'];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(1)), { minLength: 20, maxLength: 60 }), (events) => {
        const lines = createKeptLines(3);
        const alike = [{}, {}];
        for (const [index, [at, kind]] of events.entries()) {
          const raw = words[kind] ?? '';
          const entry = { at, raw, message: raw, origin: `a@${index}`, alike: alike[kind] ?? {} };
          const mayKeep = lines.mayKeep({ ...entry, toEntry: () => entry });
          const before = lines.text();
          lines.add(entry);
          expect(mayKeep || lines.text() === before).toBe(true);
          passed += Number(!mayKeep);
        }
      }),
    );
    expect(passed).toBeGreaterThan(200);
  });

  it('is one of a kind that is full, though the other kind is not', () => {
    const lines = createKeptLines(2);
    const alike = {};
    const at = (index: number) => ({ at: index, raw: 'took 1 ms', message: 'took 1 ms', origin: `a@${index}`, alike });
    for (let index = 0; index < 8; index++) lines.add(at(index));
    const late = at(9);
    expect(lines.mayKeep({ ...late, toEntry: () => late })).toBe(false);
    const first = at(0);
    expect(lines.mayKeep({ ...first, toEntry: () => first })).toBe(true);
    expect(lines.mayKeep({ ...late, alike: {}, toEntry: () => late })).toBe(true);
  });
});
