import { Worker } from 'node:worker_threads';

/** A job that has not been heard of for so long is dead. */
export const HEARTBEAT_LIMIT_MS = 30_000;

/** Looks this often within the limit: a computer that sleeps, or a process that is held, loses one of them at most. */
const LOOKS = 30;

const watch = `
const { workerData: { beats, everyMs, looks } } = process.getBuiltinModule('node:worker_threads');
let known = Atomics.load(beats, 0);
for (let silent = 0; silent < looks; silent += 1) {
  if (Atomics.wait(beats, 0, known, everyMs) !== 'timed-out') silent = -1;
  known = Atomics.load(beats, 0);
}
process.kill(process.pid, 'SIGKILL');
`;

/**
 * Ends this process when it does nothing but one thing for longer than the limit. Threat: what hostile tests wrote is read after their
 * run, and no timer of a process that reads without end comes to its turn.
 */
export function endWhenStalled(limitMs = HEARTBEAT_LIMIT_MS): Disposable {
  const everyMs = limitMs / LOOKS;
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(watch, { eval: true, workerData: { beats, everyMs, looks: LOOKS } });
  worker.unref();
  const heart = setInterval(() => {
    Atomics.add(beats, 0, 1);
    Atomics.notify(beats, 0);
  }, everyMs).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(heart);
      void worker.terminate();
    },
  };
}
