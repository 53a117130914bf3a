import type { Clock } from '#domain/clock.ts';
import { requestSpan } from '#telemetry/tracing.ts';

/** Levels of the log, the worst first. */
export const logLevels = ['error', 'warn', 'info'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a line says beside its message; undefined values are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Writes one line; never throws and never waits. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

interface LogDeps {
  /** Lines of lesser levels are not written. */
  readonly level: LogLevel;
  /** JSON for machines, or one plain line for people. */
  readonly format: 'json' | 'human';
  readonly clock: Clock;
  /** The exit of everything that leaves this server. */
  readonly redact: (text: string) => string;
  readonly write: (line: string) => void;
}

/** No text of a line is longer, in characters: stacks and messages of others may be of any length. */
const MAX_TEXT = 4_096;
/** So much is redacted before it is cut: half a secret is not known as one. */
const MAX_READ = 65_536;

/** Makes the log of a process. Everything in it is redacted, and it names the span of the call that is being served. */
export function createLog({ level: least, format, clock, redact, write }: LogDeps): Log {
  const clean = (text: string) => redact(text.slice(0, MAX_READ)).slice(0, MAX_TEXT).toWellFormed();
  const cleaned = (value: LogFields[string]) =>
    typeof value === 'string' ? clean(value) : Array.isArray(value) ? value.map(clean) : value;
  const render = format === 'json' ? JSON.stringify : toSentence;
  return (level, message, fields = {}) => {
    if (logLevels.indexOf(level) > logLevels.indexOf(least)) return;
    const span = requestSpan();
    const said = Object.entries(fields).map(([name, value]) => [name, cleaned(value)]);
    const line: Line = {
      time: new Date(clock.now()).toISOString(),
      level,
      message: clean(message),
      ...(span && { trace_id: span.traceId, span_id: span.spanId }),
      ...Object.fromEntries(said),
    };
    write(`${render(line)}\n`);
  };
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly [field: string]: LogFields[string];
}

/** Ids that only machines join by, and what the message says already. */
const HIDDEN = new Set(['trace_id', 'span_id', 'call_id', 'event', 'decision']);

/** `20:04:31 WARN  message incident_id=PD-1`: what a person at a terminal wants. */
function toSentence({ time, level, message, ...fields }: Line): string {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => value !== undefined && value !== '' && !HIDDEN.has(name))
    .map(([name, value]) => ` ${name}=${[value].flat().join(',')}`);
  const text = `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join('')}`;
  return text.replaceAll(/\s*\n\s*/g, ' | ');
}
