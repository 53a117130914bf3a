/** What stands in one place of events that are alike otherwise. */
export interface Place {
  /** Keys of all words of the event; the one at `index` is any of them. */
  readonly keys: readonly string[];
  readonly index: number;
  /** The different keys found there, at least two. */
  readonly values: readonly string[];
}

/** Different words in a place that make it a value, when nothing else speaks for it; the fewer fixed words around it, the more. */
const MIN_VALUES = 5;
const MIN_VALUES_NEAR_ONE_WORD = 8;
/** The first word is nearly always fixed. */
const MIN_FIRST_VALUES = 12;

/** Words whose exchange makes another statement. */
const FIXED = new Set(
  'a an the is are was were be been has have not no yes true false on off in out to from by of for with at and or up down ok'.split(
    ' ',
  ),
);
const ABSENT = new Set(['null', 'none', 'nil', 'undefined', '-', '']);
/** What follows these is a name. */
const NAMES = new Set(
  'user username account host hostname node pod container queue topic group table database bucket tenant'.split(' '),
);
const EXCEPTION = /(?:Error|Exception|Failure|Fault|Throwable)\W*$/;
/** Words that say what happened, as `refused` and `starting` do. */
const STATE = /^[A-Za-z]+(?:ed|ing|able|ly)$/;

/** The key that all values of a place become when they vary; undefined when they tell kinds of events apart. */
export function findVariable({ keys, index, values }: Place): string | undefined {
  const fixed = keys.filter((key, at) => at !== index && /[A-Za-z]{2}/.test(key)).length;
  if (fixed === 0) return undefined;
  const { name, rest, end } = affixes(values);
  const cores = values.map((value) => trim(value.slice(name.length)));
  if (cores.some((core) => EXCEPTION.test(core))) return undefined;
  const variable = `${name}*${end}`;
  const hasValue = cores.some((core) => core === '*' || core === '');
  if (cores.some((core) => isFixed(core, hasValue))) return undefined;
  if (hasValue) return variable;
  // `shop_A*` beside `shop_B*`.
  if (/[A-Za-z]{3}/.test(rest) && values.every((value) => value.includes('*'))) return variable;
  // Numbers before it, such as a time that the reader does not know, are none.
  const isFirst = name === '' && !keys.slice(0, index).some((key) => /[A-Za-z]{2}/.test(key));
  if (!isFirst && name === '' && NAMES.has(trim(keys[index - 1] ?? '').toLowerCase())) return variable;
  if (cores.filter((core) => STATE.test(core)).length * 2 >= cores.length) return undefined;
  const least = isFirst ? MIN_FIRST_VALUES : fixed === 1 ? MIN_VALUES_NEAR_ONE_WORD : MIN_VALUES;
  return values.length >= least ? variable : undefined;
}

/** Places whose word is a value by its name, as in `user=ann` and `topic orders`, where others may vary too. */
export function namedPlaces(keys: readonly string[]): readonly number[] {
  return keys.flatMap((key, index) => {
    if (key.includes('*')) return [];
    const named = /^[\w.-]{1,60}=./.test(key) || (index > 0 && NAMES.has(trim(keys[index - 1] ?? '').toLowerCase()));
    return named ? [index] : [];
  });
}

function isFixed(core: string, hasValue: boolean): boolean {
  const lower = core.toLowerCase();
  return FIXED.has(lower) || (!hasValue && ABSENT.has(lower));
}

/** The name of the value that all begin with, such as `user=`; what else they begin with; the punctuation that ends all. */
function affixes(values: readonly string[]): { readonly name: string; readonly rest: string; readonly end: string } {
  const first = values[0] ?? '';
  let start = first.length;
  for (const value of values) start = Math.min(start, sharedStart(first, value));
  const begin = first.slice(0, start);
  const cut = lastOf(begin, '=:([{@|"\'') + 1;
  let end = first.length - start;
  for (const value of values) end = Math.min(end, sharedEnd(first, value), value.length - start);
  const tail = first.slice(first.length - end);
  return { name: begin.slice(0, cut), rest: begin.slice(cut), end: /[^\w*]*$/.exec(tail)?.[0] ?? '' };
}

function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}

function sharedEnd(a: string, b: string): number {
  let count = 0;
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count++;
  return count;
}

function lastOf(text: string, chars: string): number {
  let at = text.length - 1;
  while (at >= 0 && !chars.includes(text.charAt(at))) at--;
  return at;
}

function trim(word: string): string {
  return word.replace(/^[("'[{<]+/, '').replace(/[)"'\]},.;:]+$/, '');
}
