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
  const inline = /^\(\?[aimsux]+\)/.exec(pattern)?.[0].length ?? 0;
  const cursor: Cursor = { pattern, at: inline, depth: 0 };
  const node = parseChoice(cursor);
  if (cursor.at < pattern.length) throw problem('a closing parenthesis without an opening one', cursor.at);
  return node;
}

function problem(what: string, at: number): RegexProblem {
  return new RegexProblem(`${what} at character ${at + 1}`);
}

function parseChoice(cursor: Cursor): RegexNode {
  const items = [parseSequence(cursor)];
  while (cursor.pattern[cursor.at] === '|') {
    cursor.at++;
    items.push(parseSequence(cursor));
  }
  return items.length === 1 && items[0] ? items[0] : { type: 'choice', items };
}

function parseSequence(cursor: Cursor): RegexNode {
  const items: RegexNode[] = [];
  for (
    let next = cursor.pattern[cursor.at];
    next !== undefined && next !== '|' && next !== ')';
    next = cursor.pattern[cursor.at]
  ) {
    items.push(parseQuantifier(cursor, parseAtom(cursor)));
  }
  return { type: 'sequence', items };
}

function parseQuantifier(cursor: Cursor, item: RegexNode): RegexNode {
  const match = /^(?:[*+?]|\{(\d{0,4})(,?)(\d{0,4})\})/.exec(cursor.pattern.slice(cursor.at, cursor.at + 12));
  if (!match || match[0] === '{}' || match[0] === '{,}') return item;
  cursor.at += match[0].length;
  if (/[?+]/.test(cursor.pattern[cursor.at] ?? '')) cursor.at++;
  if (/^(?:[*+?]|\{\d)/.test(cursor.pattern.slice(cursor.at, cursor.at + 2)))
    throw problem('a repeated quantifier', cursor.at);
  const [token, low, comma, high] = match;
  if (token === '*') return { type: 'repeat', item, min: 0, max: Infinity };
  if (token === '+') return { type: 'repeat', item, min: 1, max: Infinity };
  if (token === '?') return { type: 'repeat', item, min: 0, max: 1 };
  const min = Number(low);
  const max = comma ? (high ? Number(high) : Infinity) : min;
  if (max < min) throw problem('a quantifier whose bounds are out of order', cursor.at);
  return { type: 'repeat', item, min, max };
}

function parseAtom(cursor: Cursor): RegexNode {
  const at = cursor.at;
  const character = cursor.pattern[cursor.at++] ?? '';
  if (character === '(') return parseGroup(cursor, at);
  if (character === '[') return parseSet(cursor, at);
  if (character === '\\') return parseEscape(cursor, at);
  if (character === '.') return { type: 'set', has: (each) => each !== '\n' };
  if (character === '^' || character === '$') return { type: 'assert', kind: character };
  if (character === '*' || character === '+' || character === '?')
    throw problem('a quantifier without anything to repeat', at);
  return exactly(character);
}

function parseGroup(cursor: Cursor, at: number): RegexNode {
  if (++cursor.depth > MAX_GROUPS) throw problem(`more than ${MAX_GROUPS} nested groups`, at);
  const rest = cursor.pattern.slice(cursor.at);
  if (/^\?<?[=!]/.test(rest)) throw problem('look-around, which has no linear-time form,', at);
  const opening = /^\?(?::|P?<\w+>)/.exec(rest)?.[0];
  if (opening === undefined && rest.startsWith('?')) throw problem('an unsupported kind of group', at);
  cursor.at += opening?.length ?? 0;
  const node = parseChoice(cursor);
  if (cursor.pattern[cursor.at] !== ')') throw problem('a group that is never closed', at);
  cursor.at++;
  cursor.depth--;
  return node;
}

const classes: Readonly<Record<string, RegExp>> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', 0: '\0' };

function parseEscape(cursor: Cursor, at: number): RegexNode {
  const character = cursor.pattern[cursor.at] ?? '';
  if (character === 'b' || character === 'B') return advance(cursor, { type: 'assert', kind: character });
  if (character === 'A') return advance(cursor, { type: 'assert', kind: '^' });
  if (character === 'Z' || character === 'z') return advance(cursor, { type: 'assert', kind: '$' });
  if (/[1-9]/.test(character) || character === 'k')
    throw problem('a back-reference, which has no linear-time form,', at);
  return { type: 'set', has: parseSetEscape(cursor, at) };
}

function advance(cursor: Cursor, node: RegexNode): RegexNode {
  cursor.at++;
  return node;
}

/** An escape that stands for one character or a class; the cursor is behind the backslash. */
function parseSetEscape(cursor: Cursor, at: number): (character: string) => boolean {
  const character = cursor.pattern[cursor.at++];
  if (character === undefined) throw problem('a backslash at the end', at);
  const named = classes[character];
  if (named) return (each) => named.test(each);
  const code = /^(?:x([\da-f]{2})|u([\da-f]{4}))/i.exec(cursor.pattern.slice(cursor.at - 1));
  if (code) {
    cursor.at += code[0].length - 1;
    return sameAs(String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '', 16)));
  }
  const control = controls[character];
  if (control === undefined && /[A-Za-z0-9]/.test(character))
    throw problem(`the unsupported escape \\${character}`, at);
  return sameAs(control ?? character);
}

function parseSet(cursor: Cursor, at: number): RegexNode {
  const negated = cursor.pattern[cursor.at] === '^';
  if (negated) cursor.at++;
  const members: ((character: string) => boolean)[] = [];
  for (let first = true; first || cursor.pattern[cursor.at] !== ']'; first = false) {
    const low = cursor.pattern[cursor.at++];
    if (low === undefined) throw problem('a set that is never closed', at);
    const high = cursor.pattern[cursor.at + 1];
    if (low === '\\') members.push(parseSetEscape(cursor, cursor.at - 1));
    else if (cursor.pattern[cursor.at] === '-' && high !== undefined && high !== ']') {
      if (high === '\\' || high < low) throw problem('a range that is not plain', cursor.at);
      members.push(inRange(low, high));
      cursor.at += 2;
    } else members.push(sameAs(low));
  }
  cursor.at++;
  return { type: 'set', has: (each) => members.some((has) => has(each)) !== negated };
}

function inRange(low: string, high: string): (character: string) => boolean {
  const within = (each: string) => low <= each && each <= high;
  return (each) => within(each) || within(each.toUpperCase());
}

function sameAs(character: string): (each: string) => boolean {
  const lower = character.toLowerCase();
  return (each) => each === lower;
}

function exactly(character: string): RegexNode {
  return { type: 'set', has: sameAs(character) };
}
