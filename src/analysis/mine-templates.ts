import { joinLeadingValues } from './leading-values.ts';
import { maskMessage } from './mask.ts';
import { findStars } from './stars.ts';
import type { KeyedWord } from './template-key.ts';
import { keyWords } from './template-key.ts';
import { widenPairs } from './variable-pairs.ts';
import { findVariable, namedPlaces } from './variable-words.ts';

/** Rounds in which a place that was found to vary may show another one. */
const MAX_ROUNDS = 4;

interface Row {
  readonly words: readonly KeyedWord[];
  keys: readonly string[];
}

/**
 * Finds which masked templates are the same statement: those that differ only in a word that varies. Gives the template of the
 * statement for each, in the same order. It looks at the set as a whole, so the order does not matter.
 */
export function mineTemplates(templates: readonly string[]): readonly string[] {
  const rows = joinLeadingValues(templates.map((template) => keyWords(template))).map((words): Row => ({
    words,
    keys: words.map(({ key }) => key),
  }));
  widenNamed(rows);
  for (let round = 0; round < MAX_ROUNDS && widen(rows); round++);
  const pairs = widenPairs(differentKeys(rows));
  for (const row of rows) row.keys = pairs.get(row.keys.join(' ')) ?? row.keys;
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.keys.join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const texts = new Map([...groups].map(([key, group]) => [key, toText(group)]));
  return rows.map((row, index) => {
    const key = row.keys.join(' ');
    return groups.get(key)?.length === 1 ? (templates[index] ?? '') : (texts.get(key) ?? '');
  });
}

/** Puts `*` for values that have a name, in templates that are alike but for any number of them. */
function widenNamed(rows: readonly Row[]): void {
  const alike = new Map<string, { readonly places: readonly number[]; readonly rows: Row[] }>();
  for (const row of rows) {
    const places = namedPlaces(row.keys);
    if (places.length < 2) continue;
    const rest = row.keys.map((key, index) => (places.includes(index) ? key.slice(0, key.indexOf('=') + 1) : key));
    const text = rest.join(' ');
    const known = alike.get(text);
    if (known === undefined) alike.set(text, { places, rows: [row] });
    else known.rows.push(row);
  }
  for (const { places, rows: same } of alike.values()) {
    const first = same[0];
    if (first === undefined || same.length < 2) continue;
    const variables = new Map(
      places.flatMap((index) => {
        const values = [...new Set(same.map(({ keys }) => keys[index] ?? ''))];
        const variable = values.length < 2 ? undefined : findVariable({ keys: first.keys, index, values });
        return variable === undefined ? [] : [[index, variable] as const];
      }),
    );
    for (const row of same) row.keys = row.keys.map((key, index) => variables.get(index) ?? key);
  }
}

/** The statement that wrote each message, as a template; the same for the same statement. */
export function groupMessages(messages: readonly string[]): readonly string[] {
  const masked = messages.map((message) => maskMessage(message));
  const templates = [...new Set(masked)];
  const statements = new Map(mineTemplates(templates).map((statement, index) => [templates[index], statement]));
  return masked.map((template) => statements.get(template) ?? template);
}

/** Puts `*` where words vary; false when nothing changed. */
function widen(rows: readonly Row[]): boolean {
  const widened = new Map<string, readonly string[]>();
  // Templates of different lengths are never alike; one length after the other takes less memory.
  for (const [, different] of Map.groupBy(differentKeys(rows), ([, keys]) => keys.length)) {
    const variables = findStars(different.map(([, keys]) => keys));
    for (const [text, keys] of different) {
      const next = variables(keys);
      if (next.some((key, index) => key !== keys[index])) widened.set(text, next);
    }
  }
  for (const row of rows) row.keys = widened.get(row.keys.join(' ')) ?? row.keys;
  return widened.size > 0;
}

/** The keys that there are, each once, in an order of their own. */
function differentKeys(rows: readonly Row[]): ReadonlyMap<string, readonly string[]> {
  const different = new Map(rows.map((row) => [row.keys.join(' '), row.keys]));
  return new Map([...different].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The words that all rows of a group share, and `<*>` for those that differ. */
function toText(group: readonly Row[]): string {
  const first = group[0]?.words ?? [];
  return first
    .map(({ word }, index) => {
      const words = new Set(group.map((row) => row.words[index]?.word ?? ''));
      return words.size === 1 ? word : shared([...words]);
    })
    .join(' ');
}

/** What all words begin and end with, cut at punctuation, around `<*>`. */
function shared(words: readonly string[]): string {
  const [first = '', ...others] = words;
  let start = first.length;
  for (const word of others) start = Math.min(start, lengthOfShared(first, word, 1));
  let end = first.length - start;
  for (const word of others) end = Math.min(end, lengthOfShared(first, word, -1), word.length - start);
  const before = /^(?:.*[^\w<>*])?/s.exec(first.slice(0, start))?.[0] ?? '';
  const after = end === 0 ? '' : (/(?:[^\w<>*].*)?$/s.exec(first.slice(-end))?.[0] ?? '');
  return `${before}<*>${after}`;
}

function lengthOfShared(a: string, b: string, step: 1 | -1): number {
  const limit = Math.min(a.length, b.length);
  let count = 0;
  while (count < limit && a.at(step === 1 ? count : -1 - count) === b.at(step === 1 ? count : -1 - count)) count++;
  return count;
}
