import { capitalKeys, fieldsOf, keyOf } from '#analysis/fields.ts';
import { SERVICE_FIELDS, serviceOf } from '#analysis/service-name.ts';
import { loggedSeverityOf, SEVERITY_FIELDS, severityOf, STATUS_FIELDS } from '#analysis/severity.ts';
import type { LogLevel } from '#domain/evidence.ts';
import { epochToMs } from '#domain/time.ts';

import type { TimeContext } from './timestamp.ts';
import { findTimestamp } from './timestamp.ts';

/** Looks up a field by name; dots reach into nested objects. */
export type Get = (key: string) => unknown;

/** The fields of a log event that every format shares. */
export interface Fields {
  readonly at?: number;
  readonly level?: LogLevel;
  readonly service?: string;
  readonly env?: string;
  readonly message?: string;
}

/** The names that pino, winston, bunyan, zap, logrus, slog, structlog, Serilog, Log4j, MongoDB, ECS and OpenTelemetry give the same thing. */
const keys = {
  at: [
    'time',
    'timestamp',
    '@timestamp',
    'ts',
    't',
    'datetime',
    'date',
    'asctime',
    'eventTime',
    '@t',
    'instant',
    'timeUnixNano',
    'observedTimestamp',
    'observedTimeUnixNano',
  ],
  env: ['env', 'environment', 'deployment.environment', 'service.environment', 'stage'],
  message: ['msg', 'message', '@m', '@mt', 'event', 'body', 'text'],
  error: ['err', 'error', 'exception', 'exc_info'],
} as const;

