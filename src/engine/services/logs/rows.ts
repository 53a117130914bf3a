import type { ComparedPattern } from '#analysis/compare-patterns.ts';
import type { StackFrame } from '#analysis/frame-readers.ts';
import type { ErrorGroup } from '#analysis/log-errors.ts';
import { isErrorByStatus, namesFailure } from '#analysis/severity.ts';
import { inProjectFrames } from '#analysis/stack-frames.ts';
import type { LogEntry } from '#domain/evidence.ts';
import { iso } from '#engine/services/time-windows.ts';

/** Characters of a sample or a line; `event` reads the whole. */
const MAX_SAMPLE_CHARS = 300;
const MAX_LINE_CHARS = 500;
const FRAMES = 3;

/** A pattern beside its baseline, as callers read it; `asked` is the service that the question was about. */
export function toPatternRow(pattern: ComparedPattern, asked: string | undefined): Record<string, unknown> {
  const { change, count, baseCount, ratio, last, level, template, error, sample, services, id } = pattern;
  const first = pattern.began ?? pattern.first;
  const code = codeOf(sample);
  const others = services.filter((service) => service !== asked);
  return {
    change: change.toUpperCase(),
    count,
    ...(change !== 'unknown' && { base: baseCount }),
    ...(ratio !== undefined && { ratio: Math.round(ratio * 10) / 10 }),
    ...(level && { level }),
    ...levelFrom(sample),
    // The last of what is left of a row in very little room.
    pattern: template,
    ...(error !== undefined && { error }),
    ...(first !== undefined && { first: toSecond(first) }),
    ...(last !== undefined && { last: toSecond(last) }),
    ...(code.length > 0 && { code }),
    ...(wordsOf(sample) !== template && { sample: cut(wordsOf(sample), MAX_SAMPLE_CHARS) }),
    ...(sample.traceId !== undefined && { trace: sample.traceId }),
    at: sample.origin,
    ...(others.length > 0 && { services }),
    id,
  };
}

/** A group of errors, as callers read it. */
export function toErrorRow({
  type,
  message,
  count,
  first,
  last,
  frames,
  sample,
  fingerprint,
}: ErrorGroup): Record<string, unknown> {
  return {
    type,
    message,
    count,
    ...(first !== undefined && { first: toSecond(first) }),
    ...(last !== undefined && { last: toSecond(last) }),
    ...(frames.length > 0 && { code: frames.map(describeFrame) }),
    ...(wordsOf(sample) !== message && { sample: cut(wordsOf(sample), MAX_SAMPLE_CHARS) }),
    at: sample.origin,
    id: fingerprint,
  };
}

/** One event, as callers read it: what it says, without the fields around it; `asked` is the service that the question was about. */
export function toLineRow(entry: LogEntry, asked: string | undefined): Record<string, unknown> {
  const { raw } = entry;
  const message = wordsOf(entry);
  const code = codeOf(entry);
  // A structured event says the rest in fields; a plain one is its text.
  const text = message === '' || !/^\s*[{[]/.test(raw) ? raw : message;
  const { service, ...head } = headOf(entry);
  return {
    ...head,
    ...levelFrom(entry),
    ...(service !== undefined && service !== asked && { service }),
    text: cut(text, MAX_LINE_CHARS),
    ...(code.length > 0 && { code }),
    at: entry.origin,
  };
}

/** One event as it stands in the source, in as many rows as it needs: rows are cut to size and paged, texts are not. */
export function toWholeRows(entry: LogEntry): Record<string, unknown>[] {
  const [first = '', ...rest] = toParts(entry.raw);
  return [{ ...headOf(entry), at: entry.origin, text: first }, ...rest.map((text) => ({ text }))];
}

/** Whole lines where they fit. */
function toParts(text: string): string[] {
  const parts: string[] = [];
  for (const line of text.split('\n')) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + line.length < MAX_LINE_CHARS) parts[parts.length - 1] = `${last}\n${line}`;
    else
      for (let at = 0; at === 0 || at < line.length; at += MAX_LINE_CHARS)
        parts.push(line.slice(at, at + MAX_LINE_CHARS));
  }
  return parts.map((part) => part.toWellFormed());
}

function headOf({ at, level, service, traceId }: LogEntry): Record<string, unknown> {
  return {
    ...(at !== undefined && { time: iso(at) }),
    ...(level && { level }),
    ...(service !== undefined && { service }),
    ...(traceId !== undefined && { trace: traceId }),
  };
}

/** What an event says: the whole of it where its status, which its message leaves out, makes it an error. */
function wordsOf(entry: LogEntry): string {
  return isErrorByStatus(entry) && !namesFailure(entry.message) ? entry.raw : entry.message;
}

/** A reader sees another level in the event itself. */
function levelFrom(entry: LogEntry): Record<string, unknown> {
  return isErrorByStatus(entry) ? { level_from: 'HTTP status' } : {};
}

function codeOf({ raw }: LogEntry): string[] {
  return inProjectFrames(raw, FRAMES).map(describeFrame);
}

function describeFrame(frame: StackFrame): string {
  return `${frame.file}${frame.line === undefined ? '' : `:${frame.line}`}${frame.function ? ` ${frame.function}` : ''}`;
}

/** A pattern begins within a second; milliseconds would cost tokens in every row. */
function toSecond(at: number): string {
  return `${iso(at).slice(0, 19)}Z`;
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars).toWellFormed()}…(+${text.length - chars} chars)`;
}
