import { FixgateError } from '#domain/errors.ts';

import type { LogBatch } from './sources.ts';

/** Passes batches on; a vendor that fails after it gave entries makes the answer incomplete, not worthless. */
export async function* partialAfterFirst(
  title: string,
  batches: AsyncIterable<LogBatch>,
  signal: AbortSignal,
): AsyncGenerator<LogBatch> {
  let given = 0;
  try {
    for await (const batch of batches) {
      given += batch.entries.length;
      yield batch;
    }
  } catch (error) {
    if (given === 0 || signal.aborted || !(error instanceof FixgateError)) throw error;
    const warning = `${title} failed after ${given} entries, older ones are missing: ${error.message}`;
    yield { entries: [], scannedBytes: 0, warnings: [warning], truncated: true };
  }
}
