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

/** Searches that walk through the lines, and lines that one of them looks at: more, and the index is worth its making. */
const MAX_WALKS = 8;
const MAX_LOOKS = 64;

/** Finds lines by key; a search starts from the block's rarest line, so that its cost follows the places worth a look. */
export function createLineIndex(keys: readonly string[], work: WorkBudget): LineIndex {
  let made: Chains | undefined;
  let walks = 0;
  const chained = () => (made ??= chainLines(keys));

  return {
    find(wanted, limit) {
      if (wanted.length === 0) return { starts: [], cutOff: false };
      if (!made && walks < MAX_WALKS) {
        walks += 1;
        const walk = { block: wanted, lines: keys, rare: longest(wanted) };
        const looks = linesEqualTo(keys, wanted[walk.rare] ?? '');
        const few = [...looks.take(MAX_LOOKS)];
        if (few.length < MAX_LOOKS) return findFrom(few, walk, { limit, work });
      }
      const chains = chained();
      const block = wanted.map((key) => chains.ids.get(key) ?? -1);
      if (block.includes(-1)) return { starts: [], cutOff: false };
      const countOf = (id: number | undefined) => chains.counts[id ?? 0] ?? 0;
      let rare = 0;
      for (let i = 1; i < block.length; i += 1) if (countOf(block[i]) < countOf(block[rare])) rare = i;
      return findFrom(chains.lines(block[rare] ?? 0), { block, lines: chains.idOfLine, rare }, { limit, work });
    },
    linesWith(key, limit) {
      const chains = chained();
      const id = chains.ids.get(key);
      return id === undefined ? [] : [...chains.lines(id).take(limit)];
    },
  };
}

/** A block of lines and the file that it is looked for in, from the block's line `rare`. */
interface Search<T> {
  readonly block: readonly T[];
  readonly lines: ArrayLike<T>;
  readonly rare: number;
}

/** The places where the block stands, of those where its rare line does. */
function findFrom<T>(
  looks: Iterable<number>,
  { block, lines, rare }: Search<T>,
  { limit, work }: { readonly limit: number; readonly work: WorkBudget },
): Occurrences {
  const equalAt = (start: number) =>
    block.every((line, i) => {
      work.left -= 1;
      return lines[start + i] === line;
    });
  const starts: number[] = [];
  for (const line of looks) {
    work.left -= 1;
    if (starts.length >= limit || work.left < 0) return { starts, cutOff: true };
    const start = line - rare;
    if (start >= 0 && start + block.length <= lines.length && equalAt(start)) starts.push(start);
  }
  return { starts, cutOff: false };
}

/** The line that is least likely to stand in many places. */
function longest(block: readonly string[]): number {
  return block.reduce((best, line, i) => (line.length > (block[best]?.length ?? 0) ? i : best), 0);
}

function* linesEqualTo(keys: readonly string[], key: string): Generator<number> {
  for (let at = keys.indexOf(key); at >= 0; at = keys.indexOf(key, at + 1)) yield at;
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
