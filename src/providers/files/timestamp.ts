/** What a time without zone or year is read against. */
export interface TimeContext {
  /** Milliseconds to subtract from a local time to reach UTC. */
  readonly offsetAt: (localMs: number) => number;
  /** Milliseconds since the epoch of the file's last write; a time without a year lies in the year before it. */
  readonly writtenAt: number;
  /** The last second that was read, and its local time: most lines share that of the line before. */
  second?: { readonly text: string; readonly local: number };
}

/** A time found in a line, and where its text ends. */
export interface FoundTime {
  readonly at: number;
  readonly end: number;
}

const DAY = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?`;
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
const EPOCH = /^\[?(\d{13}|\d{10}(?:\.\d{1,9})?)(?![\w.])/;

/** Finds the time at the head of a line: ISO 8601 and its cousins, common log, syslog, klog, epoch seconds or milliseconds. */
export function findTimestamp(line: string, context: TimeContext): FoundTime | undefined {
  const iso = isoAtStart(line, context);
  if (iso !== undefined) return iso;
  if (!mayHaveTime(line)) return undefined;
  const head = line.slice(0, HEAD);
  for (const form of forms) {
    const match = form.exec(head);
    const at = match?.groups === undefined ? undefined : toInstant(match.groups, context);
    if (match !== null && at !== undefined) return { at, end: match.index + match[0].length };
  }
  const epoch = EPOCH.exec(head);
  if (epoch?.[1] === undefined) return undefined;
  const value = Number(epoch[1]);
  return { at: Math.round(value < 1e11 ? value * 1_000 : value), end: epoch[0].length };
}

/** True for every line with a time at its head, and no matter which digits stand in it. */
export function mayHaveTime(line: string): boolean {
  return /\d{2}:\d{2}|^\[?\d{10}/.test(line.slice(0, HEAD));
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

function toInstant(groups: Readonly<Record<string, string | undefined>>, context: TimeContext): number | undefined {
  const month =
    groups.month === undefined ? Number(groups.monthNumber) - 1 : MONTHS.indexOf(groups.month.toLowerCase());
  const [day, hour, minute, second] = [groups.day, groups.hour, groups.minute, groups.second].map(Number);
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) return undefined;
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const inYear = (year: number) =>
    Date.UTC(year, month, day, hour, minute, second) + Math.floor(Number(`0.${groups.fraction ?? 0}`) * 1_000);
  const toUtc = (local: number) => local - (groups.zone === undefined ? context.offsetAt(local) : zoneMs(groups.zone));
  if (groups.year !== undefined) return toUtc(inYear(Number(groups.year)));
  const year = new Date(context.writtenAt).getUTCFullYear();
  const guess = toUtc(inYear(year));
  return guess > context.writtenAt + DAY ? toUtc(inYear(year - 1)) : guess;
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
