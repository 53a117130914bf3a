import type { LogEntry } from '#domain/evidence.ts';

import type { Reading } from './read-entries.ts';
import { readEntries } from './read-entries.ts';

/** The parts of an `origin`: which file, and where in it. */
export function readOrigin(origin: string): { readonly label: string; readonly at: number } | undefined {
  const match = /^(.+)@(\d{1,15})$/s.exec(origin);
  return match?.[1] === undefined ? undefined : { label: match[1], at: Number(match[2]) };
}

/** The event that begins at a place of a file; undefined when none does. */
export async function findEvent(reading: Reading, at: number): Promise<LogEntry | undefined> {
  if (at >= reading.log.size && reading.log.form === 'plain') return undefined;
  for await (const { entries } of readEntries(reading, { start: at, end: at + 1 })) {
    if (entries[0] !== undefined) return entries[0];
  }
  return undefined;
}
