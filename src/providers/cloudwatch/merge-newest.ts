import type { LogEntry } from '#domain/evidence.ts';

import type { GroupBatch } from './read-group.ts';

interface Lane {
  readonly batches: AsyncGenerator<GroupBatch>;
  entries: LogEntry[];
  ended: boolean;
}

/** Merges groups that each come newest first into one such stream; they are read side by side. */
export async function* mergeNewest(groups: readonly AsyncGenerator<GroupBatch>[]): AsyncGenerator<GroupBatch> {
  const lanes: Lane[] = groups.map((batches) => ({ batches, entries: [], ended: false }));
  try {
    while (lanes.some(({ ended }) => !ended)) {
      const waiting = lanes.filter((lane) => !lane.ended && lane.entries.length === 0);
      const bytes = await Promise.all(waiting.map(fill));
      yield { entries: drain(lanes), scannedBytes: bytes.reduce((sum, more) => sum + more, 0) };
    }
  } finally {
    await Promise.allSettled(lanes.map(({ batches }) => batches.return(undefined)));
  }
}

async function fill(lane: Lane): Promise<number> {
  const next = await lane.batches.next();
  if (next.done === true) {
    lane.ended = true;
    return 0;
  }
  lane.entries.push(...next.value.entries);
  return next.value.scannedBytes;
}

/** Takes entries as long as no group that may hold a newer one is unknown. */
function drain(lanes: readonly Lane[]): LogEntry[] {
  const taken: LogEntry[] = [];
  const positions = lanes.map(() => 0);
  for (;;) {
    const unknown = lanes.some((lane, index) => !lane.ended && (positions[index] ?? 0) >= lane.entries.length);
    const heads = lanes.map((lane, index) => lane.entries[positions[index] ?? 0]?.at ?? Number.NEGATIVE_INFINITY);
    const newest = heads.indexOf(Math.max(...heads));
    const entry = lanes[newest]?.entries[positions[newest] ?? 0];
    if (unknown || entry === undefined) break;
    taken.push(entry);
    positions[newest] = (positions[newest] ?? 0) + 1;
  }
  for (const [index, lane] of lanes.entries()) lane.entries = lane.entries.slice(positions[index]);
  return taken;
}
