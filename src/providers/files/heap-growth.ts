import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Watches how much room V8 has for objects that live shortly, while much is read. */
export interface HeapGrowth extends Disposable {
  /** To be told of what was read, in bytes. */
  add(bytes: number): void;
}

/** So much room is enough: with more, V8 collects no less, and takes up to 100 MB for what is garbage already. */
const ENOUGH_BYTES = 16 * 1024 * 1024;
/** Bytes that are read between two looks. */
const LOOK_BYTES = 1024 * 1024;
/** By which V8 makes its room larger when much of it was in use. */
const USUAL_FACTOR = 2;

/** Of this process, as the room is: calls may read side by side. */
const stopped = new Set<HeapGrowth>();

/** Lets the room grow until there is enough; when all that were watched are done, it may grow again. */
export function watchHeapGrowth(): HeapGrowth {
  let unseen = 0;
  const growth: HeapGrowth = {
    add(bytes) {
      unseen += bytes;
      if (unseen < LOOK_BYTES || stopped.has(growth)) return;
      unseen = 0;
      const room = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
      if (room < ENOUGH_BYTES) return;
      stopped.add(growth);
      setFactor(1);
    },
    [Symbol.dispose]() {
      if (stopped.delete(growth) && stopped.size === 0) setFactor(USUAL_FACTOR);
    },
  };
  return growth;
}

/** V8 looks at it each time; the largest size itself can only be set before it starts. */
function setFactor(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
