import { describe, expect, it } from 'vitest';

import { comparePatterns } from '#analysis/compare-patterns.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry, LogLevel } from '#domain/evidence.ts';

const event = (message: string, level: LogLevel, at?: number): LogEntry => ({
  ...(at !== undefined && { at }),
  level,
  message,
  raw: message,
  origin: `app.log@${at ?? 0}`,
});
const many = (count: number, of: LogEntry) => Array.from({ length: count }, () => of);

function compared(current: readonly LogEntry[], before: readonly LogEntry[]): string[] {
  const counter = createPatternCounter();
  for (const each of current) counter.add(each, false);
  for (const each of before) counter.add(each, true);
  return comparePatterns(counter.table(), { scale: 1, covered: true }).map(
    ({ change, template }) => `${change} ${template}`,
  );
}

describe('a pattern whose events in the window carry no time', () => {
  const background = many(20, event('order committed', 'info', 5));

  it('is never called new', () => {
    expect(compared([...background, ...many(800, event('disk is full', 'error'))], background)).toContain(
      'unknown disk is full',
    );
  });

  it('is never called rising', () => {
    const before = [...background, ...many(5, event('disk is full', 'error', 1))];
    expect(compared([...background, ...many(800, event('disk is full', 'error'))], before)).toContain(
      'unknown disk is full',
    );
  });

  it('ranks after all whose events do, and errors among themselves first', () => {
    const current = [
      ...many(900, event('cache is cold', 'info')),
      ...many(800, event('disk is full', 'error')),
      ...background,
      event('payments refused', 'error', 6),
      event('cart opened', 'info', 6),
    ];
    expect(compared(current, background)).toEqual([
      'new payments refused',
      'new cart opened',
      'same order committed',
      'unknown disk is full',
      'unknown cache is cold',
    ]);
  });

  it('is compared as soon as one of them does', () => {
    expect(compared([event('disk is full', 'error'), event('disk is full', 'error', 5)], background)).toContain(
      'new disk is full',
    );
  });
});
