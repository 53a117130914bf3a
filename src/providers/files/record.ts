import type { LogLevel } from '#domain/evidence.ts';
import { epochToMs } from '#domain/time.ts';

import { toLevel } from './level.ts';
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

/** The names that pino, winston, bunyan, zap, logrus, slog, structlog, Serilog, ECS and OpenTelemetry give the same thing. */
const keys = {
  at: ['time', 'timestamp', '@timestamp', 'ts', 't', 'datetime', 'date', 'asctime', 'eventTime', '@t'],
  level: ['level', 'severity', 'lvl', 'log.level', 'levelname', 'severityText', 'severity_text', 'loglevel', '@l'],
  service: ['service', 'service.name', 'service_name', 'serviceName', 'resource.service.name', 'app', 'application'],
  env: ['env', 'environment', 'deployment.environment', 'service.environment', 'stage'],
  message: ['msg', 'message', '@m', '@mt', 'event', 'body', 'text'],
  error: ['err', 'error', 'exception', 'exc_info'],
} as const;

/** Reads the shared fields of a structured event. */
export function readRecord(get: Get, context: TimeContext): Fields {
  const at = first(keys.at, (key) => toTime(get(key), context));
  const level = first(keys.level, (key) => toLevel(get(key)));
  const service = first(keys.service, (key) => toText(get(key))) ?? processName(get);
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

/** bunyan and pino call the process `name`; elsewhere a name may be anything. */
function processName(get: Get): string | undefined {
  return get('hostname') === undefined || get('pid') === undefined ? undefined : toText(get('name'));
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

function toTime(value: unknown, context: TimeContext): number | undefined {
  if (typeof value === 'number') return value >= 1e8 ? epochToMs(value) : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^\d{9,19}(\.\d+)?$/.test(value)) return epochToMs(Number(value));
  return findTimestamp(value, context)?.at;
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function first<K, T>(keys: readonly K[], read: (key: K) => T | undefined): T | undefined {
  for (const key of keys) {
    const value = read(key);
    if (value !== undefined) return value;
  }
  return undefined;
}
