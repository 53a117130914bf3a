import type { Language } from '#policy/command/plain-languages.ts';

/** Longer code is nobody's one-liner. */
const MAX_LENGTH = 2_000;

interface Token {
  readonly kind: 'phrase' | 'template' | 'text' | 'number' | 'name' | 'mark';
  readonly text: string;
}

interface Neighbours {
  readonly before: Token | undefined;
  readonly after: Token | undefined;
  readonly next: Token | undefined;
}

/** What code that computes and prints does besides. */
export interface PlainCode {
  /** The files that it reads; undefined stands for files that only the run tells. */
  readonly reads: readonly (string | undefined)[];
}

/**
 * Reads code that computes and prints, and does nothing else: every name, member and phrase in it is one that its
 * language lists, or a variable of its own. Undefined for any other code.
 */
export function readPlainCode(code: string, language: Language): PlainCode | undefined {
  if (code.length > MAX_LENGTH || language.never?.test(code)) return undefined;
  const tokens = tokensOf(code, language);
  if (!tokens) return undefined;
  const own = ownNames(tokens, language);
  const isPlain = tokens.every((token, at) => {
    const neighbours = { before: tokens[at - 1], after: tokens[at + 1], next: tokens[at + 2] };
    return token.kind === 'name'
      ? isPlainName(token.text, neighbours, language, own)
      : isPlainMark(token, neighbours, language);
  });
  return isPlain ? { reads: tokens.flatMap((token) => filesOf(token, language)) } : undefined;
}

function filesOf({ kind, text }: Token, { reads }: Language): PlainCode['reads'] {
  if (!reads || (kind !== 'phrase' && kind !== 'name')) return [];
  const named = kind === 'phrase' ? reads.named.exec(text) : undefined;
  if (named) return named[1] === undefined ? [] : [named[1]];
  return reads.any.test(text) ? [undefined] : [];
}

/** The tokens of code and of the holes in its texts; undefined where one is not known. */
function tokensOf(code: string, language: Language): readonly Token[] | undefined {
  const { phrases, templates, texts, marks, hole } = language;
  const pattern = new RegExp(
    `(?<phrase>${phrases})|(?<template>${templates})|(?<text>${texts})|(?<number>\\d+(?:\\.\\d+)?(?!\\w))|(?<name>[A-Za-z_$][\\w$]*)|(?<mark>${marks})|\\s+`,
    'y',
  );
  const tokens: Token[] = [];
  while (pattern.lastIndex < code.length) {
    const { groups } = pattern.exec(code) ?? {};
    if (!groups) return undefined;
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    if (kind === undefined || text === undefined) continue;
    tokens.push({ kind: kind as Token['kind'], text });
    for (const [, inner] of kind === 'template' && hole ? text.matchAll(hole) : []) {
      const found = tokensOf(inner?.replace(FORMAT, '') ?? '', language);
      if (!found) return undefined;
      // Apart from each other, and from what follows the text.
      tokens.push({ kind: 'mark', text: ';' }, ...found, { kind: 'mark', text: ';' });
    }
  }
  return tokens;
}

/** How a value in a text is written. */
const FORMAT = /(?:![rsa])?(?::[^'"()[\]{}]*)?$/;

/** Variables of the code: what they hold was made of plain parts. */
function ownNames(tokens: readonly Token[], { declares, dangerous }: Language): ReadonlySet<string> {
  const line = tokens.map(({ kind, text }) => (kind === 'name' || kind === 'mark' ? text : '""')).join(' ');
  const lists = declares.flatMap((pattern) => [...line.matchAll(pattern)].map(([, names = '']) => names));
  return new Set(lists.flatMap((names) => names.match(/\w+/g) ?? []).filter((name) => !dangerous.test(name)));
}

/** Every member that is called is listed; what data has is only read. */
function isPlainName(
  text: string,
  { before, after }: Neighbours,
  { names, members, objects }: Language,
  own: ReadonlySet<string>,
): boolean {
  if (before?.text !== '.' && before?.text !== '?.') {
    const isKey = objects !== undefined && after?.text === ':' && /^[{,]$/.test(before?.text ?? '');
    return names.has(text) || own.has(text) || (isKey && !objects.without.test(text));
  }
  const isCalled = /^(?:\(|\?\.|`[^]*)$/.test(after?.text ?? '');
  return members.has(text) || (objects !== undefined && !isCalled && !objects.without.test(text));
}

/** What a text or a result is called as is not known, nor what a computed name stands for. */
function isPlainMark({ kind, text }: Token, { before, after, next }: Neighbours, { objects }: Language): boolean {
  if (kind === 'template' || kind === 'text') return objects?.without.test(text) !== true;
  if (kind !== 'mark') return true;
  const isValue = before?.kind === 'text' || before?.kind === 'template' || /(?:[)\]]|\?\.)$/.test(before?.text ?? '');
  if (text === '(') return !isValue;
  if (!objects) return true;
  if (text === ']') return after?.text !== ':';
  const isKnown = (after?.kind === 'text' || after?.kind === 'number') && next?.text === ']';
  return text !== '[' || isKnown || objects.listsBehind.test(before?.text ?? '');
}
