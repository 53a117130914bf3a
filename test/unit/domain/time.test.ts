import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { epochToMs, fitStep, formatDuration, parseDuration, parseInstant } from '#domain/time.ts';

const now = Date.parse('2025-11-03T14:10:00Z');
const utc = (text: string) => Date.parse(text);

function codeAndFix(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FixgateError) return `${error.code}: ${error.fix}`;
    throw error;
  }
  return 'accepted';
}

describe('parseInstant', () => {
  it.each([
    ['now', now],
    ['1h', now - 3_600_000],
    ['90m', now - 5_400_000],
    ['-90m', now - 5_400_000],
    ['2h ago', now - 7_200_000],
    ['2 hours ago', now - 7_200_000],
    ['1h30m', now - 5_400_000],
    ['now-90m', now - 5_400_000],
    ['now - 90 m', now - 5_400_000],
    ['now+5m', now + 300_000],
    ['1mo', now - 30 * 86_400_000],
    ['2025-11-03T13:58:00Z', utc('2025-11-03T13:58:00Z')],
    ['2025-11-03T13:58:00.123456789Z', utc('2025-11-03T13:58:00.123Z')],
    ['2025-11-03T13:58Z', utc('2025-11-03T13:58:00Z')],
    ['2025-11-03 13:58:00 UTC', utc('2025-11-03T13:58:00Z')],
    ['2025-11-03T14:58:00+01:00', utc('2025-11-03T13:58:00Z')],
    ['2025-11-03T08:28:00-0530', utc('2025-11-03T13:58:00Z')],
    ['1762178280', utc('2025-11-03T13:58:00Z')],
    ['1762178280.5', utc('2025-11-03T13:58:00.5Z')],
    ['1762178280000', utc('2025-11-03T13:58:00Z')],
    ['1762178280000000', utc('2025-11-03T13:58:00Z')],
    ['1762178280000000000', utc('2025-11-03T13:58:00Z')],
  ])('reads %j', (text, expected) => {
    expect(parseInstant(text, now)).toStrictEqual({ at: expected });
  });

  it.each([
    ['2025-11-03T13:58:00', utc('2025-11-03T13:58:00Z'), 'UTC'],
    ['2025-11-03 13:58:00,250', utc('2025-11-03T13:58:00.250Z'), 'UTC'],
    ['2025-11-03', utc('2025-11-03T00:00:00Z'), 'UTC'],
    ['13:58', utc('2025-11-03T13:58:00Z'), '2025-11-03T13:58:00.000Z'],
    ['23:30', utc('2025-11-02T23:30:00Z'), '2025-11-02T23:30:00.000Z'],
  ])('reads %j and notes what it assumed [evidence:time:grammar]', (text, expected, noted) => {
    const parsed = parseInstant(text, now);
    expect(parsed.at).toBe(expected);
    expect(parsed.note).toContain(noted);
  });

  it.each([
    '',
    'yesterday',
    '5',
    '90',
    '2025-02-30',
    '2025-11-03T24:00:00Z',
    '2025-11-03T13:60:00Z',
    '25:00',
    'now-',
    'now-5m ago',
    '1h ago ago',
    '1x',
    '1.5.5h',
    '2025-11-03T13:58:00+15:00',
    '9'.repeat(80),
    'constructor',
    '1constructor',
  ])('refuses %j', (text) => {
    expect(codeAndFix(() => parseInstant(text, now))).toMatch(/^invalid_input: /);
  });

  it('refuses M, which may mean minutes or months', () => {
    expect(codeAndFix(() => parseInstant('30M', now))).toBe('invalid_input: Use 30m for minutes or 30mo for months.');
  });

  it('reads back every instant in ISO form and in each epoch unit [evidence:time:grammar]', () => {
    fc.assert(
      fc.property(fc.integer({ min: utc('1990-01-01'), max: utc('2100-01-01') }), (at) => {
        expect(parseInstant(new Date(at).toISOString(), now).at).toBe(at);
        expect(parseInstant(String(at), now).at).toBe(at);
        expect(parseInstant(`${at}000`, now).at).toBe(at);
        expect(parseInstant(`${at}000000`, now).at).toBe(at);
        expect(parseInstant((at / 1000).toFixed(3), now).at).toBe(at);
      }),
    );
  });

  it('answers or refuses any text, and never throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(codeAndFix(() => parseInstant(text, now))).toMatch(/^(accepted|invalid_input: )/);
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['2 days', 172_800_000],
    ['1w', 604_800_000],
    ['1mo', 2_592_000_000],
  ])('reads %j', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    ['30', 'Add a unit: 30s or 30m.'],
    ['', 'Write 30s, 5m or 1h30m.'],
    ['-5m', 'Write 30s, 5m or 1h30m.'],
    ['5m!', 'Write 30s, 5m or 1h30m.'],
    ['1M', 'Use 1m for minutes or 1mo for months.'],
  ])('refuses %j', (text, fix) => {
    expect(codeAndFix(() => parseDuration(text))).toBe(`invalid_input: ${fix}`);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [140_000, '2m20s'],
    [-140_000, '-2m20s'],
    [3_600_000, '1h'],
    [90_061_000, '1d1h'],
    [86_405_000, '1d'],
  ])('writes %d ms as %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});

describe('fitStep', () => {
  it.each([
    [3_600_000, 15_000, 11_000, 15_000],
    [7 * 86_400_000, 15_000, 11_000, 60_000],
    [3_600_000, 1_000, 60, 60_000],
    [86_400_000_000, 1_000, 100, 864_000_000],
  ])('cuts %d ms in steps of at least %d ms so that %d points suffice', (windowMs, stepMs, maxPoints, expected) => {
    expect(fitStep(windowMs, stepMs, maxPoints)).toBe(expected);
  });
});

it('tells epoch units apart by magnitude', () => {
  expect([1e9, 1e12, 1e15, 1e18].map(epochToMs)).toStrictEqual([1e12, 1e12, 1e12, 1e12]);
});
