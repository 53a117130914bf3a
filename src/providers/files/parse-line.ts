import type { WrappedLine } from '#analysis/join-lines.ts';
import { isBare } from '#analysis/join-lines.ts';
import { findLevel, levelOfPrefix } from '#analysis/severity.ts';
import { beginsException } from '#analysis/trace-shape.ts';
import type { LogLevel } from '#domain/evidence.ts';

import { isJournal, readJournal } from './journal-record.ts';
import type { Fields, Get, Mutable, RecordReader } from './record.ts';
import { createRecordReader, readRecord } from './record.ts';
import type { TimeContext } from './timestamp.ts';
import { findTimestamp } from './timestamp.ts';

/** How the lines of a file are written; `auto` decides line by line. */
export const logFormats = ['auto', 'json', 'logfmt', 'plain'] as const;
export type LogFormat = (typeof logFormats)[number];

/** What one physical line says. */
export interface ParsedLine extends Fields {
  readonly message: string;
  readonly form: 'json' | 'logfmt' | 'plain';
  readonly wrapped?: WrappedLine;
}

/** How lines are read. */
interface Parser {
  readonly format: LogFormat;
  readonly context: TimeContext;
  readonly readFields: RecordReader;
}

/** Reads one line; a line that is not in the expected format is read as plain text, never lost. */
export function parseLine(line: string, format: LogFormat, context: TimeContext): ParsedLine {
  return parseWith(line, { format, context, readFields: createRecordReader(context) });
}

/** The same for the many lines of one file, whose records mostly have the same fields. */
export function createLineParser(format: LogFormat, context: TimeContext): (line: string) => ParsedLine {
  const parser = { format, context, readFields: createRecordReader(context) };
  return (line) => parseWith(line, parser);
}

function parseWith(line: string, parser: Parser): ParsedLine {
  // No blank stands in the time before the stream.
  const stream = line.indexOf(' ') + 1;
  const isWrapped = line.startsWith('std', stream) && CONTAINER.test(line);
  return isWrapped ? parseWrapped(line, stream, parser) : parseProgram(line, parser);
}

/** A runtime wraps a line once; a line could be written that seems to be wrapped a thousand times. */
function parseWrapped(line: string, stream: number, parser: Parser): ParsedLine {
  const writer = line.startsWith('stdout', stream) ? 'stdout' : 'stderr';
  const partial = line.startsWith('P', stream + 'stdout '.length);
  const text = line.slice(stream + 'stdout F '.length);
  const parsed: Mutable<ParsedLine> = parseProgram(text, parser);
  parsed.wrapped = { text, writer, partial, bare: isBare(parsed) };
  const at = parsed.at ?? findTimestamp(line, parser.context)?.at;
  if (at !== undefined) parsed.at = at;
  return parsed;
}

/** Reads a line as its program wrote it. */
function parseProgram(line: string, parser: Parser): ParsedLine {
  const structured = parser.format === 'plain' ? undefined : parseStructured(line, parser);
  return structured ?? parsePlain(line, parser.context);
}

/** Lines of the Kubernetes container runtime interface: time, stream, full or partial, text. */
const CONTAINER = /^\d{4}-\d{2}-\d{2}T\S{1,40} std(?:out|err) [FP] /;

const DOCKER_KEYS: ReadonlySet<string> = new Set(['log', 'stream', 'time', 'attrs']);

/** What a program wrote, with what the container runtime knows besides: the better time is that of the program. */
function wrap(outer: Fields, inner: ParsedLine, wrapped: WrappedLine | undefined): ParsedLine {
  const { at = outer.at, message } = inner;
  return { ...inner, ...outer, message, ...(at !== undefined && { at }), ...(wrapped && { wrapped }) };
}

function parseStructured(line: string, parser: Parser): ParsedLine | undefined {
  const { format } = parser;
  const text = line.charCodeAt(0) > 0x20 ? line : line.trimStart();
  if (text.startsWith('{')) return format === 'logfmt' ? undefined : parseJson(text, parser);
  return format === 'json' ? undefined : parseLogfmt(text, parser);
}

