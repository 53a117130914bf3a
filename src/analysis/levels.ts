import type { LogLevel } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

/** 0 (trace) to 6 (fatal); an event without a level ranks between info and warn. */
export function urgencyOf(level: LogLevel | undefined): number {
  if (level === undefined) return 3;
  const index = logLevels.indexOf(level);
  return index < 3 ? index : index + 1;
}

/** True for error and fatal. */
export function isError(level: LogLevel | undefined): boolean {
  return level === 'error' || level === 'fatal';
}
