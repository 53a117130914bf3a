/** Work left for one patch, in line comparisons; matching stops when it is spent. */
export interface WorkBudget {
  left: number;
}

/** Where a block of lines stands. */
export interface Occurrences {
  /** 0-based, ascending. */
  readonly starts: readonly number[];
  /** More places exist than were looked at. */
  readonly cutOff: boolean;
}

/** Finds blocks of lines in a file, equal under one key. */
export interface LineIndex {
  find(keys: readonly string[], limit: number): Occurrences;
  /** 0-based lines with this key, at most `limit`. */
  linesWith(key: string, limit: number): readonly number[];
}

/** Lines by key: a number per distinct key, and a chain through the lines that share it. */
interface Chains {
  readonly ids: ReadonlyMap<string, number>;
  readonly idOfLine: Int32Array;
  readonly counts: readonly number[];
  /** Lines with this id, ascending. */
  readonly lines: (id: number) => Generator<number>;
}

/** Indexes lines by key; a search starts from the block's rarest line, so that its cost follows the places worth a look. */
export function createLineIndex(keys: readonly string[], work: WorkBudget): LineIndex {
  const chains = chainLines(keys);
  const countOf = (id: number | undefined) => chains.counts[id ?? 0] ?? 0;

  function equal(block: readonly number[], start: number): boolean {
    for (let i = 0; i < block.length; i += 1) {
      work.left -= 1;
      if (chains.idOfLine[start + i] !== block[i]) return false;
    }
    return true;
  }

  return {
    find(wanted, limit) {
      const block = wanted.map((key) => chains.ids.get(key) ?? -1);
      if (block.length === 0 || block.includes(-1)) return { starts: [], cutOff: false };
      let rare = 0;
      for (let i = 1; i < block.length; i += 1) if (countOf(block[i]) < countOf(block[rare])) rare = i;
      const starts: number[] = [];
      for (const line of chains.lines(block[rare] ?? 0)) {
        work.left -= 1;
        if (starts.length >= limit || work.left < 0) return { starts, cutOff: true };
        const start = line - rare;
        if (start >= 0 && start + block.length <= keys.length && equal(block, start)) starts.push(start);
      }
      return { starts, cutOff: false };
    },
    linesWith(key, limit) {
      const id = chains.ids.get(key);
      return id === undefined ? [] : [...chains.lines(id).take(limit)];
    },
  };
}

function chainLines(keys: readonly string[]): Chains {
  const ids = new Map<string, number>();
  const counts: number[] = [];
  const heads: number[] = [];
  const idOfLine = new Int32Array(keys.length);
  const nextLine = new Int32Array(keys.length);
  for (let line = keys.length - 1; line >= 0; line -= 1) {
    const key = keys[line] as string;
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    idOfLine[line] = id;
    nextLine[line] = heads[id] ?? -1;
    heads[id] = line;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  function* lines(id: number): Generator<number> {
    for (let line = heads[id] ?? -1; line >= 0; line = nextLine[line] ?? -1) yield line;
  }
  return { ids, idOfLine, counts, lines };
}
