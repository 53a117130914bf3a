const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first SIGTERM or SIGINT, as an abort; the second ends the process as if nobody listened. */
export interface StopSignals extends Disposable {
  readonly signal: AbortSignal;
}

/** Listens for the signals that ask whoever makes calls to finish. */
export function listenForStopSignals(): StopSignals {
  const controller = new AbortController();
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, stop);
  };
  const stop = (): void => {
    // Not yet: what ends the children of this process (signal-exit of execa) ends it too where nobody else listens any more.
    setImmediate(release);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return { signal: controller.signal, [Symbol.dispose]: release };
}
