import { expect, it } from 'vitest';

import type { TimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { createTimelineReader } from '#state/timeline-reader.ts';

/** A chain in memory, and how many events were read of it. */
function chainOf(hashes: string[]) {
  const read = { events: 0 };
  const rowOf = (hash: string, index: number) => ({ chain: 'PD-1', seq: index + 1, body: '{}', prev_hash: '', hash });
  const tx = {
    get: (_sql: string, _chain: string, seq: number) => {
      const hash = hashes[seq - 1];
      return hash === undefined ? undefined : { hash };
    },
    all: (_sql: string, _chain: string, after: number) => {
      const rows = hashes.map(rowOf).slice(after);
      read.events += rows.length;
      return rows.map((row) => ({ ...row, body: JSON.stringify({ seq: row.seq }) }));
    },
  } as unknown as Transaction;
  return { tx, read, hashes };
}

it('reads each event once, and what another process added since [state:timeline:once]', () => {
  const { tx, read, hashes } = chainOf(['a', 'b']);
  const { read: timeline } = createTimelineReader();
  const first = timeline(tx, 'PD-1');
  hashes.push('c');
  const second = timeline(tx, 'PD-1');
  timeline(tx, 'PD-1');

  expect([first, second].map((events) => events.map(({ hash }) => hash))).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
  ]);
  expect(read.events).toBe(3);
});

it('does not read what this process wrote and what follows on what it knows [state:timeline:once]', () => {
  const { tx, read, hashes } = chainOf(['a', 'b']);
  const { read: timeline, learn } = createTimelineReader();
  const written = (hash: string, prevHash: string) =>
    learn({ chain: 'PD-1', seq: hashes.push(hash), hash, prevHash } as unknown as TimelineEvent);
  written('of a chain that nobody has read', 'b');
  timeline(tx, 'PD-1');
  expect(read.events).toBe(3);

  written('d', 'of a chain that nobody has read');
  expect(timeline(tx, 'PD-1').map(({ hash }) => hash)).toEqual(hashes);
  expect(read.events).toBe(3);

  // Another process wrote in between.
  hashes.push('e');
  written('f', 'e');
  expect(timeline(tx, 'PD-1').map(({ hash }) => hash)).toEqual(hashes);
  expect(read.events).toBe(5);
});

it.each([
  ['was replaced', ['a', 'other']],
  ['is gone', ['a']],
  ['is gone with all before it', []],
])('reads anew when the last event %s', (_, now) => {
  const { tx, hashes } = chainOf(['a', 'b']);
  const { read: timeline } = createTimelineReader();
  timeline(tx, 'PD-1');
  hashes.splice(0, hashes.length, ...now);
  expect(timeline(tx, 'PD-1').map(({ hash }) => hash)).toEqual(now);
});

it('keeps a bounded number of events', () => {
  const long = chainOf(Array.from({ length: 15_000 }, (_, n) => String(n)));
  const { read: timeline } = createTimelineReader();
  for (const chain of ['PD-1', 'PD-2', 'PD-1']) timeline(long.tx, chain);
  expect(long.read.events).toBe(45_000);
  timeline(long.tx, 'PD-1');
  expect(long.read.events).toBe(45_000);
});
