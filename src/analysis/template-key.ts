/** One word of a template, and what of it tells kinds of events apart: `*` stands for any value. */
export interface KeyedWord {
  readonly word: string;
  readonly key: string;
}

/** Characters that part a word into a name and its values. */
const PARTS = /([=,;()[\]{}"'|:]+)/;
const MASK = /<[a-z]+>/g;
const HAS_MASK = /<[a-z]+>/;
/** Names of exceptions tell kinds of events apart, however long their package is. */
const EXCEPTION = /(?:Error|Exception|Failure|Fault|Throwable)$/;
const ALLOWED_IN_NAMES = /^[\w.$/\\<>+@~-]+$/;
/** Names of constants, such as `android.intent.action.SCREEN_ON`. */
const CONSTANT = /\.[A-Z][A-Z_]+$/;

/**
 * Parts a masked template into words with their keys. Masks, long dotted names and paths are values; the letters around a number
 * stay. A word that repeats the key of the one before it is left out: lists may be of any length.
 */
export function keyWords(template: string): readonly KeyedWord[] {
  const words: KeyedWord[] = [];
  for (const word of firstWords(template)) {
    const key = keyOf(word);
    if (!key.includes('*') || key !== words.at(-1)?.key) words.push({ word, key });
  }
  return words;
}

/** Words that are looked at one by one; the rest counts as one. */
const MAX_WORDS = 40;

function firstWords(template: string): readonly string[] {
  const words = template.split(' ');
  return words.length <= MAX_WORDS ? words : [...words.slice(0, MAX_WORDS), words.slice(MAX_WORDS).join(' ')];
}

function keyOf(word: string): string {
  if (LETTERS.test(word)) return word;
  const key = word.split(PARTS).map(keyOfPart).join('');
  if (!key.includes('*')) return key;
  return key
    .replaceAll(/\*(?:[:,|]\*)+/g, '*')
    .replaceAll('(*)', '()')
    .replaceAll('[*]', '[]');
}

const LETTERS = /^[A-Za-z]+[.,:;]?$/;

function keyOfPart(part: string): string {
  let end = part.length;
  while (end > 0 && part[end - 1] === '.') end--;
  const name = part.slice(0, end);
  if (name === '' || EXCEPTION.test(name)) return part;
  if (isPath(name)) return `*${part.slice(end)}`;
  if (!HAS_MASK.test(name)) return part;
  const bare = name.replaceAll(MASK, '*');
  return `${/[A-Za-z]{2}/.test(bare) ? bare.replaceAll(/\*(?:[-_.]\*)+/g, '*') : '*'}${part.slice(end)}`;
}

/** True for `com.acme.shop.Cart`, `cart.shop.svc.cluster` and `/api/v2/orders`. */
function isPath(name: string): boolean {
  let separators = 0;
  for (const char of name) if (char === '.' || char === '/' || char === '\\') separators++;
  return separators >= 2 && ALLOWED_IN_NAMES.test(name) && /[A-Za-z]/.test(name) && !CONSTANT.test(name);
}
