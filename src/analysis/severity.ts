import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import type { GetField } from './fields.ts';
import { firstOf } from './fields.ts';

const names: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ['trace', 'trc', 'trce', 'verbose', 'vrb', 'finest', 'finer', 'silly', 't'],
  debug: ['debug', 'dbg', 'dbug', 'fine', 'd'],
  info: ['info', 'inf', 'information', 'informational', 'notice', 'config', 'log', 'http', 'default', 'i'],
  warn: ['warn', 'warning', 'wrn', 'w'],
  error: ['error', 'err', 'eror', 'fail', 'severe', 'e'],
  fatal: ['fatal', 'ftl', 'critical', 'crit', 'panic', 'dpanic', 'emerg', 'emergency', 'alert', 'f'],
};

const levels: ReadonlyMap<string, LogLevel> = new Map(
  Object.entries(names).flatMap(([level, all]) => all.map((name) => [name, level as LogLevel] as const)),
);

/** Severities of syslog (RFC 5424), 0 to 7. */
const syslog: readonly LogLevel[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'];
/** pino and bunyan: 10 to 60. */
const tens: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** Python's `levelno`: 10 to 50. */
const pythonTens: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];
/** Google Cloud: 0 to 800. */
const hundreds: readonly LogLevel[] = ['info', 'debug', 'info', 'info', 'warn', 'error', 'fatal', 'fatal', 'fatal'];

/** Every text that `toLevel` reads as this level: names in lower case, and numbers. */
export function levelNames(level: LogLevel): readonly string[] {
  const numbers = Array.from({ length: 100 }, (_, number) => String(number));
  return [...names[level], ...numbers.filter((number) => toLevel(number) === level)];
}

/**
 * Reads a level field: a name in any case, a number of pino or bunyan (10 to 60), syslog (0 to 7), Google Cloud (100 to 800)
 * or Logback (5,000 to 40,000).
 */
export function toLevel(value: unknown): LogLevel | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return undefined;
  const known = levels.get(value);
  if (known !== undefined) return known;
  const text = value.trim().toLowerCase();
  return /^\d{1,5}$/.test(text) ? fromNumber(Number(text)) : levels.get(text);
}

function fromNumber(value: number): LogLevel | undefined {
  if (value >= 0 && value < 8) return syslog[Math.floor(value)];
  if (value < 10) return undefined;
  if (value < 100) return tens[Math.floor(value / 10) - 1] ?? 'fatal';
  if (value < 1_000) return hundreds[Math.floor(value / 100)];
  return value <= 50_000 ? tens[Math.floor(value / 10_000)] : undefined;
}

/** OpenTelemetry's severity number: 1 to 24, four to a level. */
function fromOtel(value: unknown): LogLevel | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 1 && number <= 24)) return undefined;
  return tens[Math.floor((number - 1) / 4)];
}

function fromPython(value: unknown): LogLevel | undefined {
  return typeof value === 'number' && value >= 10 ? (pythonTens[Math.floor(value / 10) - 1] ?? 'fatal') : undefined;
}

/** Status of an HTTP answer; `ok` and `success` are statuses of Datadog that no logger has. */
function fromStatus(value: unknown): LogLevel | undefined {
  if (value === 'ok' || value === 'success') return 'info';
  const code = toAnswer(value);
  if (code === undefined) return toLevel(value);
  if (code < 100 || code > 599) return undefined;
  return code >= 500 ? 'error' : code >= 400 ? 'warn' : 'info';
}

function toAnswer(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : undefined;
}

function isFailure(value: unknown): boolean {
  const code = toAnswer(value);
  return code !== undefined && code >= 500 && code <= 599;
}

/** The names that loggers, collectors and back ends give a level. */
const NAMED = [
  'level',
  'severity',
  'lvl',
  'log.level',
  'levelname',
  'severityText',
  'severity_text',
  'SeverityText',
  'loglevel',
  'logLevel',
  'log_level',
  '@l',
  'log.syslog.severity.name',
  'log.syslog.severity.code',
  'PRIORITY',
  'level_name',
];
const OTEL = ['severityNumber', 'severity_number', 'SeverityNumber'];
/** The names that the status of an HTTP answer is given. */
export const STATUS_FIELDS: readonly string[] = [
  'status',
  'http.status_code',
  'http.response.status_code',
  'statusCode',
  'status_code',
  'res.statusCode',
];

/** Every field that tells of a level. */
export const SEVERITY_FIELDS: readonly string[] = [...NAMED, ...OTEL, 'levelno', ...STATUS_FIELDS];

/**
 * The level of a structured event: what its logger says, else what the status of an HTTP answer says. Requests are mostly logged as
 * info whatever became of them, so an answer of 500 and more is an error there too.
 */
export function severityOf(get: GetField): LogLevel | undefined {
  const logged = loggedSeverityOf(get);
  if (logged === undefined) return firstOf(STATUS_FIELDS, (key) => fromStatus(get(key)));
  return isQuiet(logged) && STATUS_FIELDS.some((key) => isFailure(get(key))) ? 'error' : logged;
}

/** The same for an event that has none of the fields of an HTTP answer. */
export function loggedSeverityOf(get: GetField): LogLevel | undefined {
  return (
    firstOf(NAMED, (key) => toLevel(get(key))) ??
    firstOf(OTEL, (key) => fromOtel(get(key))) ??
    fromPython(get('levelno'))
  );
}

