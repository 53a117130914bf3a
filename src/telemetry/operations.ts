import { OPEN_MS, within } from '#telemetry/span-queue.ts';

/** One request that was served, or one session that ended. No attribute has unbounded values: no incident, no address. */
export interface Operation {
  /** A request when absent. */
  readonly of?: 'session';
  readonly seconds: number;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Where operations are counted. */
export interface OperationSink {
  observe(operation: Operation): void;
  close(): Promise<void>;
}

/** The way of metrics out of this process. */
export interface OperationMetrics {
  observe(operation: Operation): void;
  /** Sends what is left, for a bounded time; answers whether it came to its end. */
  close(): Promise<boolean>;
}

interface OperationDeps {
  /** Made with the first operation: until then no code of an exporter is loaded. */
  readonly open: (onFailure: (reason: string) => void) => Promise<OperationSink>;
  /** Told once, when the first export did not arrive. */
  readonly onDrop: (reason: string) => void;
  /** Told of each export that did not arrive. */
  readonly onLost: () => void;
}

/** Milliseconds that the end of the process may wait, and where an export has failed before. */
const [CLOSE_MS, DOUBTFUL_CLOSE_MS] = [1_000, 500];

/** Makes the way of metrics out of this process; nobody waits for it. */
export function createOperationMetrics({ open, onDrop, onLost }: OperationDeps): OperationMetrics {
  let sink: Promise<OperationSink | undefined> | undefined;
  let told = false;
  const fail = (reason: string) => {
    if (!told) onDrop(reason);
    told = true;
    onLost();
  };
  const opened = () =>
    open(fail).catch((error: unknown) => {
      fail(error instanceof Error ? error.message : 'it cannot be opened');
      return undefined;
    });
  return {
    observe: (operation) => void (sink ??= opened()).then((made) => made?.observe(operation)),
    async close() {
      await within(OPEN_MS, Promise.resolve(sink));
      const closing = Promise.resolve(sink?.then((made) => made?.close()));
      const ended = await within(told ? DOUBTFUL_CLOSE_MS : CLOSE_MS, closing);
      if (!ended) fail('the other end did not take them in time');
      return ended;
    },
  };
}
