/** The newest events, which a line may go on with. */
export interface OpenEvents<E> {
  /** Gives the oldest event when there are more than fit with this one. */
  push(event: E): E | undefined;
  /** The newest event of a writer; without a writer the newest of all. */
  newestOf(writer: string | undefined): E | undefined;
  /** The newest event that passes a test. */
  findLast(test: (event: E) => boolean): E | undefined;
  /** All of them, the oldest first; none is left. */
  takeAll(): readonly E[];
}

/** Makes room for `most` events; each takes the place of the one that began so many events before it. */
export function createOpenEvents<E extends { readonly writer: string | undefined }>(most: number): OpenEvents<E> {
  const ring: E[] = [];
  let pushed = 0;
  /** Of the writers in the ring. */
  const marks = new Int32Array(most);
  return {
    push(event) {
      const place = pushed++ % most;
      const oldest = ring[place];
      ring[place] = event;
      marks[place] = markOf(event.writer);
      return oldest;
    },
    newestOf(writer) {
      if (writer === undefined) return ring[(pushed - 1) % most];
      const mark = markOf(writer);
      for (let back = 1; back <= ring.length; back++) {
        const place = (pushed - back) % most;
        if (marks[place] === mark && ring[place]?.writer === writer) return ring[place];
      }
      return undefined;
    },
    findLast(test) {
      for (let back = 1; back <= ring.length; back++) {
        const event = ring[(pushed - back) % most];
        if (event !== undefined && test(event)) return event;
      }
      return undefined;
    },
    takeAll() {
      const oldest = pushed % most;
      const all = [...ring.slice(oldest), ...ring.slice(0, oldest)];
      ring.length = pushed = 0;
      return all;
    },
  };
}

/** Processes of one program differ in the last characters of their names. */
const MARK_CHARS = 5;

/** The same for the same writer, and mostly not for another one: cheaper to compare than names. */
function markOf(writer = ''): number {
  let mark = writer.length;
  for (let at = Math.max(0, writer.length - MARK_CHARS); at < writer.length; at++)
    mark = Math.imul(mark, 31) + writer.charCodeAt(at);
  return mark | 0;
}
