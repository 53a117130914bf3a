import type { FinishedSpan, RecordSpan } from '#telemetry/tracing.ts';

/** Where spans go. */
export interface SpanExporter {
  /** Rejects when the spans did not arrive. */
  send(spans: readonly FinishedSpan[]): Promise<void>;
  close(): void;
}

/** The way of spans out of this process: nobody waits for it, and it holds little. */
export interface SpanQueue {
  readonly record: RecordSpan;
  /** Spans that were given up: the queue was full, or they did not arrive. */
  dropped(): number;
  /** Sends what is left, for a bounded time; answers whether it came to its end, so that nothing is under way any more. */
  close(): Promise<boolean>;
}

/** How much is held, and for how long; what is absent is as OpenTelemetry's own. */
export interface QueueLimits {
  readonly spans: number;
  readonly batch: number;
  readonly delayMs: number;
  /** Attempts at one batch. */
  readonly attempts: number;
  /** First pause after a failure; it grows with each. */
  readonly backoffMs: number;
  /**
   * How long the end of the process may wait; half of it where the other end has failed before or is late already, twice as long where
   * it has answered before: that one is there, and only busy.
   */
  readonly closeMs: number;
}

const DEFAULTS: QueueLimits = {
  spans: 2_048,
  batch: 512,
  delayMs: 1_000,
  attempts: 4,
  backoffMs: 2_000,
  closeMs: 1_000,
};

/** How long the end of the process may wait for code of an exporter to be loaded, in milliseconds: that is our own work. */
export const OPEN_MS = 5_000;

interface QueueDeps {
  /** Made with the first spans: until then no code of an exporter is loaded. */
  readonly open: () => Promise<SpanExporter>;
  /** Told once, when the first spans are given up. */
  readonly onDrop: (reason: string) => void;
  /** Told of all spans that are given up. */
  readonly onLost?: (spans: readonly FinishedSpan[]) => void;
  readonly limits?: Partial<QueueLimits>;
}

/** Makes the queue; it keeps no process alive but while it closes. */
export function createSpanQueue({ open, onDrop, onLost, limits }: QueueDeps): SpanQueue {
  const { spans: most, batch, delayMs, attempts, backoffMs, closeMs } = { ...DEFAULTS, ...limits };
  const waiting: FinishedSpan[] = [];
  let exporter: Promise<SpanExporter> | undefined;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let dropped = 0;
  let inHand: readonly FinishedSpan[] = [];
  let askedAt: number | undefined;
  let answered = false;
  let closed = false;
  let over = false;

  function drop(lost: readonly FinishedSpan[], reason: string): void {
    // What was in hand at the end is counted, however it ends.
    if (lost.length === 0 || (over && lost === inHand)) return;
    if (dropped === 0) onDrop(reason);
    dropped += lost.length;
    onLost?.(lost);
  }

  function later(ms: number): void {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      sending ??= sendAll();
    }, ms).unref();
  }

  async function sendAll(): Promise<void> {
    try {
      while (waiting.length > 0 && !(await failed())) {
        // Until nothing waits, or the other end does not take any more.
      }
    } finally {
      sending = undefined;
    }
    if (waiting.length > 0) later(backoffMs * 2 ** Math.max(0, failures - 1));
  }

  /** Sends one batch; after a failure it goes back to the head of the queue, unless it was its last attempt. */
  async function failed(): Promise<boolean> {
    const spans = waiting.splice(0, batch);
    inHand = spans;
    try {
      const { send } = await (exporter ??= open());
      askedAt = performance.now();
      await send(spans);
      failures = 0;
      answered = true;
      return false;
    } catch (error) {
      failures += 1;
      if (closed || failures >= attempts) {
        drop(spans, reasonOf(error));
        failures = closed ? failures : 0;
      } else waiting.unshift(...spans);
      return true;
    } finally {
      inHand = [];
      askedAt = undefined;
    }
  }

  function patience(): number {
    const isLate = askedAt !== undefined && performance.now() - askedAt > closeMs / 2;
    if (failures > 0 || isLate) return closeMs / 2;
    return answered ? closeMs * 2 : closeMs;
  }

  return {
    record(span) {
      if (closed) return drop([span], 'the process ends');
      if (waiting.length >= most) drop(waiting.splice(0, 1), `${most} spans are waiting`);
      waiting.push(span);
      if (waiting.length >= batch && failures === 0) sending ??= sendAll();
      else later(delayMs);
    },
    dropped: () => dropped,
    async close() {
      if (closed) return over;
      closed = true;
      clearTimeout(timer);
      const done = (async () => {
        await sending;
        await sendAll();
      })();
      await within(OPEN_MS, Promise.resolve(exporter));
      const ended = await within(patience(), done);
      drop([...waiting.splice(0), ...inHand], 'the other end did not take them in time');
      over = true;
      exporter?.then((made) => made.close()).catch(() => {});
      return ended;
    },
  };
}

/** Waits for work that may never end, for a bounded time, and for no failure of it; answers whether it ended. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  // This one keeps the process alive: what sends may not.
  const timer = setTimeout(() => resolve(false), ms);
  const done = () => true;
  const ended = await Promise.race([work.then(done, done), promise]);
  clearTimeout(timer);
  return ended;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) || error.name : 'unknown';
}