/** Reads the shared fields of a structured event. */
export function readRecord(get: Get, context: TimeContext): Fields {
  const at = first(keys.at, (key) => toTime(get(key), context));
  const level = severityOf(get);
  const service = serviceOf(get);
  const env = first(keys.env, (key) => toText(get(key)));
  const message = toMessage(
    first(keys.message, (key) => toText(get(key))),
    first(keys.error, (key) => toErrorText(get, key)),
  );
  return {
    ...(at !== undefined && { at }),
    ...(level !== undefined && { level }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    ...(message !== undefined && { message }),
  };
}

type JsonRecord = Readonly<Record<string, unknown>>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Names = Readonly<Record<'at' | 'env' | 'message' | 'error', readonly string[]>>;

/** What records with the same fields have in common, when no value has fields of its own. */
interface Shape {
  readonly keys: readonly string[];
  /** Parts of the error are fields of their own, such as `err.message`. */
  readonly dotted: boolean;
  readonly names: Names;
  /** The key of a name that is written otherwise here. */
  readonly toKey: (name: string) => string;
  readonly hasLevel: boolean;
  readonly hasAnswer: boolean;
  readonly hasService: boolean;
}

/** Reads the shared fields of a record. */
export type RecordReader = (record: JsonRecord) => Fields;

/** Kinds of records that are known at a time. */
const MAX_SHAPES = 16;

/** Makes the reader for one file: records mostly look like one before, so the names that are absent are looked for once. */
export function createRecordReader(context: TimeContext): RecordReader {
  const shapes: Shape[] = [];
  let last = toShape([]);
  function shapeOf(keys: readonly string[]): Shape {
    if (isSame(keys, last.keys)) return last;
    const known = shapes.find((shape) => isSame(keys, shape.keys));
    last = known ?? toShape(keys);
    if (known === undefined && shapes.push(last) > MAX_SHAPES) shapes.shift();
    return last;
  }
  return (record) => {
    const keys = Object.keys(record);
    const shape = shapeOf(keys);
    if (shape.dotted || !isFlat(record, keys)) return readRecord(fieldsOf(record), context);
    // No name that is looked for is one that every object has.
    return readFlat((key) => record[key], shape, context);
  };
}

function readFlat(get: Get, { names, toKey, hasLevel, hasAnswer, hasService }: Shape, context: TimeContext): Fields {
  const named: Get = (name) => get(toKey(name));
  const fields: Mutable<Fields> = {};
  // Loops, because functions made for each line would cost more than what they do.
  for (const key of names.at) {
    const at = toTime(get(key), context);
    if (at === undefined) continue;
    fields.at = at;
    break;
  }
  const level = hasAnswer ? severityOf(named) : hasLevel ? loggedSeverityOf(named) : undefined;
  if (level !== undefined) fields.level = level;
  const service = hasService ? serviceOf(named) : undefined;
  if (service !== undefined) fields.service = service;
  const env = firstText(names.env, get);
  if (env !== undefined) fields.env = env;
  const error = names.error.length === 0 ? undefined : first(names.error, (key) => firstLineOf(toText(get(key))));
  const message = toMessage(firstText(names.message, get), error);
  if (message !== undefined) fields.message = message;
  return fields;
}

function isFlat(record: JsonRecord, keys: readonly string[]): boolean {
  for (const key of keys) {
    const value = record[key];
    if (typeof value === 'object' && value !== null) return false;
  }
  return true;
}

function isSame(keys: readonly string[], known: readonly string[]): boolean {
  if (keys.length !== known.length) return false;
  for (let index = 0; index < keys.length; index++) if (keys[index] !== known[index]) return false;
  return true;
}

function toShape(all: readonly string[]): Shape {
  const has = new Set(all);
  const capitals = capitalKeys(all);
  const toKey = (name: string) => (has.has(name) ? name : (keyOf(name, capitals) ?? name));
  const present = (names: readonly string[]) => names.map(toKey).filter((key) => has.has(key));
  return {
    keys: all,
    dotted: all.some((name) => keys.error.some((error) => name.toLowerCase().startsWith(`${error}.`))),
    names: { at: present(keys.at), env: present(keys.env), message: present(keys.message), error: present(keys.error) },
    toKey: capitals.length === 0 ? (name) => name : toKey,
    hasLevel: present(SEVERITY_FIELDS).length > 0,
    hasAnswer: present(STATUS_FIELDS).length > 0,
    hasService: present(SERVICE_FIELDS).length > 0,
  };
}

function toMessage(message: string | undefined, error: string | undefined): string | undefined {
  if (message === undefined || error === undefined) return message ?? error;
  const core = error.replace(/^[\w$.]+: /, '');
  return message.includes(core) ? message : `${message}: ${error}`;
}

function toErrorText(get: Get, key: string): string | undefined {
  const text = toText(get(key));
  if (text !== undefined) return text.split('\n', 1)[0];
  const message = toText(get(`${key}.message`));
  const type = first(['type', 'name', 'kind', 'class'], (field) => toText(get(`${key}.${field}`)));
  return message === undefined ? type : type === undefined ? message : `${type}: ${message}`;
}

/** After the year of most times. */
const MINUS = 0x2d;

function toTime(value: unknown, context: TimeContext): number | undefined {
  if (typeof value === 'number') return value >= 1e8 ? epochToMs(value) : undefined;
  if (typeof value === 'object' && value !== null) return partsToTime(value, context);
  if (typeof value !== 'string') return undefined;
  if (value.charCodeAt(4) !== MINUS && /^\d{9,19}(\.\d+)?$/.test(value)) return epochToMs(Number(value));
  return findTimestamp(value, context)?.at;
}

/** Of Log4j, and of MongoDB's extended JSON. */
function partsToTime(value: object, context: TimeContext): number | undefined {
  const get = fieldsOf(value as Readonly<Record<string, unknown>>);
  const seconds = get('epochSecond');
  const nanos = get('nanoOfSecond');
  if (typeof seconds === 'number')
    return seconds * 1_000 + (typeof nanos === 'number' ? Math.floor(nanos / 1_000_000) : 0);
  const date = get('$date.$numberLong') ?? get('$date');
  return typeof date === 'object' ? undefined : toTime(date, context);
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function firstText(names: readonly string[], get: Get): string | undefined {
  for (const name of names) {
    const text = toText(get(name));
    if (text !== undefined) return text;
  }
  return undefined;
}

function firstLineOf(text: string | undefined): string | undefined {
  return text?.split('\n', 1)[0];
}

function first<K, T>(keys: readonly K[], read: (key: K) => T | undefined): T | undefined {
  for (const key of keys) {
    const value = read(key);
    if (value !== undefined) return value;
  }
  return undefined;
}
