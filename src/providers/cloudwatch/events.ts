import { createHash } from 'node:crypto';

import type { JoinedLines } from '#analysis/join-lines.ts';
import { createJoiner } from '#analysis/join-lines.ts';
import { beginsException } from '#analysis/trace-shape.ts';
import type { LogEntry } from '#domain/evidence.ts';

import type { ParsedLine } from '../files/parse-line.ts';
import { parseLine } from '../files/parse-line.ts';
import { cutEvent } from '../vendor-text.ts';

/** One event as the service stores it: a raw line, or several where the agent joined them. */
export interface StoredEvent {
  /** Name or ARN, as the source is configured. */
  readonly group: string;
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
}

/** What entries get that name none. */
export interface Defaults {
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

/** Lines of one trace follow each other within this time. */
export const TRACE_GAP_MS = 1_000;

/** A plain line that names its level begins an event: the time of the service stands in for one of its own. */
function parse(text: string, at = 0): ParsedLine {
  const parsed = parseLine(text, 'auto', { offsetAt: () => 0, writtenAt: at });
  const { form, level, wrapped } = parsed;
  const own = wrapped?.text ?? text;
  if (form !== 'plain' || level === undefined || beginsException(own) || /^\s/.test(own)) return parsed;
  return { at, ...parsed, ...(wrapped && { wrapped: { ...wrapped, bare: false } }) };
}

/** True when an event cannot continue the one before it in its stream: its line has a time or fields, or came later. */
export function beginsAnew(event: StoredEvent, before: StoredEvent | undefined): boolean {
  if (before !== undefined && isLater(event, before)) return true;
  const { form, at } = parse(event.message);
  return form !== 'plain' || at !== undefined;
}

function isLater(event: StoredEvent, before: StoredEvent): boolean {
  return event.at - before.at > TRACE_GAP_MS;
}

/** Joins the lines of stack traces within one stream; `events` ascend. */
export function toEntries(events: readonly StoredEvent[], defaults: Defaults): LogEntry[] {
  const entries: LogEntry[] = [];
  const joiner = createJoiner((text) => parse(text));
  const add = (joined: readonly JoinedLines<ParsedLine>[]) => {
    for (const { parsed, raw, number } of joined) {
      const event = events[number - 1];
      if (event) entries.push(toEntry(event, { parsed, raw }, defaults));
    }
  };
  for (const [index, event] of events.entries()) {
    const text = event.message.trimEnd();
    const before = events[index - 1];
    if (before !== undefined && isLater(event, before)) add(joiner.end());
    if (text.includes('\n')) {
      add(joiner.end());
      const [first = ''] = text.split('\n', 1);
      entries.push(toEntry(event, { parsed: parse(first, event.at), raw: text }, defaults));
    } else {
      const joined = joiner.push({ text: cutEvent(text), number: index + 1 });
      add(joined === undefined ? [] : [joined]);
    }
  }
  add(joiner.end());
  return entries;
}

interface Read {
  readonly parsed: ParsedLine;
  readonly raw: string;
}

/** The time is that of the service, which is UTC and always there. */
function toEntry(event: StoredEvent, { parsed, raw }: Read, defaults: Defaults): LogEntry {
  const service = parsed.service ?? defaults.service;
  const env = parsed.env ?? defaults.env;
  return {
    at: event.at,
    ...(parsed.level && { level: parsed.level }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    message: cutEvent(parsed.message),
    raw: cutEvent(raw),
    origin: originOf(event),
  };
}

/** Names an event however it was read; the events API and Logs Insights have no id in common. */
export function originOf({ group, stream, at, message }: StoredEvent): string {
  const hash = createHash('sha256').update(message.trimEnd()).digest('hex').slice(0, 12);
  return `${group}:${stream}:${at}:${hash}`;
}

/** Takes an origin apart; stream names hold no colon. */
export function parseOrigin(origin: string): Pick<StoredEvent, 'group' | 'stream' | 'at'> | undefined {
  const match = /^(.{1,2048}):([^:]{1,512}):(\d{1,15}):[0-9a-f]{12}$/s.exec(origin);
  const [, group, stream, at] = match ?? [];
  return group === undefined || stream === undefined ? undefined : { group, stream, at: Number(at) };
}