function parseJson(text: string, parser: Parser): ParsedLine | undefined {
  const record = toRecord(text);
  if (record === undefined) return text.includes('…(+') ? parseCutJson(text, parser.context) : undefined;
  if (isJournal(record)) return readJournal(record, (message) => parseWith(message, parser));
  const { log, stream } = record;
  const outer = parser.readFields(record);
  if (typeof log === 'string' && typeof stream === 'string') {
    const inner = parseWith(log.trimEnd(), parser);
    // Docker ends what it did not cut with a line end; collectors that add fields of their own may take it off.
    const partial = !log.endsWith('\n') && Object.keys(record).every((key) => DOCKER_KEYS.has(key));
    const wrapped = { text: log.replace(/\n$/, ''), writer: stream, partial, bare: isBare(inner) };
    return wrap(outer, inner, text.startsWith('{"log":"') ? wrapped : undefined);
  }
  return toParsed(outer, text, 'json');
}

/** The fields of this line alone: to complete them is cheaper than to copy them. */
function toParsed(fields: Mutable<Fields>, text: string, form: 'json' | 'logfmt'): ParsedLine {
  const parsed: Mutable<Fields> & { form?: ParsedLine['form'] } = fields;
  parsed.message ??= text;
  parsed.form = form;
  return parsed as ParsedLine;
}

/** Finds the main fields of a JSON line that was cut at the line limit. */
function parseCutJson(text: string, context: TimeContext): ParsedLine {
  const get: Get = (key) => {
    const start = text.indexOf(`"${key}":`);
    const value = /^\s*("(?:[^"\\]|\\.)*"|-?\d[\d.]*)/.exec(text.slice(start + key.length + 3, start + 2_048))?.[1];
    return start === -1 || value === undefined ? undefined : toValue(value);
  };
  const fields = readRecord(get, context);
  return { ...fields, message: fields.message ?? text, form: 'json' };
}

const PAIR = /([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y;
const TELLTALE = ['level', 'lvl', 'severity', 'msg', 'message', 'time', 'ts', 'err', 'error'];

function parseLogfmt(text: string, parser: Parser): ParsedLine | undefined {
  if (!text.includes('=')) return undefined;
  PAIR.lastIndex = 0;
  let pair = PAIR.exec(text);
  if (pair === null) return undefined;
  const pairs: Record<string, string> = {};
  for (; pair !== null; pair = PAIR.exec(text)) {
    const [, key = '', value = ''] = pair;
    pairs[key] = value.startsWith('"') ? unquote(value) : value;
  }
  const isLogfmt = TELLTALE.some((key) => Object.hasOwn(pairs, key)) && Object.keys(pairs).length > 1;
  return isLogfmt ? toParsed(parser.readFields(pairs), text, 'logfmt') : undefined;
}

function parsePlain(line: string, context: TimeContext): ParsedLine {
  const time = findTimestamp(line, context);
  const rest = time === undefined ? line : line.startsWith('<') ? line.slice(time.end) : withoutTime(line, time.end);
  const level = levelOf(line, rest);
  const message = (time === undefined ? rest.trimStart() : withoutMarks(rest)) || line;
  // Written out: this runs for each line of a large file.
  if (time === undefined) return level === undefined ? { message, form: 'plain' } : { level, message, form: 'plain' };
  const { at } = time;
  return level === undefined ? { at, message, form: 'plain' } : { at, level, message, form: 'plain' };
}

/** What stands before a time, such as a level or a host, is kept; brackets around the time are not. */
function withoutTime(line: string, end: number): string {
  // No form of time begins so.
  const before = startsWithDigit(line) ? undefined : /^[\s[(]*([A-Z]{4,8})\b/.exec(line)?.[1];
  return before === undefined ? line.slice(end) : `${before} ${withoutMarks(line.slice(end))}`;
}

/** What stands after a time: mostly a blank and a word. */
function withoutMarks(text: string): string {
  const isBlankAndWord = text.charCodeAt(0) === BLANK && isAlphanumeric(text.charCodeAt(1));
  return isBlankAndWord ? text.slice(1) : text.replace(/^[\s\])}:|-]+/, '');
}

const BLANK = 0x20;

function isAlphanumeric(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function startsWithDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

function levelOf(line: string, rest: string): LogLevel | undefined {
  const found = levelOfPrefix(line) ?? findLevel(rest);
  if (found !== undefined) return found;
  if (/^(?:panic|fatal error):/.test(rest)) return 'fatal';
  return beginsException(rest) ? 'error' : undefined;
}

/** Logfmt quotes as Go does, which is nearly JSON. */
function unquote(quoted: string): string {
  const value = toValue(quoted);
  return typeof value === 'string' ? value : quoted.slice(1, -1);
}

type JsonRecord = Readonly<Record<string, unknown>>;

function toRecord(text: string): JsonRecord | undefined {
  const value = toValue(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

function toValue(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
