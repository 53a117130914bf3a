import type { LogLevel } from '#domain/evidence.ts';

import { findLevel } from './level.ts';
import type { Fields, Get } from './record.ts';
import { readRecord } from './record.ts';
import type { TimeContext } from './timestamp.ts';
import { findTimestamp } from './timestamp.ts';

/** How the lines of a file are written; `auto` decides line by line. */
export const logFormats = ['auto', 'json', 'logfmt', 'plain'] as const;
export type LogFormat = (typeof logFormats)[number];

/** What one physical line says. */
export interface ParsedLine extends Fields {
  readonly message: string;
  readonly form: 'json' | 'logfmt' | 'plain';
}

/** Reads one line; a line that is not in the expected format is read as plain text, never lost. */
export function parseLine(line: string, format: LogFormat, context: TimeContext): ParsedLine {
  const container = CONTAINER.exec(line);
  if (container?.groups?.rest !== undefined) {
    const outer = findTimestamp(line, context);
    return { ...(outer && { at: outer.at }), ...parseLine(container.groups.rest, format, context) };
  }
  const structured = format === 'plain' ? undefined : parseStructured(line, format, context);
  return structured ?? parsePlain(line, context);
}

/** Lines of the Kubernetes container runtime interface: time, stream, full or partial, text. */
const CONTAINER = /^\d{4}-\d{2}-\d{2}T\S+ (?:stdout|stderr) [FP] (?<rest>.*)$/s;

function parseStructured(line: string, format: LogFormat, context: TimeContext): ParsedLine | undefined {
  const text = line.trimStart();
  if (text.startsWith('{')) return format === 'logfmt' ? undefined : parseJson(text, format, context);
  return format === 'json' ? undefined : parseLogfmt(text, context);
}

function parseJson(text: string, format: LogFormat, context: TimeContext): ParsedLine | undefined {
  const record = toRecord(text);
  if (record === undefined) return text.includes('…(+') ? parseCutJson(text, context) : undefined;
  const get: Get = (key) => (Object.hasOwn(record, key) ? record[key] : dig(record, key));
  const outer = readRecord(get, context);
  if (typeof record.log === 'string' && typeof record.stream === 'string') {
    const { at, ...inner } = parseLine(record.log.trimEnd(), format, context);
    return { ...inner, ...outer, ...(at !== undefined && { at }), message: inner.message };
  }
  return { ...outer, message: outer.message ?? text, form: 'json' };
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

const PAIR = /([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/gy;
const TELLTALE = ['level', 'lvl', 'severity', 'msg', 'message', 'time', 'ts', 'err', 'error'];

function parseLogfmt(text: string, context: TimeContext): ParsedLine | undefined {
  if (!text.includes('=')) return undefined;
  const pairs = new Map<string, string>();
  for (const [, key, value] of text.matchAll(PAIR)) {
    if (key === undefined || value === undefined) continue;
    pairs.set(key, value.startsWith('"') ? unquote(value) : value);
  }
  if (pairs.size < 2 || !TELLTALE.some((key) => pairs.has(key))) return undefined;
  const fields = readRecord((key) => pairs.get(key), context);
  return { ...fields, message: fields.message ?? text, form: 'logfmt' };
}

function parsePlain(line: string, context: TimeContext): ParsedLine {
  const time = findTimestamp(line, context);
  const rest =
    time === undefined ? line : line.slice(0, 32).startsWith('<') ? line.slice(time.end) : withoutTime(line, time.end);
  const level = levelOf(line, rest);
  return {
    ...(time && { at: time.at }),
    ...(level && { level }),
    message: rest.replace(/^[\s\])}:|-]+/, '') || line,
    form: 'plain',
  };
}

/** What stands before a time, such as a level or a host, is kept; brackets around the time are not. */
function withoutTime(line: string, end: number): string {
  const head = line.slice(0, end);
  const before = /^[\s[(]*([A-Z]{4,8})\b/.exec(head)?.[1];
  return before === undefined ? line.slice(end) : `${before} ${line.slice(end).replace(/^[\s\])}:|-]+/, '')}`;
}

function levelOf(line: string, rest: string): LogLevel | undefined {
  const letter = /^([DIWEF])(?:\d{4} \d{2}:|, \[\d{4})/.exec(line)?.[1];
  if (letter !== undefined) return { D: 'debug', I: 'info', W: 'warn', E: 'error', F: 'fatal' }[letter] as LogLevel;
  const found = findLevel(rest);
  if (found !== undefined) return found;
  if (/^(?:panic|fatal error):/.test(rest)) return 'fatal';
  return EXCEPTION_HEADER.test(rest) ? 'error' : undefined;
}

/** How an exception without a log line of its own begins, in Java, .NET, Node, Python and Ruby. */
export const EXCEPTION_HEADER =
  /^(?:Exception in thread |Unhandled exception|Uncaught |Traceback \(most recent call last\)|(?:[\w$]+\.){0,12}[A-Z][\w$]*(?:Error|Exception|Throwable)\b(?::|$| \[)|\S+:\d+:in [`'])/;

/** Logfmt quotes as Go does, which is nearly JSON. */
function unquote(quoted: string): string {
  const value = toValue(quoted);
  return typeof value === 'string' ? value : quoted.slice(1, -1);
}

function toRecord(text: string): Record<string, unknown> | undefined {
  const value = toValue(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function toValue(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function dig(record: Record<string, unknown>, key: string): unknown {
  if (!key.includes('.')) return undefined;
  let value: unknown = record;
  for (const part of key.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
