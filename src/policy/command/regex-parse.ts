/** A regular expression as a tree; `set` is asked with one lower-case character. */
export type RegexNode =
  | { readonly type: 'set'; readonly has: (character: string) => boolean }
  | { readonly type: 'assert'; readonly kind: '^' | '$' | 'b' | 'B' }
  | { readonly type: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly items: readonly RegexNode[] }
  | { readonly type: 'repeat'; readonly item: RegexNode; readonly min: number; readonly max: number };

/** A pattern that has no linear-time form, with the position that is to blame. */
export class RegexProblem extends Error {
  override readonly name = 'RegexProblem';
}

interface Cursor {
  readonly pattern: string;
  at: number;
  depth: number;
}

const MAX_GROUPS = 64;

/** Parses the common part of Python's and JavaScript's syntax; case is ignored. Throws `RegexProblem`. */
export function parseRegex(pattern: string): RegexNode {
  const cursor: Cursor = { pattern, at: 0, depth: 0 };
  take(cursor, /\(\?[aimsux]+\)/y);
  const node = parseChoice(cursor);
  if (cursor.at < pattern.length) throw problem('a closing parenthesis without an opening one', cursor.at);
  return node;
}

function problem(what: string, at: number): RegexProblem {
  return new RegexProblem(`${what} at character ${at + 1}`);
}

/** Moves behind what a sticky expression finds at the cursor. */
function take(cursor: Cursor, sticky: RegExp): RegExpExecArray | undefined {
  sticky.lastIndex = cursor.at;
  const match = sticky.exec(cursor.pattern) ?? undefined;
  if (match) cursor.at += match[0].length;
  return match;
}

function parseChoice(cursor: Cursor): RegexNode {
  const items = [parseSequence(cursor)];
  while (take(cursor, /\|/y)) items.push(parseSequence(cursor));
  return { type: 'choice', items };
}

function parseSequence(cursor: Cursor): RegexNode {
  const items: RegexNode[] = [];
  for (let start = take(cursor, /[^|)]/y); start; start = take(cursor, /[^|)]/y))
    items.push(parseQuantifier(cursor, parseAtom(cursor, start[0])));
  return { type: 'sequence', items };
}

function parseQuantifier(cursor: Cursor, item: RegexNode): RegexNode {
  const match = take(cursor, /([*+?])|\{(?=\d|,\d)(\d*)(?:(,)(\d*))?\}/y);
  if (!match) return item;
  take(cursor, /[?+]/y);
  const at = cursor.at;
  if (take(cursor, /[*+?]|\{\d/y)) throw problem('a repeated quantifier', at);
  const [, token, low, comma, high] = match;
  if (token) return { type: 'repeat', item, min: token === '+' ? 1 : 0, max: token === '?' ? 1 : Infinity };
  const min = Number(low);
  const max = comma ? Number(high || Infinity) : min;
  if (max < min) throw problem('a quantifier whose bounds are out of order', at);
  return { type: 'repeat', item, min, max };
}

/** The cursor is behind the atom's first character. */
function parseAtom(cursor: Cursor, character: string): RegexNode {
  const at = cursor.at - 1;
  if (character === '(') return parseGroup(cursor, at);
  if (character === '[') return parseSet(cursor, at);
  if (character === '\\') return parseEscape(cursor, at);
  if (character === '.') return { type: 'set', has: (each) => each !== '\n' };
  if (character === '^' || character === '$') return { type: 'assert', kind: character };
  if (/[*+?]/.test(character)) throw problem('a quantifier without anything to repeat', at);
  return { type: 'set', has: sameAs(character) };
}

function parseGroup(cursor: Cursor, at: number): RegexNode {
  if (++cursor.depth > MAX_GROUPS) throw problem(`more than ${MAX_GROUPS} nested groups`, at);
  if (take(cursor, /\?<?[=!]/y)) throw problem('look-around, which has no linear-time form,', at);
  if (!take(cursor, /\?(?::|P?<\w+>)/y) && take(cursor, /\?/y)) throw problem('an unsupported kind of group', at);
  const node = parseChoice(cursor);
  if (!take(cursor, /\)/y)) throw problem('a group that is never closed', at);
  cursor.depth--;
  return node;
}

const classes: Readonly<Record<string, RegExp>> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', 0: '\0' };
const assertions: Readonly<Record<string, '^' | '$' | 'b' | 'B'>> = { b: 'b', B: 'B', A: '^', Z: '$', z: '$' };

function parseEscape(cursor: Cursor, at: number): RegexNode {
  const kind = assertions[take(cursor, /[bBAZz]/y)?.[0] ?? ''];
  if (kind) return { type: 'assert', kind };
  if (take(cursor, /[1-9k]/y)) throw problem('a back-reference, which has no linear-time form,', at);
  const escaped = parseEscaped(cursor, at);
  return { type: 'set', has: typeof escaped === 'string' ? sameAs(escaped) : escaped };
}

type Has = (character: string) => boolean;

/** The character or the class that an escape stands for; the cursor is behind the backslash. */
function parseEscaped(cursor: Cursor, at: number): string | Has {
  const code = take(cursor, /x[\da-f]{2}|u[\da-f]{4}/iy);
  if (code) return String.fromCharCode(Number.parseInt(code[0].slice(1), 16));
  const [character] = take(cursor, /[^]/y) ?? [];
  if (character === undefined) throw problem('a backslash at the end', at);
  const named = classes[character];
  if (named) return (each) => named.test(each);
  const control = controls[character];
  if (!control && /[A-Za-z0-9]/.test(character)) throw problem(`the unsupported escape \\${character}`, at);
  return control ?? character;
}

function parseSet(cursor: Cursor, at: number): RegexNode {
  const negated = take(cursor, /\^/y) !== undefined;
  const members = [parseMember(cursor, at)];
  while (!take(cursor, /\]/y)) members.push(parseMember(cursor, at));
  return { type: 'set', has: (each) => members.some((has) => has(each)) !== negated };
}

function parseMember(cursor: Cursor, at: number): Has {
  const low = parseEnd(cursor, at);
  if (typeof low !== 'string') return low;
  const dash = cursor.at;
  if (!take(cursor, /-(?!\])/y)) return sameAs(low);
  const high = parseEnd(cursor, at);
  if (typeof high !== 'string' || high < low) throw problem('a range that is not plain', dash);
  return inRange(low, high);
}

function parseEnd(cursor: Cursor, at: number): string | Has {
  const [character] = take(cursor, /[^]/y) ?? [];
  if (character === undefined) throw problem('a set that is never closed', at);
  return character === '\\' ? parseEscaped(cursor, cursor.at - 1) : character;
}

function inRange(low: string, high: string): Has {
  const within = (each: string) => low <= each && each <= high;
  return (each) => within(each) || within(each.toUpperCase());
}

function sameAs(character: string): (each: string) => boolean {
  const lower = character.toLowerCase();
  return (each) => each === lower;
}
