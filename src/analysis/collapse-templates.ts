/** Stands for words that were too many to keep apart. */
const ANY = '<*>';

interface Worded<V> {
  readonly words: string[];
  readonly value: V;
}

/**
 * Makes fewer templates of many: in the tree of their words, a branch with more than `most` children gets a single one, `<*>`, and what
 * lay below them is put together. Templates of different lengths stay apart. Doing it in steps, with more templates each time and `most`
 * never rising, ends in the same result as doing it once.
 */
export function collapseTemplates<V>(
  templates: ReadonlyMap<string, V>,
  most: number,
  merge: (a: V, b: V) => V,
): Map<string, V> {
  const byLength = new Map<number, Worded<V>[]>();
  for (const [template, value] of templates) {
    const words = template.split(' ');
    const same = byLength.get(words.length);
    if (same === undefined) byLength.set(words.length, [{ words, value }]);
    else same.push({ words, value });
  }
  const collapsed = new Map<string, V>();
  for (const [length, rows] of byLength) {
    collapseFrom(rows, { depth: 0, length, most });
    for (const { words, value } of rows) {
      const template = words.join(' ');
      const known = collapsed.get(template);
      collapsed.set(template, known === undefined ? value : merge(known, value));
    }
  }
  return collapsed;
}

interface Branch {
  readonly depth: number;
  readonly length: number;
  readonly most: number;
}

/** Changes the words of rows that are alike before `depth`. */
function collapseFrom<V>(rows: readonly Worded<V>[], { depth, length, most }: Branch): void {
  const pending = [{ rows, depth }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { depth: at } = next;
    if (at >= length || next.rows.length < 2) continue;
    const children = new Map<string, Worded<V>[]>();
    for (const row of next.rows) {
      const word = row.words[at] ?? '';
      const child = children.get(word);
      if (child === undefined) children.set(word, [row]);
      else child.push(row);
    }
    if (children.size <= most && !(children.size > 1 && children.has(ANY))) {
      for (const child of children.values()) pending.push({ rows: child, depth: at + 1 });
      continue;
    }
    for (const row of next.rows) row.words[at] = ANY;
    pending.push({ rows: next.rows, depth: at + 1 });
  }
}
