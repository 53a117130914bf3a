import type { LogLevel } from '#domain/evidence.ts';

const names: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ['trace', 'trc', 'verbose', 'finest', 'finer', 't'],
  debug: ['debug', 'dbg', 'fine', 'd'],
  info: ['info', 'inf', 'information', 'informational', 'notice', 'config', 'log', 'i'],
  warn: ['warn', 'warning', 'wrn', 'w'],
  error: ['error', 'err', 'eror', 'severe', 'e'],
  fatal: ['fatal', 'ftl', 'critical', 'crit', 'panic', 'dpanic', 'emerg', 'emergency', 'alert', 'f'],
};

const levels: ReadonlyMap<string, LogLevel> = new Map(
  Object.entries(names).flatMap(([level, all]) => all.map((name) => [name, level as LogLevel] as const)),
);

/** Severities of syslog (RFC 5424), 0 to 7. */
const syslog: readonly LogLevel[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'];

/** Reads a level field: a name in any case, a pino or bunyan number (10 to 60) or a syslog severity (0 to 7). */
export function toLevel(value: unknown): LogLevel | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  return /^\d{1,2}$/.test(text) ? fromNumber(Number(text)) : levels.get(text);
}

function fromNumber(value: number): LogLevel | undefined {
  if (value >= 0 && value < 8) return syslog[Math.floor(value)];
  if (value < 10) return undefined;
  return (['trace', 'debug', 'info', 'warn', 'error'] as const)[Math.floor(value / 10) - 1] ?? 'fatal';
}

const UPPER =
  /\b(TRACE|VERBOSE|FINEST|FINER|DEBUG|FINE|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|EMERG|ALERT)\b/;
const MARKED = /(?:^|\s)(?:\[([a-z]{3,9})\]|([a-z]{4,9}):|level=([A-Za-z]{3,9})\b)/i;

/** Characters after the time in which a plain line's level is looked for. */
const HEAD = 120;

/** Finds the level of a plain line, looking only near its start: an upper-case word, else `[error]` or `error:`. */
export function findLevel(text: string): LogLevel | undefined {
  const head = text.slice(0, HEAD);
  const upper = UPPER.exec(head)?.[1];
  if (upper !== undefined) return toLevel(upper);
  const marked = MARKED.exec(head);
  return toLevel(marked?.[1] ?? marked?.[2] ?? marked?.[3]);
}
