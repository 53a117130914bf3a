/** Bytes of output that are kept when nothing else is said: half of it from the head, half from the tail. */
export const DEFAULT_OUTPUT_CAP_BYTES = 512 * 1024;

/** Takes output of any size in constant memory. */
export interface CappedOutput {
  push(chunk: Buffer): void;
  /** Head and tail, with a line between them that says how many bytes were left out. */
  text(): string;
  truncated(): boolean;
}

/** Collects output, keeping the first and the last `capBytes / 2` bytes. */
export function createCappedOutput(capBytes: number = DEFAULT_OUTPUT_CAP_BYTES): CappedOutput {
  const half = Math.floor(capBytes / 2);
  const head: Buffer[] = [];
  let tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let totalBytes = 0;
  const pushTail = (chunk: Buffer) => {
    tail.push(chunk);
    tailBytes += chunk.length;
    // Compacting only at twice the size keeps the cost of a chunk constant.
    if (tailBytes <= 2 * half) return;
    tail = [lastBytes(tail, half)];
    tailBytes = half;
  };
  return {
    push(chunk) {
      totalBytes += chunk.length;
      const room = Math.max(0, half - headBytes);
      // Copies, because a slice would keep the whole pooled buffer alive.
      if (room > 0) head.push(Buffer.from(chunk.subarray(0, room)));
      headBytes += Math.min(room, chunk.length);
      if (chunk.length > room) pushTail(Buffer.from(chunk.subarray(room)));
    },
    text() {
      const end = lastBytes(tail, half);
      const omitted = totalBytes - headBytes - end.length;
      if (omitted <= 0) return Buffer.concat([...head, end]).toString('utf8');
      return `${Buffer.concat(head).toString('utf8')}\n[… ${omitted} bytes of output left out …]\n${end.toString('utf8')}`;
    },
    truncated: () => totalBytes > 2 * half,
  };
}

function lastBytes(chunks: readonly Buffer[], count: number): Buffer {
  const all = Buffer.concat(chunks);
  return all.length <= count ? all : Buffer.from(all.subarray(all.length - count));
}
