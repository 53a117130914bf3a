import { FixgateError } from '#domain/errors.ts';
import type { TimeWindow } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import { onsetOf } from '#domain/incident.ts';
import { parseInstant } from '#domain/time.ts';

/** What a caller says of time; every part has a default. */
export interface WindowInput {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly baseline: 'previous' | 'day' | 'week' | 'none';
}

/** The window that is asked about, and the one it is compared with. */
export interface Windows {
  readonly current: TimeWindow;
  readonly baseline: TimeWindow | undefined;
  /** What was assumed, for the caller to see. */
  readonly notes: readonly string[];
}

/** Look-back before the onset; the seed's. */
const LOOK_BACK_MS = 2 * 3_600_000;
const DAY_MS = 86_400_000;

/** Without an argument: from the onset until now, against the 2 h before it; without an onset: the last 2 h against the 2 h before. */
export function toWindows(input: WindowInput, incident: Incident, now: number): Windows {
  const notes: string[] = [];
  const read = (text: string) => {
    const { at, note } = parseInstant(text, now);
    if (note !== undefined) notes.push(note);
    return at;
  };
  const until = input.until === undefined ? now : read(input.until);
  const onset = onsetOf(incident);
  const since = input.since === undefined ? Math.min(onset ?? Number.POSITIVE_INFINITY, until - 1) : read(input.since);
  const current = {
    since: Number.isFinite(since) && (input.since !== undefined || onset !== undefined) ? since : until - LOOK_BACK_MS,
    until,
  };
  if (current.since >= current.until) {
    throw new FixgateError('invalid_input', `The window ${iso(current.since)} to ${iso(current.until)} is empty.`, {
      fix: `Use a since before until; it is ${iso(now)} now.`,
    });
  }
  if (current.since > now) notes.push(`The window lies in the future; it is ${iso(now)} now.`);
  return { current, baseline: baselineOf(input, current), notes };
}

/** The window to compare with: as long as the current one, or 2 h before a default window. */
export function baselineOf({ since, baseline }: WindowInput, current: TimeWindow): TimeWindow | undefined {
  const length = since === undefined ? LOOK_BACK_MS : current.until - current.since;
  switch (baseline) {
    case 'none':
      return undefined;
    case 'previous':
      return { since: current.since - length, until: current.since };
    case 'day':
      return shift(current, DAY_MS);
    case 'week':
      return shift(current, 7 * DAY_MS);
  }
}

function shift({ since, until }: TimeWindow, by: number): TimeWindow {
  return { since: since - by, until: until - by };
}

/** A window as callers read it. */
export function toWire({ since, until }: TimeWindow): { since: string; until: string } {
  return { since: iso(since), until: iso(until) };
}

/** ISO 8601 in UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
