import { isCalendarWord, maskWord, unitAfter } from './mask-word.ts';

/** Characters of a message that make its template. */
export const MAX_TEMPLATE_CHARS = 1_000;
const MAX_QUOTED_CHARS = 500;
/** Characters in which a host or a thread is looked for. */
const MAX_HEAD_CHARS = 256;

/** Kinds of ASCII characters: 0 ends a word, 1 is part of one, 2 makes it worth a look because it may vary. */
export const kinds = new Uint8Array(128);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:+~$') kinds[char.charCodeAt(0)] = 1;
for (const char of '0123456789/@\\') kinds[char.charCodeAt(0)] = 2;

const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const CLOSING_BRACKET = 0x29;
const EQUALS = 0x3d;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
/** Letters of a word that may be a hash by chance without any digit. */
const HEX_NAME_CHARS = 8;

/** What was written for the last word that varies, and where its text ended. */
interface Scan {
  readonly text: string;
  /** Where the message's first line ends. */
  readonly end: number;
  out: string;
  /** Text before this is in `out` already. */
  kept: number;
  last: string;
  /** Where a quoted text ends that is no value as a whole. */
  closing: number;
  dated: boolean;
}

/**
 * Replaces what varies by its kind, such as `<num>`, so that events of one kind become one template. Only the first line counts.
 * One pass over the characters, in time that grows with their number alone: the text is hostile.
 */
export function maskMessage(message: string): string {
  const first = startOf(message);
  const end = endOf(message, first);
  const { start, out } = headOf(message, first, end);
  const scan: Scan = {
    text: message,
    end,
    out,
    kept: start,
    last: '',
    closing: -1,
    dated: false,
  };
  let at = start;
  while (at < scan.end) {
    const code = message.charCodeAt(at);
    if (code <= SPACE) at = skipSpace(scan, at, code);
    else if (code >= 128 || kinds[code] !== 0) at = readWord(scan, at);
    else at = code === DOUBLE_QUOTE || code === SINGLE_QUOTE ? readQuoted(scan, at, code) : at + 1;
  }
  const template = (scan.out + message.slice(scan.kept, scan.end)).trimEnd();
  return scan.dated ? template.replaceAll(CALENDAR_DATE, '<date>') : template;
}

/** `Fri Jun <num> <date> UTC <num>`, as words were masked one by one. */
const CALENDAR_DATE =
  /(?<!\w)(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) <num>|<num> (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))(?:,? <(?:date|num)>){0,2}(?: [A-Z]{3,4}\b)?(?: <(?:date|num)>)?/g;

function startOf(message: string): number {
  let at = 0;
  while (at < message.length && message.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** The host of a syslog line, before `program[pid]: `. */
const HOST = /^[\w.-]{1,100} (?=[\w./()-]{1,64}\[\d{1,10}\](?: \([^)]{1,64}\))?: )/;
/** The thread that Java's loggers put between the level and the name of the logger, or before the level. */
const THREAD =
  /^(?:((?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) {1,8}(?:\d{1,10} --- {1,8})?)\[[^\]]{1,200}\] {1,8}(?=[\w$]{1,100}(?:\.[\w$]{1,100}){1,12})|\[[^\]]{1,200}\] {1,8}(?=(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) ))/;

/** Leaves out where an event was written: on which host and thread. */
function headOf(message: string, first: number, end: number): { readonly start: number; readonly out: string } {
  const code = message.charCodeAt(first);
  const bracket = message.indexOf(']: ', first);
  if (bracket !== -1 && bracket - first < MAX_HEAD_CHARS) {
    const host = HOST.exec(message.slice(first, Math.min(end, bracket + 3)));
    if (host !== null) return { start: first + host[0].length, out: '' };
  }
  const mayHaveThread = code === OPENING_BRACKET || (code >= 0x41 && code <= 0x5a);
  const thread = mayHaveThread ? THREAD.exec(message.slice(first, Math.min(end, first + MAX_HEAD_CHARS))) : null;
  if (thread === null) return { start: first, out: '' };
  const level = (thread[1] ?? '').replaceAll(/\s+/g, ' ').replace(/\d+ ---/, '<num> ---');
  return { start: first + thread[0].length, out: `${level}[<thread>] ` };
}

