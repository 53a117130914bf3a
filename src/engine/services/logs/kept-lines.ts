import { isEarlier } from '#analysis/event-order.ts';
import type { LogEntry } from '#domain/evidence.ts';
import { isInFocus } from '#engine/services/logs/focus.ts';

/** Bytes of the events that are kept for humans: what a client can read as one resource. */
const MAX_BYTES = 262_144;
/** Characters of one kept event; its own address leads to the whole. */
const MAX_EVENT_CHARS = 8_192;

/** Collects events for a human to read after an agent got the digest: the failures first from the beginning, then the rest. */
export interface KeptLines {
  add(entry: LogEntry): void;
  /** In order of time, one event after the other; undefined without any. */
  text(): string | undefined;
  /** The earliest events of each kind, failures first. */
  entries(): readonly LogEntry[];
}

/** Makes a collection of at most `maxEvents` events of each kind, whatever their order. */
export function createKeptLines(maxEvents = 1_000): KeptLines {
  const failures = createEarliest(maxEvents);
  const others = createEarliest(maxEvents);
  const all = () => [...failures.entries(), ...others.entries()];
  return {
    entries: all,
    add(entry) {
      // Most events of a long read come after all that is kept; then it does not matter of which kind they are.
      if (failures.isTooLate(entry) && others.isTooLate(entry)) return;
      (isInFocus(entry) ? failures : others).add(entry);
    },
    text() {
      const kept: LogEntry[] = [];
      let bytes = 0;
      for (const entry of all()) {
        bytes += Buffer.byteLength(lineOf(entry)) + 1;
        if (bytes > MAX_BYTES) break;
        kept.push(entry);
      }
      return kept.length === 0 ? undefined : kept.toSorted(byTime).map(lineOf).join('\n');
    },
  };
}

function createEarliest(limit: number) {
  let kept: LogEntry[] = [];
  /** The latest that can still be kept. */
  let last: LogEntry | undefined;
  const earliest = () => kept.toSorted(byTime).slice(0, limit);
  const isTooLate = (entry: LogEntry) => last !== undefined && !isEarlier(entry, last);
  return {
    isTooLate,
    add(entry: LogEntry) {
      if (isTooLate(entry)) return;
      kept.push(entry);
      if (kept.length < limit * 2) return;
      kept = earliest();
      last = kept.at(-1);
    },
    entries: earliest,
  };
}

function byTime(a: LogEntry, b: LogEntry): number {
  return isEarlier(a, b) ? -1 : 1;
}

function lineOf({ raw, origin }: LogEntry): string {
  return `${raw.slice(0, MAX_EVENT_CHARS).toWellFormed()}  [${origin}]`;
}
