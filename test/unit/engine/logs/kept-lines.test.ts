import { expect, it } from 'vitest';

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