function endOf(message: string, start: number): number {
  const line = message.indexOf('\n', start);
  return Math.min(line === -1 ? message.length : line, start + MAX_TEMPLATE_CHARS);
}

/** Any run of white space becomes one blank. */
function skipSpace(scan: Scan, start: number, code: number): number {
  let at = start + 1;
  while (at < scan.end && scan.text.charCodeAt(at) <= SPACE) at++;
  if (at - start === 1 && code === SPACE) return at;
  scan.out += `${scan.text.slice(scan.kept, start)} `;
  scan.kept = at;
  return at;
}

function readWord(scan: Scan, start: number): number {
  const { text, end } = scan;
  let at = start;
  let digits = 0;
  let varies = false;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) continue;
    const kind = kinds[code];
    if (kind === 0) break;
    if (kind === 1) continue;
    varies = true;
    if (code >= ZERO && code <= NINE) digits++;
  }
  const length = at - start;
  if (digits === length) return put(scan, { start, end: at, masked: '<num>' });
  if (!varies) {
    if (length === 3 && isCalendarWord(text, start)) scan.dated = true;
    if (length < HEX_NAME_CHARS || !isHexName(text, start, at)) return at;
  }
  const masked = maskWord(text.slice(start, at));
  return masked === undefined ? at : put(scan, { start, end: at, masked });
}

/** A hash may have no digit by chance. */
function isHexName(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at) | 0x20;
    if (code < 0x61 || code > 0x66) return false;
  }
  return true;
}

interface Masked {
  readonly start: number;
  readonly end: number;
  readonly masked: string;
}

function put(scan: Scan, { start, end, masked }: Masked): number {
  const { text } = scan;
  const unit = masked === '<num>' ? unitAfter(text, end, scan.end) : undefined;
  const word = unit?.masked ?? masked;
  let after = masked === '<url>' ? endOfUrl(scan, end) : (unit?.end ?? end);
  const gap = text.slice(scan.kept, start);
  const repeats = scan.last === word;
  // A size in brackets repeats the one before it; a comma before digits may be a decimal one.
  if (repeats && gap === ' (' && word === '<size>' && text.charCodeAt(after) === CLOSING_BRACKET) after++;
  else if (!(repeats && isListed(gap)) && !(gap === ',' && scan.last === '<date>' && word === '<num>'))
    scan.out += gap + word;
  scan.kept = after;
  scan.last = word;
  return after;
}

/** A list may be of any length. */
function isListed(gap: string): boolean {
  return gap === ',' || gap === ' ' || gap === ', ';
}

function endOfUrl(scan: Scan, from: number): number {
  let at = from;
  while (at < scan.end && !'"\'<>)] \t'.includes(scan.text.charAt(at))) at++;
  return at;
}

/** Quoted text is a value, unless it names a field (`"id": 1`) or is the request of an access log. */
function readQuoted(scan: Scan, start: number, quote: number): number {
  const { text } = scan;
  if (start === scan.closing) return start + 1;
  if (quote === SINGLE_QUOTE && !isAfterKey(text, start)) return start + 1;
  const limit = Math.min(scan.end, start + MAX_QUOTED_CHARS);
  let at = start + 1;
  while (at < limit && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  if (at >= limit) return start + 1;
  if (text.charCodeAt(at + 1) === COLON || REQUEST.test(text.slice(start + 1, start + 10))) {
    scan.closing = at;
    return start + 1;
  }
  return put(scan, { start, end: at + 1, masked: '<str>' });
}

const REQUEST = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) /;

function isAfterKey(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  const key = before === SPACE ? text.charCodeAt(start - 2) : before;
  return key === EQUALS || key === COLON;
}
