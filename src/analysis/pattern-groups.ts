import type { LogEntry, LogLevel } from '#domain/evidence.ts';

import { errorCodeOf } from './error-code.ts';
import { createErrorPlaces } from './error-place.ts';
import { isError } from './levels.ts';

/** What events have in common besides their words. */
export interface PatternGroup {
  readonly level: LogLevel | undefined;
  /** Where the error of their traces comes from. */
  readonly place: string | undefined;
  /** The code that errors name. */
  readonly code: string | undefined;
}

/** Tells the group of each event; the same group is the same object. */
export interface PatternGroups {
  of(entry: LogEntry, template: string): PatternGroup;
  /** Where a group belongs when all events are known: with too many places or codes these tell nothing apart. */
  settled(group: PatternGroup): PatternGroup;
}

/** Places and codes that are kept apart; with more of them none is. */
const [MAX_PLACES, MAX_CODES] = [1_000, 100];

/** Makes the groups of one count. */
export function createPatternGroups(): PatternGroups {
  const placeOf = createErrorPlaces();
  const places = new Set<string>();
  const codes = new Set<string>();
  /** By place and code, then by level. */
  const known = new Map<string, Map<LogLevel | undefined, PatternGroup>>();

  function groupOf(level: LogLevel | undefined, place: string | undefined, code: string | undefined): PatternGroup {
    const origin = place === undefined && code === undefined ? '' : `${place ?? ''}\n${code ?? ''}`;
    let ofOrigin = known.get(origin);
    if (ofOrigin === undefined) known.set(origin, (ofOrigin = new Map()));
    let group = ofOrigin.get(level);
    if (group === undefined) ofOrigin.set(level, (group = { level, place, code }));
    return group;
  }

  return {
    of(entry, template) {
      const place = places.size > MAX_PLACES ? undefined : placeOf(entry, template);
      const code = codes.size > MAX_CODES || !isError(entry.level) ? undefined : errorCodeOf(entry.raw);
      if (place !== undefined) places.add(place);
      if (code !== undefined) codes.add(code);
      return groupOf(entry.level, place, code);
    },
    settled: ({ level, place, code }) =>
      groupOf(level, places.size > MAX_PLACES ? undefined : place, codes.size > MAX_CODES ? undefined : code),
  };
}
