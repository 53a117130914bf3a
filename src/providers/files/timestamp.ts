/** What a time without zone or year is read against. */
export interface TimeContext {
  /** Milliseconds to subtract from a local time to reach UTC. */
  readonly offsetAt: (localMs: number) => number;
  /** Milliseconds since the epoch of the file's last write; a time without a year lies in the year before it. */
  readonly writtenAt: number;
  /** The last second that was read, and its local time: most lines share that of the line before. */
  second?: { readonly text: string; readonly local: number };
  /** Whether `03/04/2025` begins with the day: as the last date was written that can be read in one way only. */
  dayFirst?: boolean;
}

/** A time found in a line, and where its text ends. */
export interface FoundTime {
  readonly at: number;
  readonly end: number;
}

const DAY = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const AFTER_HOUR = String.raw`:(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?`;
const CLOCK = String.raw`(?<hour>\d{2})${AFTER_HOUR}`;
const ZONE = String.raw`(?:\s?(?<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b)?`;

/** Characters at the start of a line in which its time is looked for. */
const HEAD = 96;

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
  const iso = isoAtStart(line, context);
  if (iso !== undefined) return iso;
  const head = line.slice(0, HEAD);
  if (!/\d{2}:\d{2}|^\[?\d{10}/.test(head)) return undefined;
  for (const form of BEGINS_OTHERWISE.test(head) ? otherForms : allForms) {
    const match = form.exec(head);
    const at = match?.groups === undefined ? undefined : toInstant(match.groups, context);
    if (match !== null && at !== undefined) return { at, end: match.index + match[0].length };
  }
  const epoch = EPOCH.exec(head);
  if (epoch?.[1] === undefined) return undefined;
  const value = Number(epoch[1]);
  return { at: Math.round(value < 1e11 ? value * 1_000 : value), end: epoch[0].length };
}

const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;

/** `2025-11-03T13:58:01` */
const SECOND_CHARS = 19;

/** The form of most lines, without a regular expression: `2025-11-03T13:58:01.123Z`; undefined for what needs a closer look. */
function isoAtStart(line: string, context: TimeContext): FoundTime | undefined {
  const known = context.second;
  const second = known !== undefined && line.startsWith(known.text) ? known.local : secondAtStart(line, context);
  if (second === undefined) return undefined;
  let end = SECOND_CHARS;
  let ms = 0;
  const dot = line.charCodeAt(end);
  if (dot === DOT || dot === COMMA) {
    let unit = 100;
    for (end++; isDigit(line.charCodeAt(end)) && end < 29; end++, unit = Math.floor(unit / 10))
      ms += unit * (line.charCodeAt(end) - ZERO);
    if (end === 20 || isDigit(line.charCodeAt(end))) return undefined;
  }
  const local = second + ms;
  const next = line.charCodeAt(end);
  if (next === UPPER_Z) return isWordChar(line.charCodeAt(end + 1)) ? undefined : { at: local, end: end + 1 };
  // A zone in another form is left to the regular expressions.
  if (next === PLUS || next === MINUS || isWordChar(next) || (next === SPACE && ZONE_START.test(line.charAt(end + 1))))
    return undefined;
  return { at: local - context.offsetAt(local), end };
}

/** `2025-11-03T13:58:01` as milliseconds of its own zone; it is remembered. */
function secondAtStart(line: string, context: TimeContext): number | undefined {
  if (line.charCodeAt(4) !== MINUS || line.charCodeAt(7) !== MINUS) return undefined;
  if (line.charCodeAt(13) !== COLON || line.charCodeAt(16) !== COLON) return undefined;
  const between = line.charCodeAt(10);
  if (between !== UPPER_T && between !== SPACE) return undefined;
  const year = pairAt(line, 0) * 100 + pairAt(line, 2);
  const month = pairAt(line, 5);
  const day = pairAt(line, 8);
  const hour = pairAt(line, 11);
  const minute = pairAt(line, 14);
  const second = pairAt(line, 17);
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60;
  if (!inRange || !(year >= 1_000)) return undefined;
  const local = daysSinceEpoch(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1_000;
  context.second = { text: line.slice(0, SECOND_CHARS), local };
  return local;
}

const ZONE_START = /[ZUG+-]/;

/** Two digits as a number; NaN when they are none. */
function pairAt(line: string, at: number): number {
  const first = line.charCodeAt(at);
  const second = line.charCodeAt(at + 1);
  return isDigit(first) && isDigit(second) ? (first - ZERO) * 10 + second - ZERO : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function isWordChar(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

/** Of the Gregorian calendar, counted in years that begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + ofYear - 719_468;
}

type Groups = Readonly<Record<string, string | undefined>>;

function toInstant(groups: Groups, context: TimeContext): number | undefined {
  const date = dateOf(groups, context);
  const hour = hourOf(groups);
  const [minute, second] = [Number(groups.minute), Number(groups.second)];
  if (date === undefined || hour === undefined) return undefined;
  const { month, day } = date;
  if (!isInYear(date) || hour > 23 || minute > 59 || second > 60) return undefined;
  const inYear = (year: number) =>
    Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(Number(`0.${groups.fraction ?? 0}`) * 1_000);
  const toUtc = (local: number) => local - (groups.zone === undefined ? context.offsetAt(local) : zoneMs(groups.zone));
  // What is no time decides nothing.
  if (date.dayFirst !== undefined) context.dayFirst = date.dayFirst;
  if (groups.year !== undefined) return toUtc(inYear(Number(groups.year)));
  const year = new Date(context.writtenAt).getUTCFullYear();
  const guess = toUtc(inYear(year));
  return guess > context.writtenAt + DAY ? toUtc(inYear(year - 1)) : guess;
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

/** Offset of a time zone at a local time, remembered by the hour because asking Intl is slow. */
export function createOffsets(zone: string): (localMs: number) => number {
  if (zone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  const offsetAtUtc = (utcMs: number) => {
    const name = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
    return zoneMs(name.replace('GMT', ''));
  };
  return (localMs) => {
    const hour = Math.floor(localMs / 3_600_000);
    const seen = known.get(hour);
    if (seen !== undefined) return seen;
    const offset = offsetAtUtc(localMs - offsetAtUtc(localMs));
    if (known.size >= 10_000) known.clear();
    known.set(hour, offset);
    return offset;
  };
}
