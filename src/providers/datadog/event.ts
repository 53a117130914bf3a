import { fieldsOf, firstOf, textOf } from '#analysis/fields.ts';
import { toLevel } from '#analysis/severity.ts';
import type { LogEntry } from '#domain/evidence.ts';

import { parseLine } from '../files/parse-line.ts';
import { readRecord } from '../files/record.ts';
import { cutEvent } from '../vendor-text.ts';

/** The fields of Datadog's log event that are read; any may be absent. */
export interface DatadogLog {
  readonly id?: string;
  readonly attributes?: {
    readonly attributes?: Readonly<Record<string, unknown>>;
    readonly message?: string;
    readonly service?: string;
    readonly status?: string;
    readonly tags?: readonly string[];
    readonly timestamp?: Date;
  };
}

/** Where a stack trace is kept by Datadog's own libraries and by common loggers. */
const STACKS = ['error.stack', 'err.stack', 'exception.stacktrace', 'exception.stack', 'stack_trace', 'stack'];
const TRACES = ['dd.trace_id', 'trace_id', 'traceId', 'otelTraceID'];

/** Makes an entry; `messageAttribute` names where the message is kept when it is not in `message`. */
export function toEntry({ id, attributes = {} }: DatadogLog, messageAttribute?: string): LogEntry {
  const { attributes: custom = {}, tags = [], timestamp } = attributes;
  const get = fieldsOf(custom);
  const at = timestamp?.getTime();
  const context = { offsetAt: () => 0, writtenAt: at ?? 0 };
  const fields = readRecord(get, context);
  const own = messageAttribute === undefined ? undefined : textOf(get(messageAttribute));
  const text = own ?? textOf(attributes.message) ?? fields.message ?? JSON.stringify(custom);
  const [firstLine = ''] = text.split('\n', 1);
  const parsed = parseLine(firstLine, 'auto', context);
  const level = statusLevel(attributes.status) ?? fields.level ?? parsed.level;
  const service = textOf(attributes.service) ?? tagOf(tags, 'service') ?? fields.service ?? parsed.service;
  const env = tagOf(tags, 'env') ?? fields.env ?? parsed.env;
  const traceId = firstOf(TRACES, (key) => textOf(get(key)));
  return {
    ...(at !== undefined && { at }),
    ...(level && { level }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    message: cutEvent(parsed.message),
    raw: cutEvent(
      rawOf(
        text,
        custom,
        firstOf(STACKS, (key) => textOf(get(key))),
      ),
    ),
    origin: `${at ?? ''}:${id ?? ''}`,
    ...(traceId !== undefined && { traceId }),
  };
}

/** The message with its stack trace, then the attributes, as far as the message does not hold them. */
function rawOf(text: string, custom: Readonly<Record<string, unknown>>, stack: string | undefined): string {
  const trace = stack === undefined || text.includes(stack) ? [] : [stack];
  const rest = Object.keys(custom).length === 0 ? [] : [JSON.stringify(custom)];
  return [text, ...trace, ...rest].join('\n');
}

/** Datadog has two statuses that no logger has. */
function statusLevel(status: string | undefined) {
  return status === 'ok' || status === 'success' ? 'info' : toLevel(status);
}

function tagOf(tags: readonly string[], key: string): string | undefined {
  return textOf(tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1));
}
