import type { TimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { hashOfEvent, readTimeline } from '#state/timeline-log.ts';

/** Events that one process keeps read; a chain that alone has more is read anew each time. */
const MAX_KEPT = 20_000;

/** Reads chains for one process. */
export interface TimelineReader {
  /** The events of a chain, oldest first. */
  read(tx: Transaction, chain: string): readonly TimelineEvent[];
  /** Takes in an event that this process wrote, once it is kept, so that it is not read at all. */
  learn(event: TimelineEvent): void;
}

/**
 * Makes the reader of chains of one process. Events never change, so each is read once; that the last one is still what it was is
 * looked at each time. Whoever wants to know whether the records were tampered with verifies them, which keeps nothing.
 */
export function createTimelineReader(): TimelineReader {
  const kept = new Map<string, readonly TimelineEvent[]>();

  function keep(chain: string, events: readonly TimelineEvent[]): void {
    kept.delete(chain);
    if (events.length > MAX_KEPT) return;
    kept.set(chain, events);
    let count = [...kept.values()].reduce((sum, each) => sum + each.length, 0);
    for (const [other, { length }] of kept) {
      if (count <= MAX_KEPT) return;
      kept.delete(other);
      count -= length;
    }
  }

  return {
    read(tx, chain) {
      const known = kept.get(chain) ?? [];
      const last = known.at(-1);
      const stands = last === undefined || hashOfEvent(tx, chain, last.seq) === last.hash;
      const before = stands ? known : [];
      const later = readTimeline(tx, chain, before.at(-1)?.seq ?? 0);
      if (stands && later.length === 0) return known;
      const events = [...before, ...later];
      keep(chain, events);
      return events;
    },
    learn(event) {
      const known = kept.get(event.chain);
      if (known?.at(-1)?.hash === event.prevHash) keep(event.chain, [...known, event]);
    },
  };
}
