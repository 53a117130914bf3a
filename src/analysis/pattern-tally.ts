import type { LogEntry } from '#domain/evidence.ts';

import { isEarlier } from './event-order.ts';
import { toSample } from './sample.ts';

/** What is known of the events of one template in one window. */
export interface WindowTally {
  count: number;
  first: number | undefined;
  last: number | undefined;
  /** At most five, sorted. */
  services: readonly string[];
  /** The earliest event. */
  sample: LogEntry;
}

/** The same in the window and in the baseline; at least one of them is there. */
export interface Tally {
  current?: WindowTally;
  baseline?: WindowTally;
}

const MAX_SERVICES = 5;

/** Begins the tally of a template with its first event. */
export function startTally(entry: LogEntry, inBaseline: boolean): Tally {
  return { [inBaseline ? 'baseline' : 'current']: toWindow(entry) };
}

/** Counts one more event. */
export function addToTally(tally: Tally, entry: LogEntry, inBaseline: boolean): void {
  const window = inBaseline ? tally.baseline : tally.current;
  if (window === undefined) {
    tally[inBaseline ? 'baseline' : 'current'] = toWindow(entry);
    return;
  }
  const { at, service } = entry;
  window.count++;
  // Most events name the service that the one before did; to compare the first is faster than a search.
  if (service !== undefined && service !== window.services[0] && !window.services.includes(service))
    window.services = withServices(window.services, [service]);
  if (at !== undefined) {
    // The sample is the earliest event, and most come after it.
    const isLater = window.first !== undefined && at > window.first;
    if (window.first === undefined || at < window.first) window.first = at;
    if (window.last === undefined || at > window.last) window.last = at;
    if (isLater) return;
  }
  // Compared as it is kept, so that the choice between equal times does not depend on which came first.
  const sample = toSample(entry);
  if (isEarlier(sample, window.sample)) window.sample = sample;
}

/** Puts the tallies of two templates together. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  const current = mergeWindows(a.current, b.current);
  const baseline = mergeWindows(a.baseline, b.baseline);
  return { ...(current && { current }), ...(baseline && { baseline }) };
}

function mergeWindows(a: WindowTally | undefined, b: WindowTally | undefined): WindowTally | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    count: a.count + b.count,
    first: least(a.first, b.first),
    last: b.last === undefined ? a.last : Math.max(a.last ?? b.last, b.last),
    services: withServices(a.services, b.services),
    sample: isEarlier(b.sample, a.sample) ? b.sample : a.sample,
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function toWindow(entry: LogEntry): WindowTally {
  return {
    count: 1,
    first: entry.at,
    last: entry.at,
    services: entry.service === undefined ? [] : [entry.service],
    sample: toSample(entry),
  };
}

function withServices(services: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...services, ...more])].toSorted().slice(0, MAX_SERVICES);
}
