/**
 * Counts by key in bounded memory, the same whatever the order of arrival: it keeps the keys that come first in `order`,
 * and a key among those kept at the end was never dropped before, so its value is complete.
 */
export interface BoundedTable<V> {
  /** Adds to the value of a key; `order` must be the same for the same key and different for others. */
  add(key: string, order: () => string, merge: (value: V | undefined) => V): void;
  /** Kept values, first in order first. */
  values(): readonly V[];
  /** True when some keys were dropped. */
  isPartial(): boolean;
}

interface Row<V> {
  readonly order: string;
  value: V;
}

/** Makes a table that keeps `limit` keys; it holds at most twice as many for a while. */
export function createBoundedTable<V>(limit: number): BoundedTable<V> {
  let rows = new Map<string, Row<V>>();
  let partial = false;
  const sorted = () => [...rows].toSorted(([, a], [, b]) => (a.order < b.order ? -1 : 1));
  const prune = () => {
    if (rows.size <= limit) return;
    rows = new Map(sorted().slice(0, limit));
    partial = true;
  };
  return {
    add(key, order, merge) {
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { order: order(), value: merge(undefined) });
      else row.value = merge(row.value);
      if (rows.size > limit * 2) prune();
    },
    values() {
      prune();
      return sorted().map(([, { value }]) => value);
    },
    isPartial() {
      prune();
      return partial;
    },
  };
}
