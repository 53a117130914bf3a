import type { LogEntry } from '#domain/evidence.ts';

import type { Defaults, StoredEvent } from './events.ts';
import { beginsAnew, toEntries, TRACE_GAP_MS } from './events.ts';

/** Joins traces while pages come newest first: the head of a trace may stand in the page after its lines. */
export interface BackwardJoiner {
  /** Takes a page, newest first; answers the entries that are whole and that no later page can precede, newest first. */
  push(page: readonly StoredEvent[]): readonly LogEntry[];
  end(): readonly LogEntry[];
}

/** Lines of one stream that wait for their head; more are no trace. */
const MAX_WAITING = 1_000;

/** Makes a joiner for the streams of one group. */
export function createBackwardJoiner(defaults: Defaults): BackwardJoiner {
  const waiting = new Map<string, readonly StoredEvent[]>();
  let ready: LogEntry[] = [];

  function settle(stream: string, events: readonly StoredEvent[]): void {
    const start = events.findIndex((event, index) => beginsAnew(event, events[index - 1]));
    const from = start === -1 && events.length > MAX_WAITING ? 0 : start;
    ready.push(...(from === -1 ? [] : toEntries(events.slice(from), defaults)));
    const left = from === -1 ? events : events.slice(0, from);
    if (left.length > 0) waiting.set(stream, left);
    else waiting.delete(stream);
  }
  /** All that waits in a stream and can have no line before it any more. */
  function release(until: number): void {
    for (const [stream, events] of waiting) {
      if ((events[0]?.at ?? 0) - TRACE_GAP_MS <= until) continue;
      ready.push(...toEntries(events, defaults));
      waiting.delete(stream);
    }
  }
  function take(from: number): readonly LogEntry[] {
    const taken = ready.filter((entry) => (entry.at ?? 0) >= from);
    ready = ready.filter((entry) => (entry.at ?? 0) < from);
    return taken.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  }

  return {
    push(page) {
      const ascending = page.toReversed();
      for (const [stream, events] of Map.groupBy(ascending, (event) => event.stream))
        settle(stream, [...events.toSorted((a, b) => a.at - b.at), ...(waiting.get(stream) ?? [])]);
      const oldest = ascending[0]?.at;
      if (oldest === undefined) return [];
      release(oldest);
      return take(Math.max(oldest, ...[...waiting.values()].map((events) => events.at(-1)?.at ?? 0)));
    },
    end() {
      release(Number.NEGATIVE_INFINITY);
      return take(Number.NEGATIVE_INFINITY);
    },
  };
}
