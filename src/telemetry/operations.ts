import { within } from '#telemetry/span-queue.ts';

/** One request that was served. No attribute has unbounded values: no incident, no address. */
export interface Operation {
  readonly seconds: number;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Where operations are counted. */
export interface OperationSink {
  observe(operation: Operation): void;
  close(): Promise<void>;
}

/** The operations of one process on their way out; nobody waits for it. */
export interface OperationMetrics extends OperationSink {
  /** Exports that did not arrive. */
  dropped(): number;
}

interface OperationDeps {
  /** Made with the first operation: until then no code of an exporter is loaded. */
  readonly open: (onFailure: (reason: string) => void) => Promise<OperationSink>;
  /** Told once, when the first export did not arrive. */
  readonly onDrop: (reason: string) => void;
}

/** Milliseconds that the end of the process may wait. */
const CLOSE_MS = 1_000;

/** Makes the way of metrics out of this process. */
export function createOperationMetrics({ open, onDrop }: OperationDeps): OperationMetrics {
  let sink: Promise<OperationSink | undefined> | undefined;
  let dropped = 0;
  const fail = (reason: string) => {
    if (dropped === 0) onDrop(reason);
    dropped += 1;
  };
  const opened = () =>
    open(fail).catch((error: unknown) => {
      fail(error instanceof Error ? error.message : 'it cannot be opened');
      return undefined;
    });
  return {
    observe: (operation) => void (sink ??= opened()).then((made) => made?.observe(operation)),
    dropped: () => dropped,
    async close() {
      await within(CLOSE_MS, Promise.resolve(sink?.then((made) => made?.close())));
    },
  };
}
