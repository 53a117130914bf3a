/** How many bytes two contents share at their beginning and at their end; no byte counts for both. */
export interface CommonEnds {
  readonly head: number;
  readonly tail: number;
}

/** Bytes that are compared at once, at first. */
const BLOCK = 4096;
const LINE_FEED = 10;

/** One change is looked at by several checks; its contents never change. */
const known = new WeakMap<Uint8Array, { readonly before: Uint8Array; readonly ends: CommonEnds }>();

/** Finds the common ends of two contents, which must not change from then on. */
export function commonEnds(before: Uint8Array, after: Uint8Array): CommonEnds {
  const found = known.get(after);
  if (found?.before === before) return found.ends;
  const ends = findEnds(before, after);
  known.set(after, { before, ends });
  return ends;
}

function findEnds(before: Uint8Array, after: Uint8Array): CommonEnds {
  const [a, b] = [toBuffer(before), toBuffer(after)];
  const most = Math.min(a.length, b.length);
  const head = sharedUpTo(most, (from, to) => a.compare(b, from, to, from, to) === 0);
  const tail = sharedUpTo(
    most - head,
    (from, to) => a.compare(b, b.length - to, b.length - from, a.length - to, a.length - from) === 0,
  );
  return { head, tail };
}

/** How many bytes are the same before the first that is not: block by block, and within the block that differs by halves. */
function sharedUpTo(most: number, isSame: (from: number, to: number) => boolean): number {
  let shared = 0;
  for (let block = BLOCK; block >= 1; block /= 2)
    while (shared + block <= most && isSame(shared, shared + block)) shared += block;
  return shared;
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
