import { speaksOfFailure } from '#analysis/focus.ts';
import { isError } from '#analysis/levels.ts';
import type { LogEntry } from '#domain/evidence.ts';

/** Whether an event is one of those that a responder looks at first: an error, or one that speaks of the usual failures. */
export function isInFocus({ level, raw }: Pick<LogEntry, 'level' | 'raw'>): boolean {
  return isError(level) || speaksOfFailure(raw);
}