/** Levels that say nothing about how something ended. */
function isQuiet(level: LogLevel | undefined): boolean {
  return level === undefined || level === 'info' || level === 'debug' || level === 'trace';
}

/** Levels as they stand in capitals, a word of their own. */
const UPPER =
  'TRACE VERBOSE FINEST FINER DEBUG FINE INFO NOTICE WARN WARNING ERROR ERR SEVERE FATAL CRITICAL CRIT PANIC EMERG ALERT';
const upperLevels: ReadonlyMap<string, LogLevel | undefined> = new Map(
  UPPER.split(' ').map((name) => [name, levels.get(name.toLowerCase())]),
);
/** Names that say nothing but a level when a colon or brackets follow. */
const SPOKEN = [...levels.keys()]
  .filter((name) => name.length > 2 && !['http', 'default', 'config'].includes(name))
  .join('|');
const MARKED = new RegExp(String.raw`(?:^|\s)(?:\[(${SPOKEN})\]|(${SPOKEN}):|level=(${SPOKEN})\b)`, 'i');
/** `E0101 13:58:01` of klog, `E, [2025-` of Ruby. */
const LETTER = /^[DIWEF](?:\d{4} \d{2}:|, \[\d{4})/;
const LETTERS: Readonly<Record<string, LogLevel>> = { D: 'debug', I: 'info', W: 'warn', E: 'error', F: 'fatal' };
/** `<34>` at the start of a syslog line: eight times the facility plus the severity. */
const PRIORITY = /^<(\d{1,3})>/;
/** The status in a line of an access log. */
const ANSWER = /\bHTTP\/\d(?:\.\d)?" (\d{3})\b/;

/** A status of 500 to 599 in words, as in `status=503`, `statusCode: 500` and `HTTP/1.1 502`. */
const FAILURE =
  /(?:\b[Ss]tatus(?:[ _-]?[Cc]ode)?["']?\s{0,2}[=:]?\s{0,2}["']?|\bHTTP(?:\/\d(?:\.\d)?)?["']?\s)5\d\d(?![\w.%])/;

/** Characters after the time in which a plain line's level is looked for. */
const HEAD = 120;
const MAX_ACCESS_CHARS = 4_096;

/**
 * Finds the level of a plain line: the status of an access log, else an upper-case word, `[error]` or `error:` near its start. What
 * is told without a level or as info is an error when it names an HTTP status of 500 and more.
 */
export function findLevel(text: string): LogLevel | undefined {
  const mayAnswer = text.includes('HTTP');
  const access = mayAnswer ? ANSWER.exec(text.slice(0, MAX_ACCESS_CHARS))?.[1] : undefined;
  if (access !== undefined) return fromStatus(access);
  const spoken = spokenLevel(text);
  if (!isQuiet(spoken) || !(mayAnswer || text.includes('tatus'))) return spoken;
  return FAILURE.test(text.slice(0, MAX_ACCESS_CHARS)) ? 'error' : spoken;
}

/** True for a text that names an HTTP status of 500 to 599. */
export function namesFailure(text: string): boolean {
  return FAILURE.test(text.slice(0, MAX_ACCESS_CHARS));
}

/** True for an error that is one by its HTTP status alone: its logger calls it less, or says nothing. */
export function isErrorByStatus({ level, raw }: Pick<LogEntry, 'level' | 'raw'>): boolean {
  return level === 'error' && namesFailure(raw) && isQuiet(loggedIn(raw));
}

/** What the logger of a JSON object or of a plain line said. */
function loggedIn(raw: string): LogLevel | undefined {
  const fields = raw.startsWith('{') ? parseObject(raw) : undefined;
  return fields === undefined ? spokenLevel(raw) : loggedSeverityOf((key) => fields[key]);
}

function parseObject(raw: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(raw) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function spokenLevel(text: string): LogLevel | undefined {
  const upper = upperLevel(text);
  if (upper !== undefined) return upper;
  const marked = MARKED.exec(text.slice(0, HEAD));
  return toLevel(marked?.[1] ?? marked?.[2] ?? marked?.[3]);
}

/** The level of the first word that is one in capitals: mostly the first word of all. */
function upperLevel(text: string): LogLevel | undefined {
  const limit = Math.min(text.length, HEAD);
  for (let at = 0; at < limit; at++) {
    const start = at;
    while (at < limit && isUpper(text.charCodeAt(at))) at++;
    const end = at;
    while (at < limit && isWordCode(text.charCodeAt(at))) at++;
    const level = start < end && end === at ? upperLevels.get(text.slice(start, end)) : undefined;
    if (level !== undefined) return level;
  }
  return undefined;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

/** Of what regular expressions count as a word. */
function isWordCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || isUpper(code) || (code >= 0x30 && code <= 0x39) || code === 0x5f;
}

/** The level that the very start of a line names, before its time: a letter of klog, or a syslog priority. */
export function levelOfPrefix(line: string): LogLevel | undefined {
  if (!line.startsWith('<')) {
    const level = LETTERS[line.charAt(0)];
    return level !== undefined && LETTER.test(line) ? level : undefined;
  }
  const priority = PRIORITY.exec(line)?.[1];
  return priority === undefined || Number(priority) > 191 ? undefined : syslog[Number(priority) % 8];
}
