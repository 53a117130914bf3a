/** A time found in a line, and where its text ends. */
export interface FoundTime {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly end: number;
}

/** Named parts of a time, as they were written. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** Characters at the start of a line in which its time is looked for. */
export const HEAD = 96;

/** A minute as it was written: another line that holds the same text is of the same minute. */
export interface KnownMinute {
  /** Up to the seconds: `2025-11-03T13:58:`. */
  readonly text: string;
  /** The same without its digits: the minutes of one way to write them differ in these. */
  readonly way: string;
  /** Milliseconds since the epoch when it begins. */
  readonly start: number;
  /** What stands behind the seconds and their fraction: a zone, a year, a half of the day. */
  readonly tail: string;
  readonly hasZone: boolean;
  /** It began the line, which is what some forms ask for. */
  readonly beginsLine: boolean;
  /** No other form is looked for before this one. */
  readonly isFirstForm: boolean;
}

/** What a form found, and how its parts are read. */
interface Match {
  readonly match: RegExpExecArray;
  readonly isFirstForm: boolean;
  /** The instant of the same time with another second and fraction. */
  readonly toInstant: (clock: Groups) => number | undefined;
}

/** As many ways to write a time as the lines of one file mostly have: that of the container runtime and of its program, or a level before each. */
const MAX_KNOWN = 4;

/** Puts the minute of a time before those that are known, in the place of the one that was written in the same way. */
export function remember(known: readonly KnownMinute[], found: Match): readonly KnownMinute[] {
  const minute = toMinute(found);
  if (minute === undefined) return known;
  return [minute, ...known.filter(({ way }) => way !== minute.way).slice(0, MAX_KNOWN - 1)];
}

function toMinute({ match, isFirstForm, toInstant }: Match): KnownMinute | undefined {
  const { index, 0: text, groups: { hour = '', minute = '', second = '', fraction, zone } = {} } = match;
  const clock = `${hour}:${minute}:${second}`;
  const at = text.lastIndexOf(clock);
  const start = toInstant({ second: '00', fraction: undefined });
  const last = toInstant({ second: '59', fraction: '999' });
  // A time without a year may lie in another one a second later.
  if (at === -1 || start === undefined || last !== start + 59_999) return undefined;
  const end = at + clock.length;
  const upToSeconds = text.slice(0, end - second.length);
  return {
    text: upToSeconds,
    way: upToSeconds.replaceAll(/\d/g, '0'),
    start,
    tail: text.slice(fraction === undefined ? end : end + 1 + fraction.length),
    hasZone: zone !== undefined,
    beginsLine: index === 0,
    isFirstForm,
  };
}

const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
/** Characters that may follow a time and change what it is: the rest of a zone or a year. */
const MAX_AFTER = 8;
const GOES_ON = /^\s(?:Z|UTC|GMT|[+-]\d{2}|\d{4}|[AP]M)/;
const MAY_GO_ON = 'ZUGAP+-0123456789';
const MAX_FRACTION = 9;

/**
 * The time of a line that holds the text of a known minute, when no form would find another one: the date before a clock tells its
 * form, so one clock in the head is one time. Undefined for what needs a closer look.
 */
export function timeInMinute(line: string, known: KnownMinute): FoundTime | undefined {
  const { text, start, tail, hasZone, beginsLine, isFirstForm } = known;
  const at = beginsLine ? (line.startsWith(text) ? 0 : -1) : line.indexOf(text);
  const seconds = at + text.length;
  if (at === -1 || seconds > HEAD || (at > 0 && isJoined(line.charCodeAt(at - 1)))) return undefined;
  const [tens, ones] = [line.charCodeAt(seconds) - ZERO, line.charCodeAt(seconds + 1) - ZERO];
  if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return undefined;
  const digits = seconds + 2;
  const fraction = fractionEnd(line, digits);
  const end = fraction + tail.length;
  if (end + MAX_AFTER > HEAD || !line.startsWith(tail, fraction) || goesOn(line, end, hasZone)) return undefined;
  const isAlone = isFirstForm
    ? !hasClock(line, 0, at)
    : !hasClock(line, 0, at) && !hasClock(line, digits, Math.min(line.length, HEAD));
  if (!isAlone) return undefined;
  return { at: start + (tens * 10 + ones) * 1_000 + msOf(line, digits + 1, fraction), end };
}

/** Milliseconds of the digits of a fraction, which stand between these places. */
export function msOf(text: string, from = 0, to = text.length): number {
  let ms = 0;
  for (let at = from, unit = 100; at < to && unit >= 1; at++, unit /= 10) ms += (text.charCodeAt(at) - ZERO) * unit;
  return ms;
}

/** Where the digits after the point end; `at` where there are none. */
function fractionEnd(line: string, at: number): number {
  const point = line.charCodeAt(at);
  if ((point !== DOT && point !== COMMA) || !isDigit(line.charCodeAt(at + 1))) return at;
  let end = at + 2;
  while (end - at <= MAX_FRACTION && isDigit(line.charCodeAt(end))) end++;
  return end;
}

/** Whether what follows may belong to the time. */
function goesOn(line: string, at: number, hasZone: boolean): boolean {
  const next = line.charCodeAt(at);
  if (isWordChar(next) || next === PLUS || next === MINUS) return true;
  if (hasZone || (next > SPACE && next < 0x80) || Number.isNaN(next)) return false;
  return MAY_GO_ON.includes(line.charAt(at + 1)) && GOES_ON.test(line.slice(at, at + MAX_AFTER));
}

/** Whether a part of the line holds hours and minutes, of which alone `10.3.2025 09:59:` decides which forms are looked for. */
export function hasClock(line: string, from: number, to: number): boolean {
  for (let at = line.indexOf(':', from); at !== -1 && at < to; at = line.indexOf(':', at + 1)) {
    const isClock =
      line.charCodeAt(at + 3) === COLON && isDigit(line.charCodeAt(at + 1)) && isDigit(line.charCodeAt(at - 1));
    if (isClock) return true;
  }
  return false;
}

/** Whether a date may begin before this character: a form tells dates within names and numbers apart. */
function isJoined(code: number): boolean {
  return isWordChar(code) || code === MINUS || code === DOT || code === SLASH;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function isWordChar(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}
