import { FixgateError } from '#domain/errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds per unit; a month counts as 30 days. */
const units: Readonly<Record<string, number>> = {
  ms: 1,
  ...namesOf(['s', 'sec', 'secs', 'second', 'seconds'], SECOND),
  ...namesOf(['m', 'min', 'mins', 'minute', 'minutes'], MINUTE),
  ...namesOf(['h', 'hr', 'hrs', 'hour', 'hours'], HOUR),
  ...namesOf(['d', 'day', 'days'], DAY),
  ...namesOf(['w', 'week', 'weeks'], 7 * DAY),
  ...namesOf(['mo', 'month', 'months'], 30 * DAY),
};

/** A moment as the caller wrote it, made absolute. */
export interface ParsedInstant {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was assumed, for the caller to see; such as UTC for a time without a zone. */
  readonly note?: string;
}

/** Reads the one time grammar of all tools: `1h`, `2h ago`, `now-90m`, ISO 8601, `13:58`, epoch s/ms/µs/ns by magnitude. */
export function parseInstant(text: string, nowMs: number): ParsedInstant {
  const input = text.trim();
  const parsed =
    input.length <= 64
      ? (parseRelative(input, nowMs) ?? parseIso(input) ?? parseTimeOfDay(input, nowMs) ?? parseEpoch(input))
      : undefined;
  if (parsed === undefined || !Number.isFinite(parsed.at) || Math.abs(parsed.at) > MAX_INSTANT) {
    throw unreadable('time', input, 'Write 1h, 2h ago, now-90m, 2025-11-03T13:58:00Z or epoch milliseconds.');
  }
  return parsed;
}

/** Reads a length of time such as `30s`, `5m`, `1h30m` or `1mo`; answers in milliseconds, never below 0. */
export function parseDuration(text: string): number {
  const input = text.trim();
  const milliseconds = input.length <= 64 ? toMilliseconds(input) : undefined;
  if (milliseconds === undefined) {
    const fix = /^\d+$/.test(input)
      ? `Add a unit: ${input.slice(0, 20)}s or ${input.slice(0, 20)}m.`
      : 'Write 30s, 5m or 1h30m.';
    throw unreadable('duration', input, fix);
  }
  return milliseconds;
}

/** Writes a length of time in at most two units, such as `2m20s`; a sign only when negative. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const seconds = Math.round(Math.abs(milliseconds) / SECOND);
  if (seconds === 0) return '0s';
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return sign + shown.map(([count, unit]) => `${count}${unit}`).join('');
}

/** Steps that people read easily, in milliseconds. */
const STEPS = [1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 21_600, 86_400].map((seconds) => seconds * SECOND);

/** The least readable step, at least `stepMs`, with which a window has at most `maxPoints` points. */
export function fitStep(windowMs: number, stepMs: number, maxPoints: number): number {
  if (windowMs <= stepMs * maxPoints) return stepMs;
  const least = windowMs / maxPoints;
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY;
}

/** Year 9999: the last instant that ISO 8601 writes with four digits. */
const MAX_INSTANT = Date.UTC(9999, 11, 31);

/** Numbers below this are no epoch seconds that an incident could have (1973-03-03): a unit was forgotten. */
const LEAST_EPOCH_SECONDS = 1e8;

function parseRelative(input: string, nowMs: number): ParsedInstant | undefined {
  if (/^now$/i.test(input)) return { at: nowMs };
  const match = /^(?:now\s*([+-])\s*|(-)\s*)?(\d[\w.\s]*?)(\s+ago)?$/i.exec(input);
  const amount = match?.[3] === undefined ? undefined : toMilliseconds(match[3]);
  if (match === null || amount === undefined) return undefined;
  const [, nowSign, , , ago] = match;
  if (ago !== undefined && nowSign !== undefined) return undefined;
  return { at: nowSign === '+' ? nowMs + amount : nowMs - amount };
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/i;

function parseIso(input: string): ParsedInstant | undefined {
  const match = ISO.exec(input);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const fields = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const local = toUtc(fields, fraction);
  const offset = zone === undefined ? 0 : toOffset(zone);
  if (local === undefined || offset === undefined) return undefined;
  if (zone !== undefined) return { at: local - offset };
  return { at: local, note: `${input} has no time zone; read as UTC.` };
}

function parseTimeOfDay(input: string, nowMs: number): ParsedInstant | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|UTC)?$/i.exec(input);
  if (match === null) return undefined;
  const [hour, minute, second] = [match[1], match[2], match[3] ?? 0].map(Number);
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const today = nowMs - (((nowMs % DAY) + DAY) % DAY) + hour * HOUR + minute * MINUTE + second * SECOND;
  const at = today > nowMs ? today - DAY : today;
  return { at, note: `${input} has no date; read as ${new Date(at).toISOString()}.` };
}

function parseEpoch(input: string): ParsedInstant | undefined {
  if (!/^\d{1,19}(\.\d{1,9})?$/.test(input)) return undefined;
  const value = Number(input);
  if (value < LEAST_EPOCH_SECONDS) return undefined;
  return { at: epochToMs(value) };
}

/** Milliseconds of an epoch number in s, ms, µs or ns, told apart by magnitude (s until the year 5138). */
export function epochToMs(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return Math.round(value * SECOND);
  if (size < 1e14) return Math.round(value);
  return Math.round(size < 1e17 ? value / 1e3 : value / 1e6);
}

function toMilliseconds(text: string): number | undefined {
  let total = 0;
  let end = 0;
  for (const match of text.matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-zµ]+)\s*/g)) {
    if (match.index !== end) return undefined;
    end += match[0].length;
    const unit = match[2] ?? '';
    if (unit === 'M') throw ambiguousMonth(text);
    const size = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
    if (size === undefined) return undefined;
    total += Number(match[1]) * size;
  }
  return end === text.length && end > 0 && total <= MAX_INSTANT ? Math.round(total) : undefined;
}

function toUtc(fields: readonly number[], fraction: string | undefined): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(at);
  const read = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours()];
  const real = read.every((value, index) => value === fields[index]) && minute < 60 && second < 60;
  return real ? at + Math.floor(Number(`0.${fraction ?? 0}`) * SECOND) : undefined;
}

function toOffset(zone: string): number | undefined {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const [hours, minutes] = [Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 14 || minutes > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

function namesOf(names: readonly string[], size: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, size]));
}

function unreadable(what: string, input: string, fix: string): FixgateError {
  return new FixgateError('invalid_input', `${JSON.stringify(input.slice(0, 64))} is not a ${what} that can be read.`, {
    fix,
  });
}

function ambiguousMonth(text: string): FixgateError {
  const amount = /\d+/.exec(text)?.[0] ?? '30';
  return new FixgateError('invalid_input', `M in ${JSON.stringify(text)} may mean minutes or months.`, {
    fix: `Use ${amount}m for minutes or ${amount}mo for months.`,
  });
}
