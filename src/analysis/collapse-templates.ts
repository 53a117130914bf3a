/** Stands for words that were too many to keep apart. */
const ANY = '<*>';
/** The same while templates are collapsed: no template holds a control character, so what was collapsed before is known again. */
const COLLAPSED = '\u0001';

/** What templates of different groups, such as levels, have counted, by template; groups stay apart. */
export type Groups<G, V> = ReadonlyMap<G, ReadonlyMap<string, V>>;

interface Row<V> {
  readonly words: string[];
  /** The last word that was collapsed; -1 without any. */
  last: number;
  value: V;
}

/** Rows that are alike in all words before `depth`, and how many of them may be left. */
interface Branch<V> {
  readonly rows: readonly Row<V>[];
  readonly depth: number;
  readonly room: number;
}

/**
 * Makes at most `room` templates of many, but at least one for each group and number of words. In the tree of their words, branches share
 * the room evenly, and what one does not need goes to the others. Within a branch that has too little, a word with too many forms becomes
 * `<*>`, and what lay below them is put together with less room.
 *
 * The more templates, the less room each branch has, never more; so nothing is put together that would stay apart with more templates.
 * Therefore doing it in steps, of parts in any order, ends in the same result as doing it once.
 */
export function collapseTemplates<G, V>(
  groups: Groups<G, V>,
  room: number,
  merge: (a: V, b: V) => V,
): Map<G, Map<string, V>> {
  const parts = [...groups].flatMap(([group, templates]) =>
    Array.from(Map.groupBy([...templates].map(toRow), ({ words }) => words.length).values(), (rows) => ({
      group,
      rows,
    })),
  );
  const share = shareOf(
    parts.map(({ rows }) => needOf(rows, 0)),
    room,
  );
  const collapsed = new Map<G, Map<string, V>>([...groups.keys()].map((group) => [group, new Map<string, V>()]));
  for (const { group, rows } of parts)
    for (const { words, value } of collapseBranch({ rows, depth: 0, room: share }, merge))
      collapsed.get(group)?.set(words.join(' '), value);
  return collapsed;
}

/** A collapsed template as others read it. */
export function withStars(template: string): string {
  return template.includes(COLLAPSED) ? template.replaceAll(COLLAPSED, ANY) : template;
}

function toRow<V>([template, value]: readonly [string, V]): Row<V> {
  const words = template.split(' ');
  return { words, last: words.lastIndexOf(COLLAPSED), value };
}

/** Rows of a branch; without end when some below it were collapsed, since then there were more than it had room for. */
function needOf<V>(rows: readonly Row<V>[], depth: number): number {
  return rows.some(({ last }) => last >= depth) ? Number.POSITIVE_INFINITY : rows.length;
}

/** The most that each may have when together they have `room`; at least 1. */
function shareOf(needs: readonly number[], room: number): number {
  let left = room;
  let others = needs.length;
  for (const need of needs.toSorted((a, b) => a - b)) {
    if (need * others > left) return Math.max(1, Math.floor(left / others));
    left -= need;
    others--;
  }
  return Number.POSITIVE_INFINITY;
}

/** Forms that a word may have, and room below it once it has more: their product is never more than the room, and neither falls while it grows. */
function limitsOf(room: number): { readonly forms: number; readonly below: number } {
  const doublings = Math.floor(Math.log2(room));
  return { forms: 2 ** Math.ceil(doublings / 2), below: 2 ** Math.floor(doublings / 2) };
}

function collapseBranch<V>(branch: Branch<V>, merge: (a: V, b: V) => V): readonly Row<V>[] {
  const done: Row<V>[] = [];
  const pending = [branch];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { rows, depth, room } = next;
    if (needOf(rows, depth) <= room) {
      done.push(...rows);
      continue;
    }
    const children = Map.groupBy(rows, ({ words }) => words[depth]);
    const { forms, below } = limitsOf(room);
    if (children.size > forms || children.has(COLLAPSED)) {
      pending.push({ rows: joined(rows, depth, merge), depth: depth + 1, room: below });
      continue;
    }
    const branches = [...children.values()];
    const share = shareOf(
      branches.map((child) => needOf(child, depth + 1)),
      room,
    );
    for (const child of branches) pending.push({ rows: child, depth: depth + 1, room: share });
  }
  return done;
}

/** Takes the word at `depth` out of rows that are alike before it, and puts together those that are alike after it. */
function joined<V>(rows: readonly Row<V>[], depth: number, merge: (a: V, b: V) => V): readonly Row<V>[] {
  const alike = new Map<string, Row<V>>();
  for (const row of rows) {
    row.words[depth] = COLLAPSED;
    row.last = Math.max(row.last, depth);
    const rest = row.words.slice(depth + 1).join(' ');
    const known = alike.get(rest);
    if (known === undefined) alike.set(rest, row);
    else known.value = merge(known.value, row.value);
  }
  return [...alike.values()];
}
