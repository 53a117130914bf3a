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
  /** Sends what is left, for a bounded time. */
  close(): Promise<void>;
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
  /** How long the end of the process may wait. */
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
  let closed = false;

  function drop(lost: readonly FinishedSpan[], reason: string): void {
    if (lost.length === 0) return;
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
      await (await (exporter ??= open())).send(spans);
      failures = 0;
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
    }
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
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const done = (async () => {
        await sending;
        await sendAll();
      })();
      await within(closeMs, done);
      drop([...waiting.splice(0), ...inHand], 'the other end did not take them in time');
      exporter?.then((made) => made.close()).catch(() => {});
    },
  };
}

/** Waits for work that may never end, for a bounded time, and for no failure of it. */
export async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // This one keeps the process alive: what sends may not.
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(() => {}), promise]);
  clearTimeout(timer);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) || error.name : 'unknown';
}
