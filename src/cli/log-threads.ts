import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

import type { ThreadJob } from '#cli/log-thread.ts';
import type { DigestApart, LogDigest } from '#engine/services/logs/digest.ts';

/** More would take memory that is promised to be small. */
const MAX_THREADS = 2;
/** What V8 keeps of short-lived objects, in megabytes: without a limit it is many times as much, and no faster. */
const YOUNG_MB = 12;
/** A smaller limit also lets V8 grow less before it looks for what is no longer needed. */
const OLD_MB = 128;

/** From the source tree, or built beside the program. */
const ENTRY = path.join(import.meta.dirname, `log-thread${path.extname(import.meta.filename)}`);

/** Makes the reading of log files by threads of their own; a computer with one processor has none to spare. */
export function createLogThreads(secrets: readonly string[]): DigestApart {
  return async (job, signal) => {
    const count = Math.min(MAX_THREADS, availableParallelism(), job.parts.length);
    if (count < 2) return undefined;
    const workerData = { ...job, secrets, taken: new Int32Array(new SharedArrayBuffer(4)) } as ThreadJob;
    const threads = Array.from({ length: count }, () => startThread(workerData));
    try {
      return await Promise.all(threads.map((thread) => digestOf(thread, signal)));
    } catch {
      // Cancelled, or such as out of memory: then the caller reads everything itself.
      return undefined;
    } finally {
      await Promise.all(threads.map((thread) => thread.terminate()));
    }
  };
}

function startThread(workerData: ThreadJob): Worker {
  return new Worker(ENTRY, {
    workerData,
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
  });
}

/** Rejects when the thread ends without an answer, or when nobody waits for it any more. */
async function digestOf(thread: Worker, signal: AbortSignal): Promise<LogDigest> {
  const ended = new AbortController();
  thread.once('exit', () => ended.abort());
  const [digest] = (await once(thread, 'message', { signal: AbortSignal.any([signal, ended.signal]) })) as [LogDigest];
  return digest;
}
