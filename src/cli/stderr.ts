/** Where the log goes. A host that closed it or does not read it costs lines: never a call, nor the end of the process. */
export interface Stderr extends Disposable {
  readonly isTerminal: boolean;
  write(line: string): void;
  /** The same within the same bound; answers whether the line was taken, and leaves the counting to the caller. */
  offer(line: string): boolean;
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
  const offer = (line: string) => {
    if (broken || stream.writableLength + line.length > MAX_WAITING) return false;
    stream.write(line);
    return true;
  };
  return {
    isTerminal: stream.isTTY,
    offer,
    write(line) {
      if (!offer(line)) onDrop();
    },
    [Symbol.dispose]() {
      // Node.js waits for ever until everything is read; this timer alone keeps no process alive.
      if (stream.writableLength > 0) setTimeout(() => process.exit(), LAST_WAIT_MS).unref();
    },
  };
}

/** Ends a process that is done and held by nothing but a request that nobody answers; what it printed is read before. */
export function endWithoutAnswer(): void {
  setInterval(() => {
    if (process.stdout.writableLength === 0) process.exit();
  }, 20).unref();
}
