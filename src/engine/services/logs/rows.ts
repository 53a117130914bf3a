import type { ComparedPattern } from '#analysis/compare-patterns.ts';
import type { ErrorGroup } from '#analysis/log-errors.ts';
import { inProjectFrames } from '#analysis/stack-frames.ts';
import type { LogEntry } from '#domain/evidence.ts';
import { iso } from '#engine/services/time-windows.ts';

/** A pattern beside its baseline, as callers read it. */
export function toPatternRow({
  change,
  count,
  baseCount,
  ratio,
  first,
  last,
  level,
  template,
  sample,
  services,
  id,
}: ComparedPattern): Record<string, unknown> {
  return {
    change: change.toUpperCase(),
    count,
    base: baseCount,
    ...(ratio !== undefined && { ratio: Math.round(ratio * 10) / 10 }),
    ...(level && { level }),
    ...(first !== undefined && { first: iso(first) }),
    ...(last !== undefined && { last: iso(last) }),
    pattern: template,
    code: codeOf(sample),
    sample: sample.message,
    at: sample.origin,
    services,
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
    ...(first !== undefined && { first: iso(first) }),
    ...(last !== undefined && { last: iso(last) }),
    code: frames.map(describeFrame),
    sample: sample.message,
    at: sample.origin,
    id: fingerprint,
  };
}

/** One event, as callers read it. */
export function toLineRow({ at, level, service, raw, origin }: LogEntry): Record<string, unknown> {
  return {
    ...(at !== undefined && { time: iso(at) }),
    ...(level && { level }),
    ...(service !== undefined && { service }),
    text: raw,
    at: origin,
  };
}

function codeOf({ raw }: LogEntry): string[] {
  return inProjectFrames(raw, 3).map(describeFrame);
}

function describeFrame(frame: { readonly file: string; readonly line: number; readonly function?: string }): string {
  return `${frame.file}:${frame.line}${frame.function ? ` ${frame.function}` : ''}`;
}
