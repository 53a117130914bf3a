import type { LogEntry } from '#domain/evidence.ts';

/** Time first; the text decides between equal times, so that the choice is always the same. */
export function isEarlier(a: LogEntry, b: LogEntry): boolean {
  const [atA, atB] = [a.at ?? Number.POSITIVE_INFINITY, b.at ?? Number.POSITIVE_INFINITY];
  if (atA !== atB) return atA < atB;
  return a.raw === b.raw ? a.origin < b.origin : a.raw < b.raw;
}
