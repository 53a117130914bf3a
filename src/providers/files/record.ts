import type { Path, Structure } from '#analysis/fields.ts';
import { fieldsOf, firstOf, hasStructure, pathTo, structureOf, textOf, valueAt } from '#analysis/fields.ts';
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

/** What of it a record may have. */
interface Names extends Readonly<Record<keyof typeof keys, readonly string[]>> {
  readonly level: boolean;
  /** What became of a request. */
  readonly answer: boolean;
  readonly service: boolean;
}
const ALL: Names = { ...keys, level: true, answer: true, service: true };

/** While it is made. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the shared fields of a structured event; only these names are asked for. */
export function readRecord(get: Get, context: TimeContext, names = ALL): Fields {
  const fields: Mutable<Fields> = {};
  // Loops, because functions made for each line would cost more than what they do.
  for (const key of names.at) {
    const at = toTime(get(key), context);
    if (at === undefined) continue;
    fields.at = at;
    break;
  }
  const level = names.answer ? severityOf(get) : names.level ? loggedSeverityOf(get) : undefined;
  if (level !== undefined) fields.level = level;
  const service = names.service ? serviceOf(get) : undefined;
  if (service !== undefined) fields.service = service;
  const env = firstText(names.env, get);
  if (env !== undefined) fields.env = env;
  const error = names.error.length === 0 ? undefined : firstOf(names.error, (key) => toErrorText(get, key));
  const message = toMessage(firstText(names.message, get), error);
  if (message !== undefined) fields.message = message;
  return fields;
}

type JsonRecord = Readonly<Record<string, unknown>>;

/** What records of one structure have in common. */
interface Shape {
  readonly structure: Structure;
  readonly names: Names;
  /** Where the names lead that were asked for. */
  readonly paths: Map<string, Path | undefined>;
}

/** Reads the shared fields of a record. */
export type RecordReader = (record: JsonRecord) => Fields;

/** Structures that are known at a time. */
const MAX_SHAPES = 16;

/** Makes the reader for one file: records mostly look like one before, so it is found out once where their names lead. */
export function createRecordReader(context: TimeContext): RecordReader {
  const shapes: Shape[] = [];
  let last: Shape | undefined;
  function shapeOf(record: JsonRecord): Shape {
    if (last && hasStructure(record, last.structure)) return last;
    const known = shapes.find(({ structure }) => hasStructure(record, structure));
    last = known ?? toShape(record);
    if (known === undefined && shapes.push(last) > MAX_SHAPES) shapes.shift();
    return last;
  }
  return (record) => {
    const { structure, names, paths } = shapeOf(record);
    const get = (name: string) => {
      let path = paths.get(name);
      if (path === undefined && !paths.has(name)) paths.set(name, (path = pathTo(structure, name)));
      return valueAt(record, path);
    };
    return readRecord(get, context, names);
  };
}

function toShape(record: JsonRecord): Shape {
  const structure = structureOf(record);
  const has = (name: string) => pathTo(structure, name) !== undefined;
  const names: Names = {
    at: keys.at.filter(has),
    env: keys.env.filter(has),
    message: keys.message.filter(has),
    error: keys.error.filter((key) => has(key) || ERROR_PARTS.some((part) => has(`${key}.${part}`))),
    level: SEVERITY_FIELDS.some(has),
    answer: STATUS_FIELDS.some(has),
    service: SERVICE_FIELDS.some(has),
  };
  return { structure, names, paths: new Map() };
}

function toMessage(message: string | undefined, error: string | undefined): string | undefined {
  if (message === undefined || error === undefined) return message ?? error;
  const core = error.replace(/^[\w$.]+: /, '');
  return message.includes(core) ? message : `${message}: ${error}`;
}

const ERROR_TYPES = ['type', 'name', 'kind', 'class'];
const ERROR_PARTS = ['message', ...ERROR_TYPES];

function toErrorText(get: Get, key: string): string | undefined {
  const text = textOf(get(key));
  if (text !== undefined) return text.split('\n', 1)[0];
  const message = textOf(get(`${key}.message`));
  const type = firstOf(ERROR_TYPES, (part) => textOf(get(`${key}.${part}`)));
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

function firstText(names: readonly string[], get: Get): string | undefined {
  for (const name of names) {
    const text = textOf(get(name));
    if (text !== undefined) return text;
  }
  return undefined;
}
