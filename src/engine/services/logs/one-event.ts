import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import type { LogSource } from '#providers/sources.ts';

/** Finds one event by its address; throws `not_found` when the source does not hold it any more. */
export async function findEvent(
  source: LogSource,
  { origin, query }: { readonly origin: string; readonly query: LogQuery },
  signal: AbortSignal,
): Promise<LogEntry> {
  const found = source.event ? await source.event(origin, signal) : await scan(source, { origin, query }, signal);
  if (found) return found;
  throw new FixgateError('not_found', `The source holds no event ${JSON.stringify(origin.slice(0, 200))}.`, {
    fix: 'Use the `at` of a row as it is, with the same source; an old event may be past its retention.',
  });
}

async function scan(
  source: LogSource,
  { origin, query }: { readonly origin: string; readonly query: LogQuery },
  signal: AbortSignal,
): Promise<LogEntry | undefined> {
  for await (const { entries } of source.read({ window: query.window }, signal)) {
    const found = entries.find((entry) => entry.origin === origin);
    if (found) return found;
  }
  return undefined;
}
