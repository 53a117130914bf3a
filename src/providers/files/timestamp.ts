import type { FoundTime, Groups, KnownMinute } from './known-minute.ts';
import { hasClock, HEAD, msOf, remember, timeInMinute } from './known-minute.ts';

/** What a time without zone or year is read against. */
export interface TimeContext {
  /** Milliseconds to subtract from a local time to reach UTC. */
  readonly offsetAt: (localMs: number) => number;
  /** Milliseconds since the epoch of the file's last write; a time without a year lies in the year before it. */
  readonly writtenAt: number;
  /** The minutes that were read last: most lines share one with a line before. */
  minutes?: readonly KnownMinute[];
  /** Whether `03/04/2025` begins with the day: as the last date was written that can be read in one way only. */
  dayFirst?: boolean;
}

const DAY = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const AFTER_HOUR = String.raw`:(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?`;
const CLOCK = String.raw`(?<hour>\d{2})${AFTER_HOUR}`;
const ZONE = String.raw`(?:\s?(?<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?`;

const forms: readonly RegExp[] = [
  // Not within a name, such as that of a file, unless there is no other.
  new RegExp(String.raw`(?<![\w.-])(?<year>\d{4})[-/.](?<monthNumber>\d{2})[-/.](?<day>\d{2})[T _]${CLOCK}${ZONE}`),
  new RegExp(String.raw`(?<!\d)(?<year>\d{4})[-/.](?<monthNumber>\d{2})[-/.](?<day>\d{2})[T _]${CLOCK}${ZONE}`),
  new RegExp(String.raw`(?<![\w/])(?<day>\d{1,2})[/-](?<month>${MONTH})[/-](?<year>\d{4})[: ]${CLOCK}${ZONE}`),
  new RegExp(
    String.raw`^(?:<\d{1,3}>)?\[?(?:[A-Z][a-z]{2} )?(?<month>${MONTH}) {1,2}(?<day>\d{1,2}) ${CLOCK}(?: (?<year>\d{4})\b)?`,
  ),
  new RegExp(String.raw`^[DIWEF](?<monthNumber>\d{2})(?<day>\d{2}) ${CLOCK}`),
  // Android, which writes no year either.
  new RegExp(String.raw`^(?<monthNumber>\d{2})-(?<day>\d{2}) ${CLOCK}`),
];
/** `10:41:17`, `9:41:17 AM` */
const ANY_CLOCK = String.raw`(?<hour>\d{1,2})${AFTER_HOUR}(?: ?(?<half>[AP]M)\b)?`;
/** Dates that begin with the day or the month, and those without anything between their parts. */
const otherForms: readonly RegExp[] = [
  new RegExp(
    String.raw`(?<![\w./-])(?<day>\d{1,2})\.(?<monthNumber>\d{1,2})\.(?<year>\d{4})(?:,? |T)${ANY_CLOCK}${ZONE}`,
  ),
  new RegExp(String.raw`(?<![\w./-])(?<one>\d{1,2})/(?<other>\d{1,2})/(?<year>\d{4})(?:,? |T)${ANY_CLOCK}${ZONE}`),
  new RegExp(String.raw`(?<![\w./-])(?<year>\d{4})(?<monthNumber>\d{2})(?<day>\d{2})[-_ T]${CLOCK}${ZONE}`),
];
const allForms = [...forms, ...otherForms];
/** A line that begins so may name a time of its text in another form after its own. */
const BEGINS_OTHERWISE = /^[\s[(]*(?:\d{1,2}[./]\d{1,2}[./]\d{4}(?:,? |T)\d{1,2}|\d{8}[-_ T]\d{2}):\d{2}:/;
const EPOCH = /^\[?(\d{13}|\d{10}(?:\.\d{1,9})?)(?![\w.])/;

/** Finds the time at the head of a line: ISO 8601 and its cousins, common log, syslog, klog, dates that begin with the day or the month, epoch seconds or milliseconds. */
export function findTimestamp(line: string, context: TimeContext): FoundTime | undefined {
  for (const minute of context.minutes ?? []) {
    const found = timeInMinute(line, minute);
    if (found !== undefined) return found;
  }
  const head = line.slice(0, HEAD);
  return (hasClock(head, 0, HEAD) ? timeOfForms(head, context) : undefined) ?? epochOf(head);
}

function timeOfForms(head: string, context: TimeContext): FoundTime | undefined {
  for (const form of BEGINS_OTHERWISE.test(head) ? otherForms : allForms) {
    const match = form.exec(head);
    if (match?.groups === undefined) continue;
    const { groups } = match;
    const { dayFirst } = context;
    const at = toInstant(groups, context);
    if (at === undefined) continue;
    // Dates that could be either may be read otherwise from now on.
    const known = context.dayFirst === dayFirst ? (context.minutes ?? []) : [];
    context.minutes = remember(known, {
      match,
      isFirstForm: form === forms[0],
      toInstant: (clock) => toInstant({ ...groups, ...clock }, context),
    });
    return { at, end: match.index + match[0].length };
  }
  return undefined;
}

function epochOf(head: string): FoundTime | undefined {
  const epoch = EPOCH.exec(head);
  if (epoch?.[1] === undefined) return undefined;
  const value = Number(epoch[1]);
  return { at: Math.round(value < 1e11 ? value * 1_000 : value), end: epoch[0].length };
}

function toInstant(groups: Groups, context: TimeContext): number | undefined {
  const date = dateOf(groups, context);
  const hour = hourOf(groups);
  const [minute, second] = [Number(groups.minute), Number(groups.second)];
  if (date === undefined || hour === undefined) return undefined;
  const { month, day } = date;
  if (!isInYear(date) || hour > 23 || minute > 59 || second > 60) return undefined;
  const inYear = (year: number) => Date.UTC(year, month - 1, day, hour, minute, second) + msOf(groups.fraction ?? '');
  const toUtc = (local: number) => local - (groups.zone === undefined ? context.offsetAt(local) : zoneMs(groups.zone));
  // What is no time decides nothing.
  if (date.dayFirst !== undefined) context.dayFirst = date.dayFirst;
  if (groups.year !== undefined) return toUtc(inYear(Number(groups.year)));
  const latest = context.writtenAt + DAY;
  // The new year begins in some zones before it does in UTC.
  const last = new Date(latest + DAY).getUTCFullYear();
  return [last, last - 1, last - 2].map((year) => toUtc(inYear(year))).find((at) => at <= latest);
}

interface DayOfYear {
  /** From 1 on. */
  readonly month: number;
  readonly day: number;
  /** Present when it tells whether days come first. */
  readonly dayFirst?: boolean;
}

function dateOf({ month, monthNumber, day, one, other }: Groups, { dayFirst }: TimeContext): DayOfYear | undefined {
  if (month !== undefined) return { month: MONTHS.indexOf(month.toLowerCase()) + 1, day: Number(day) };
  if (monthNumber !== undefined) return { month: Number(monthNumber), day: Number(day) };
  const [first, second] = [Number(one), Number(other)];
  const asDayFirst = { month: second, day: first };
  const asMonthFirst = { month: first, day: second };
  if (first === second) return asDayFirst;
  if (!isInYear(asMonthFirst)) return { ...asDayFirst, dayFirst: true };
  if (!isInYear(asDayFirst)) return { ...asMonthFirst, dayFirst: false };
  return dayFirst === undefined ? undefined : dayFirst ? asDayFirst : asMonthFirst;
}

function isInYear({ month, day }: DayOfYear): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Of 24, also where a line counts to 12 twice. */
function hourOf({ hour, half }: Groups): number | undefined {
  const value = Number(hour);
  if (half === undefined) return value;
  if (value < 1 || value > 12) return undefined;
  return (value % 12) + (half === 'PM' ? 12 : 0);
}

function zoneMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}

/** True when `zone` is `UTC`, `+02:00` or a name of the IANA time zone database. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Zones change their offset at a quarter of an hour, most of them at a full one. */
const QUARTER = 900_000;

/** Offset of a time zone at a local time, remembered by the quarter of an hour because asking Intl is slow. */
export function createOffsets(zone: string): (localMs: number) => number {
  if (zone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  const offsetAtUtc = (utcMs: number) => {
    const name = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
    return zoneMs(name.replace('GMT', ''));
  };
  return (localMs) => {
    const quarter = Math.floor(localMs / QUARTER);
    const seen = known.get(quarter);
    if (seen !== undefined) return seen;
    const offset = offsetAtUtc(localMs - offsetAtUtc(localMs));
    if (known.size >= 10_000) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}
