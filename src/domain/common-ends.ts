/** How many bytes two contents share at their beginning and at their end; no byte counts for both. */
export interface CommonEnds {
  readonly head: number;
  readonly tail: number;
}

/** Bytes that are compared at once. */
const BLOCK = 4096;
const LINE_FEED = 10;

/** Finds the common ends of two contents. */
export function commonEnds(before: Uint8Array, after: Uint8Array): CommonEnds {
  const [a, b] = [toBuffer(before), toBuffer(after)];
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head + BLOCK <= most && a.compare(b, head, head + BLOCK, head, head + BLOCK) === 0) head += BLOCK;
  while (head < most && a[head] === b[head]) head += 1;
  const [left, right] = [a.subarray(head), b.subarray(head)];
  const rest = most - head;
  let tail = 0;
  const sameBlock = () =>
    left
      .subarray(left.length - tail - BLOCK, left.length - tail)
      .equals(right.subarray(right.length - tail - BLOCK, right.length - tail));
  while (tail + BLOCK <= rest && sameBlock()) tail += BLOCK;
  while (tail < rest && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  return { head, tail };
}

/** The same, cut to whole lines: what lies between them begins and ends where lines do, in both contents. */
export function commonLineEnds(before: Uint8Array, after: Uint8Array): CommonEnds {
  const ends = commonEnds(before, after);
  const content = toBuffer(after);
  const head = ends.head === 0 ? 0 : content.lastIndexOf(LINE_FEED, ends.head - 1) + 1;
  const lineFeed = content.indexOf(LINE_FEED, content.length - ends.tail);
  return { head, tail: lineFeed < 0 ? 0 : content.length - lineFeed - 1 };
}

/** How many line feeds there are. Byte by byte: a search for each of them costs more than the bytes between. */
export function lineFeeds(content: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < content.length; at += 1) if (content[at] === LINE_FEED) count += 1;
  return count;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
