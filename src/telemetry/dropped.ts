import type { NewTimelineEvent } from '#domain/timeline.ts';

/** What telemetry gives up rather than wait for its receiver. */
export const droppedKinds = ['spans', 'metrics', 'log_lines'] as const;
export type DroppedKind = (typeof droppedKinds)[number];

/** Counts what was given up until it is put on record. */
export interface Dropped {
  add(what: DroppedKind, count?: number): void;
  /** The event about everything since the last one; undefined when nothing was dropped. */
  takeEvent(): NewTimelineEvent | undefined;
}

/** Makes the count of one process. */
export function createDropped(): Dropped {
  const counts = new Map<DroppedKind, number>();
  return {
    add: (what, count = 1) => void counts.set(what, (counts.get(what) ?? 0) + count),
    takeEvent() {
      if (counts.size === 0) return undefined;
      const data = Object.fromEntries(counts);
      counts.clear();
      const list = Object.entries(data).map(([what, count]) => `${count} ${what.replace('_', ' ')}`);
      return {
        type: 'telemetry.dropped',
        actor: 'server',
        summary: `Not delivered: ${list.join(', ')}`,
        data,
      };
    },
  };
}
