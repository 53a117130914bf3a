import { parentPort, workerData } from 'node:worker_threads';

import { createRedactor } from '#engine/redact.ts';
import type { DigestJob } from '#engine/services/logs/digest.ts';
import { createDigest } from '#engine/services/logs/digest.ts';
import type { FilePart } from '#providers/files/parts.ts';
import { readPart } from '#providers/files/parts.ts';

/** What one of several threads works on: they take parts in turn, so that a slow one holds nobody up. */
export interface ThreadJob extends DigestJob {
  readonly parts: readonly FilePart[];
  readonly secrets: readonly string[];
  /** How many parts were taken by all of them. */
  readonly taken: Int32Array<SharedArrayBuffer>;
}

const job = workerData as ThreadJob;
const digest = createDigest(job, createRedactor(job.secrets));
// Whoever began this thread ends it when nobody waits any more.
const { signal } = new AbortController();
for (let part = next(); part !== undefined; part = next())
  for await (const batch of readPart(part, signal)) digest.add(batch);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
parentPort?.postMessage(digest.value());

function next(): FilePart | undefined {
  return job.parts[Atomics.add(job.taken, 0, 1)];
}
