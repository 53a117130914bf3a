/** Where the log goes. A host that closed it or does not read it costs lines: never a call, nor the end of the process. */
export interface Stderr extends Disposable {
  readonly isTerminal: boolean;
  write(line: string): void;
}

/** What may wait for a slow reader, in bytes: of pipes and sockets Node.js keeps what nobody takes. */
const MAX_WAITING = 1_048_576;
/** How long the end of the process waits for a reader. */
const LAST_WAIT_MS = 500;

/** Opens standard error; `onDrop` is told of each line that nobody took. */
export function openStderr(onDrop: () => void): Stderr {
  const stream = process.stderr;
  let broken = false;
  stream.on('error', () => {
    broken = true;
  });
  return {
    isTerminal: stream.isTTY,
    write(line) {
      if (broken || stream.writableLength + line.length > MAX_WAITING) return onDrop();
      stream.write(line);
    },
    [Symbol.dispose]() {
      // Node.js waits for ever until everything is read; this timer alone keeps no process alive.
      if (stream.writableLength > 0) setTimeout(() => process.exit(), LAST_WAIT_MS).unref();
    },
  };
}
