import { describe, expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import { toWindows } from '#engine/services/time-windows.ts';

import { createEngine } from '../../../support/engine-fixture.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const now = Date.UTC(2026, 2, 1, 12);
const onset = now - 25 * MINUTE;

const incidentSince = (startedAt: number) => ({ startedAt, openedAt: now }) as Incident;
const windowsOf = (given: Partial<Parameters<typeof toWindows>[0]> = {}, startedAt = onset) =>
  toWindows({ baseline: 'previous', ...given }, incidentSince(startedAt), now);

describe('the windows of a question about logs, where nothing is said', () => {
  it('are from the onset until now, against the 2 h before it', () => {
    expect(windowsOf()).toEqual({
      current: { since: onset, until: now },
      baseline: { since: onset - 2 * HOUR, until: onset },
      notes: [],
    });
  });

  it('are the last 2 h against the 2 h before, without an onset', () => {
    const { current, baseline } = windowsOf({}, now);
    expect(current).toEqual({ since: now - 2 * HOUR, until: now });
    expect(baseline).toEqual({ since: now - 4 * HOUR, until: now - 2 * HOUR });
  });

  it.each([
    ['previous', { since: now - 2 * HOUR, until: now - HOUR }],
    ['day', { since: now - 25 * HOUR, until: now - 24 * HOUR }],
    ['week', { since: now - 169 * HOUR, until: now - 168 * HOUR }],
    ['none', undefined],
  ] as const)('are of equal length where a time is said, with baseline=%s', (baseline, expected) => {
    expect(windowsOf({ since: '1h', baseline }).baseline).toEqual(expected);
  });

  it('are refused where they hold no time', () => {
    expect(() => windowsOf({ since: '10m', until: '20m' })).toThrow(/is empty/);
  });
});

type Rows = readonly Readonly<Record<string, unknown>>[];

const line = (message: string, minutesAgo: number, more: Partial<LogEntry> = {}): LogEntry => ({
  at: now - minutesAgo * MINUTE,
  level: 'info',
  message,
  raw: message,
  origin: `a@${message}@${minutesAgo}`,
  ...more,
});

async function rowsFor(args: Readonly<Record<string, unknown>>, entries: readonly LogEntry[]) {
  await using engine = createEngine({ incident: { startedAt: onset } });
  engine.logs.push(...entries);
  const { structured = {} } = await engine.call('get_incident_logs', args);
  return { rows: structured['rows'] as Rows, structured };
}

describe('lines, where nothing is said of what to look for', () => {
  it.each(['error in the queue', 'an Exception was raised', 'timeout of psp', 'timed out', 'connection refused by db'])(
    'are those that speak of failures, whatever their level: %s',
    async (text) => {
      const { rows } = await rowsFor({ mode: 'lines' }, [line(text, 9), line('order committed', 1), line('ping', 2)]);
      expect(rows.map((row) => row['text'] ?? row['line'])).toEqual([text]);
    },
  );

  it('are the newest of all where none speaks of a failure, and a note says so', async () => {
    const { rows, structured } = await rowsFor({ mode: 'lines' }, [line('ping', 2), line('pong', 1)]);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(structured['notes'])).toContain('No event is an error or speaks of one');
  });

  it('are at most 1,000, and the rest is counted', async () => {
    const many = Array.from({ length: 1_300 }, (_, n) => line(`connection refused ${n}`, 1 + (n % 20)));
    const { structured } = await rowsFor({ mode: 'lines' }, many);
    expect(structured['matched']).toBe(1_300);
    expect(structured['summary']).toContain('1000 lines');
  });
});

describe('a histogram', () => {
  it('counts events and errors of each stretch of the window, empty ones as well', async () => {
    const entries = [
      line('a', 24, { level: 'error' }),
      line('b', 24),
      line('c', 2, { level: 'fatal' }),
      line('before the window', 30),
    ];
    const { rows, structured } = await rowsFor({ mode: 'histogram', limit: 25 }, entries);
    const filled = rows.filter(({ count }) => count !== 0);
    expect(rows.length).toBeGreaterThan(filled.length);
    expect(rows.length).toBeLessThanOrEqual(25);
    expect(filled.map(({ count, errors }) => [count, errors])).toEqual([
      [2, 1],
      [1, 1],
    ]);
    const starts = rows.map(({ at }) => Date.parse(String(at)));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(structured['summary']).toMatch(/stretches of \d/);
  });
});
