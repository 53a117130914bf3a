import type { Counted, LogEntry } from '#domain/evidence.ts';

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

const MAX_SERVICES = 5;

/** The same in the window and in the baseline. */
export class Tally implements Counted {
  current: WindowTally | undefined = undefined;
  baseline: WindowTally | undefined = undefined;

  /** Counts one more event. */
  add(entry: LogEntry, inBaseline: boolean): void {
    if (this.addLater(entry, inBaseline)) return;
    const window = inBaseline ? this.baseline : this.current;
    if (window === undefined) {
      this[inBaseline ? 'baseline' : 'current'] = toWindow(entry);
      return;
    }
    const { at } = entry;
    count(window, entry);
    if (at !== undefined) {
      if (window.first === undefined || at < window.first) window.first = at;
      if (window.last === undefined || at > window.last) window.last = at;
    }
    // Compared as it is kept, so that the choice between equal times does not depend on which came first.
    const sample = toSample(entry);
    if (isEarlier(sample, window.sample)) window.sample = sample;
  }

  addLater(event: Pick<LogEntry, 'at' | 'service'>, inBaseline: boolean): boolean {
    const window = inBaseline ? this.baseline : this.current;
    const { at } = event;
    // The sample is the earliest event.
    if (at === undefined || window?.first === undefined || at <= window.first) return false;
    count(window, event);
    if (window.last === undefined || at > window.last) window.last = at;
    return true;
  }
}

function count(window: WindowTally, { service }: Pick<LogEntry, 'service'>): void {
  window.count++;
  if (service !== undefined && !window.services.includes(service))
    window.services = withServices(window.services, [service]);
}

/** Puts the tallies of two templates together. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  const merged = new Tally();
  merged.current = mergeWindows(a.current, b.current);
  merged.baseline = mergeWindows(a.baseline, b.baseline);
  return merged;
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
