import type { GetField } from '#analysis/fields.ts';
import { fieldsOf, firstOf, textOf } from '#analysis/fields.ts';
import { toLevel } from '#analysis/severity.ts';
import type { LogEntry } from '#domain/evidence.ts';

import { parseLine } from '../files/parse-line.ts';
import { readRecord } from '../files/record.ts';
import { cutEvent } from '../vendor-text.ts';
import type { FieldNames } from './query.ts';
import type { Hit } from './replies.ts';

/** Where ECS and common loggers keep a stack trace. */
const STACKS = [
  'error.stack_trace',
  'error.stack',
  'err.stack',
  'exception.stacktrace',
  'exception.stack',
  'stack_trace',
  'stack',
];
const TRACES = ['trace.id', 'trace_id', 'traceId', 'dd.trace_id'];

/** Makes an entry of a document; its fields come first, then what its message says. */
export function toEntry(hit: Hit, names: FieldNames): LogEntry {
  const { source } = hit;
  const field = fieldsOf(source);
  const get: GetField = (name) => firstValue(field(name));
  const at = timeOf(hit);
  const context = { offsetAt: () => 0, writtenAt: at ?? 0 };
  const fields = readRecord(get, context);
  const text = textOf(get(names.message)) ?? fields.message ?? JSON.stringify(source);
  const parsed = parseLine(text.split('\n', 1)[0] ?? '', 'auto', context);
  const level = toLevel(get(names.level)) ?? fields.level ?? parsed.level;
  const service = textOf(get(names.service)) ?? fields.service ?? parsed.service;
  const env = textOf(get(names.env)) ?? fields.env ?? parsed.env;
  const traceId = firstOf([names.trace, ...TRACES], (name) => textOf(get(name)));
  return {
    ...(at !== undefined && { at }),
    ...(level && { level }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    message: cutEvent(parsed.message),
    raw: cutEvent(rawOf(text, source, get)),
    origin: originOf(hit),
    ...(traceId !== undefined && { traceId }),
  };
}

/** The message with its stack trace, then the whole document. */
function rawOf(text: string, source: Hit['source'], get: GetField): string {
  const stack = firstOf(STACKS, (name) => textOf(get(name)));
  const trace = stack === undefined || text.includes(stack) ? [] : [stack];
  const { message, ...rest } = source;
  return [text, ...trace, JSON.stringify(message === text ? rest : source)].join('\n');
}

/** Any field may hold a list. */
function firstValue(value: unknown): unknown {
  return Array.isArray(value) ? (value[0] as unknown) : value;
}

/** Nanoseconds, where a number can only be that. */
const NANOSECONDS = 1e15;

/** The time by which the document was sorted: the back end has understood its format already. */
function timeOf({ sorted }: Hit): number | undefined {
  const [value] = sorted;
  if (typeof value === 'number') return Math.floor(value >= NANOSECONDS ? value / 1e6 : value);
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(at) ? undefined : at;
}

/** Index and id: together they name one document. */
export function originOf({ index, id }: Hit): string {
  return `${index}/${id}`;
}
