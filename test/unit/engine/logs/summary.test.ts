import { describe, expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';

import { createEngine } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;
const now = Date.UTC(2026, 2, 1, 12);

/** Events of one message, at moments in minutes before now. */
const at = (
  message: string,
  minutes: readonly number[],
  head: (at: number) => Partial<LogEntry> = (at) => ({ at, level: 'info' }),
): LogEntry[] =>
  minutes.map((before) => ({
    ...head(now - before * MINUTE),
    message,
    raw: message,
    origin: `${message}@${before}`,
  }));
const failed = (at: number) => ({ at, level: 'error' as const });
const everyMinute = (from: number, until = 0) => Array.from({ length: from - until }, (_, n) => from - n);

async function summaryOf(entries: readonly LogEntry[], args: Readonly<Record<string, unknown>> = {}) {
  await using engine = createEngine({ incident: { startedAt: now - 40 * MINUTE } });
  engine.logs.push(...entries);
  const { structured = {} } = await engine.call('get_incident_logs', args);
  return structured['summary'];
}

describe('the summary of patterns', () => {
  const failing = at('payment failed', everyMinute(39), failed);

  it('counts those that nothing can be said of, and says that the baseline is too short [logs:patterns:unknown]', async () => {
    expect(await summaryOf([...at('request ok', everyMinute(40)), ...at('request ok', [40.3]), ...failing])).toBe(
      '79 events, 2 patterns: 0 new, 0 rising, 0 gone against the baseline, 1 unknown: the baseline covers only 18s, the window 40m.',
    );
  });

  it('says that some carry no time', async () => {
    const untimed = at('disk is full', [1, 2], () => ({ level: 'error' }));
    expect(await summaryOf([...at('request ok', everyMinute(160)), ...failing, ...untimed])).toMatch(
      /: 1 new, 0 rising, 0 gone against the baseline, 1 unknown: 1 without a time\.$/,
    );
  });

  it('says nothing of it where all can be compared', async () => {
    expect(await summaryOf([...at('request ok', everyMinute(160)), ...failing])).toBe(
      '79 events, 2 patterns: 1 new, 0 rising, 0 gone against the baseline.',
    );
  });
});

describe('the summary of events of a level', () => {
  const mixed = [...at('boom', [1, 2, 3], failed), ...at('plain', [4, 5], (at) => ({ at }))];

  it('says how many of them have none [logs:reply:unlevelled]', async () => {
    expect(await summaryOf(mixed, { level: 'error', mode: 'lines' })).toBe(
      '5 events, 2 of them without a level, 5 lines, all.',
    );
  });

  it.each([
    ['none was asked', mixed, {}],
    ['all have one', mixed.slice(0, 3), { level: 'error' }],
  ])('says nothing of it where %s', async (_, entries, args) => {
    expect(await summaryOf(entries, args)).not.toContain('without a level');
  });
});
