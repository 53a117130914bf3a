import type { Language } from '#policy/command/plain-languages.ts';

/** Longer code is nobody's one-liner. */
const MAX_LENGTH = 2_000;
/** What every reader of a language takes for the same: no other end of a line, no letters that look alike. */
const READABLE = /^[\t\n\x20-\x7e]*$/;

interface Token {
  readonly kind: 'phrase' | 'template' | 'text' | 'number' | 'name' | 'mark';
  readonly text: string;
}

/** A token with those around it. */
interface Place {
  readonly token: Token;
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
 * Reads code that computes and prints, and does nothing else: every name, member, text and phrase in it is one that its
 * language lists, or a variable that the code gives a value and whose name means nothing anywhere. Undefined for any other code.
 */
export function readPlainCode(code: string, language: Language): PlainCode | undefined {
  if (code.length > MAX_LENGTH || !READABLE.test(code) || language.never?.test(code)) return undefined;
  const tokens = tokensOf(code, language);
  return tokens && readTokens(tokens, language, variablesOf(tokens, language));
}

function readTokens(tokens: readonly Token[], language: Language, own: ReadonlySet<string>): PlainCode | undefined {
  const reads: (string | undefined)[] = [];
  for (const [at, token] of tokens.entries()) {
    const place = { token, before: tokens[at - 1], after: tokens[at + 1], next: tokens[at + 2] };
    const found = isPlain(place, language, own) ? readsOf(token, language, own) : undefined;
    if (!found) return undefined;
    reads.push(...found);
  }
  return { reads };
}

function tokensOf(code: string, { phrases, templates, texts, names, marks }: Language): readonly Token[] | undefined {
  const pattern = new RegExp(
    `(?<phrase>${phrases})|(?<template>${templates})|(?<text>${texts})|(?<number>(?:0x[\\da-fA-F]+|\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)(?!\\w))|(?<name>${names})|(?<mark>${marks})|\\s+`,
    'y',
  );
  const tokens: Token[] = [];
  while (pattern.lastIndex < code.length) {
    const { groups } = pattern.exec(code) ?? {};
    if (!groups) return undefined;
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    if (kind !== undefined && text !== undefined) tokens.push({ kind: kind as Token['kind'], text });
  }
  return tokens;
}

/** What a token reads, and the code in it; undefined where that is not plain. */
function readsOf({ kind, text }: Token, language: Language, own: ReadonlySet<string>): PlainCode['reads'] | undefined {
  const { reads, hole } = language;
  if (kind === 'template' && hole) {
    const holes = [...text.matchAll(hole)].map(([, inner]) => {
      const tokens = tokensOf(inner?.replace(FORMAT, '') ?? '', language);
      return tokens && readTokens(tokens, language, own);
    });
    return holes.includes(undefined) ? undefined : holes.flatMap((inner) => inner?.reads ?? []);
  }
  if (!reads || (kind !== 'phrase' && kind !== 'name')) return [];
  const named = kind === 'phrase' ? reads.named.exec(text) : undefined;
  if (named) return named[1] === undefined ? [] : [named[1]];
  return reads.any.test(text) ? [undefined] : [];
}

/** How a value in a text is written. */
const FORMAT = /(?:![rsa])?(?::[^'"()[\]{}]*)?$/;

/** The variables that get a value somewhere. */
function variablesOf(tokens: readonly Token[], { declares, variables }: Language): ReadonlySet<string> {
  const line = tokens.map(({ kind, text }) => (kind === 'text' || kind === 'template' ? '""' : text)).join(' ');
  const found = declares.flatMap((pattern) =>
    [...line.matchAll(pattern)].flatMap(([, names]) => names?.match(/\w+/g) ?? []),
  );
  return new Set(found.filter((name) => variables.test(name)));
}

function isPlain(place: Place, language: Language, own: ReadonlySet<string>): boolean {
  const { token, before } = place;
  const isMember = before?.kind === 'mark' && /^\??\.$/.test(before.text);
  if (token.kind === 'name') return isMember ? isPlainMember(place, language) : isPlainName(place, language, own);
  if (language.objects?.without.test(token.text) === true || isMember) return false;
  if (token.kind === 'template' && language.objects) return !isValue(before);
  if (token.kind === 'text' || token.kind === 'template') return !isValue(before) || before.kind === 'name';
  return token.kind !== 'mark' || isPlainMark(place, language);
}

function isPlainName(
  { token, before, after }: Place,
  { listed, objects }: Language,
  own: ReadonlySet<string>,
): boolean {
  if (objects?.declaring.test(token.text))
    return after?.kind === 'name' ? own.has(after.text) : /^[[{]$/.test(after?.text ?? '');
  const isKey = objects !== undefined && after?.text === ':' && /^[{,]$/.test(before?.text ?? '');
  return listed.has(token.text) || own.has(token.text) || (isKey && !objects.without.test(token.text));
}

/** Every member that is called is listed; what data has is only read. */
function isPlainMember({ token, after, next }: Place, { members, objects }: Language): boolean {
  // What data is given as a member may be called as one.
  if (objects && after?.text === '=' && next?.text !== '=') return false;
  if (members.has(token.text)) return true;
  const isCalled = after?.kind === 'template' || /^(?:\(|\?\.)$/.test(after?.text ?? '');
  return objects !== undefined && !isCalled && !objects.without.test(token.text);
}

/** What a text or a result is called as is not known, nor what a computed name stands for. */
function isPlainMark({ token: { text }, before, after, next }: Place, { objects }: Language): boolean {
  if (text === '(') return !isValue(before) || before.kind === 'name' || /\w$/.test(before.text);
  if (!objects) return true;
  if (text === ']') return after?.text !== ':';
  // Behind a value this is a mark of types, which is taken away.
  if (text === '!') return !isValue(before) || after?.text === '=';
  if (text !== '[') return true;
  const isKnown = (after?.kind === 'text' || after?.kind === 'number') && next?.text === ']';
  const isList = before === undefined || objects.listsBehind.test(before.text);
  return isKnown || isList;
}

/** Whether a token ends what has a value, so that brackets and texts behind it belong to it. */
function isValue(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind !== 'mark' || /^(?:[)\]}]|\?\.)$/.test(token.text));
}
