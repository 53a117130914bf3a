import type { LogQuery } from '#domain/evidence.ts';

import { createLogFilter } from './log-filter.ts';
import type { LogBatch } from './sources.ts';

/** Passes on what the filter keeps, newest first as it comes, and stops after `newest` entries when there is one more. */
export async function* cutAtNewest(batches: AsyncIterable<LogBatch>, query: LogQuery): AsyncGenerator<LogBatch> {
  const accepts = createLogFilter(query);
  const newest = query.newest ?? Number.POSITIVE_INFINITY;
  let read = 0;
  for await (const batch of batches) {
    const accepted = batch.entries.filter((entry) => accepts(entry));
    const truncated = batch.truncated === true || read + accepted.length > newest;
    yield { ...batch, entries: accepted.slice(0, newest - read), ...(truncated && { truncated }) };
    read += accepted.length;
    if (read > newest) return;
  }
}
