import type { FilterLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, TimeWindow } from '#domain/evidence.ts';

import type { Asking } from './asking.ts';
import { createBackwardJoiner } from './backward-joiner.ts';
import type { Defaults, StoredEvent } from './events.ts';
import { named } from './groups.ts';

/** What is read of one group. */
export interface GroupReading {
  readonly group: string;
  readonly window: TimeWindow;
  readonly pattern?: string | undefined;
  readonly stream?: string | undefined;
}

/** Entries, newest first, and the bytes of the events they were made of. */
export interface GroupBatch {
  readonly entries: readonly LogEntry[];
  readonly scannedBytes: number;
}

/** The service reads backwards only windows that begin at this time or later. */
const BACKWARD_SINCE = Date.UTC(2024, 0, 1);
const PERMISSION = { permission: 'logs:FilterLogEvents' };

/** Streams the entries of a group, the newest first. */
export async function* readGroup(
  asking: Asking,
  reading: GroupReading,
  defaults: Defaults,
): AsyncGenerator<GroupBatch> {
  const joiner = createBackwardJoiner(defaults);
  if (reading.window.since >= BACKWARD_SINCE) {
    for await (const page of eventPages(asking, reading, { backward: true })) {
      yield { entries: joiner.push(page), scannedBytes: bytesOf(page) };
    }
  } else {
    const all: StoredEvent[] = [];
    for await (const page of eventPages(asking, reading, { backward: false })) {
      yield { entries: [], scannedBytes: bytesOf(page) };
      all.push(...page);
    }
    yield { entries: joiner.push(all.toReversed()), scannedBytes: 0 };
  }
  yield { entries: joiner.end(), scannedBytes: 0 };
}

/** Pages of events; a page may be empty and still not be the last. */
export async function* eventPages(
  { ask, client }: Asking,
  { group, window, pattern, stream }: GroupReading,
  { backward }: { readonly backward: boolean },
): AsyncGenerator<readonly StoredEvent[]> {
  let nextToken: string | undefined;
  const seen = new Set<string>();
  do {
    const input: FilterLogEventsRequest = {
      ...named(group),
      startTime: window.since,
      // The end of the service's range is included.
      endTime: window.until - 1,
      ...(backward && { startFromHead: false }),
      ...(pattern !== undefined && { filterPattern: pattern }),
      ...(stream !== undefined && { logStreamNames: [stream] }),
      ...(nextToken !== undefined && { nextToken }),
    };
    const { events = [], nextToken: next } = await ask(PERMISSION, (signal) => client.filterEvents(input, signal));
    yield events.map(({ logStreamName = '', timestamp = 0, message = '' }) => ({
      group,
      stream: logStreamName,
      at: timestamp,
      message,
    }));
    if (next !== undefined && seen.has(next)) throw inCircles(group);
    seen.add(next ?? '');
    nextToken = next;
  } while (nextToken !== undefined);
}

function bytesOf(page: readonly StoredEvent[]): number {
  return page.reduce((sum, { message }) => sum + message.length, 0);
}

function inCircles(group: string): FixgateError {
  return new FixgateError('provider_unavailable', `A page of ${group.slice(0, 300)} leads back to an earlier one.`, {
    fix: 'Try again in 30 s, or ask for a shorter window.',
  });
}
