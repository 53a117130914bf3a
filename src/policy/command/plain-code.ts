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
  if (language.objects && tokens.some((_, at) => callsValue(tokens, at, language))) return undefined;
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
  if (named) return named.slice(1).filter((file) => file !== undefined);
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
  if (objects?.declaring.test(token.text)) return after?.kind === 'name' && own.has(after.text);
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
  // Into what stands before a value would be put, one member after the other.
  if (/^[\]}]$/.test(text) && after?.text === '=' && next?.text !== '=') return false;
  if (text === ']') return after?.text !== ':';
  // Behind a value this is a mark of types, which is taken away.
  if (text === '!') return !isValue(before) || after?.text === '=';
  if (text !== '[') return true;
  const isKnown = (after?.kind === 'text' || after?.kind === 'number') && next?.text === ']';
  const isList = before === undefined || objects.listsBehind.test(before.text);
  return isKnown || isList;
}

/** Methods that call what they are given. */
const CALLS_BACK = /^(?:map|filter|find\w*|some|every|reduce|flatMap|forEach|sort|toSorted|replace|replaceAll)$/;
const PARSES = /^JSON\./;

/** Whether a bracket calls a variable, or gives one to a method that would call it: only functions that are written out there are called. */
function callsValue(tokens: readonly Token[], at: number, { listed }: Language): boolean {
  const callee = tokens[at - 1];
  if (!callee || !isMark(tokens[at], '(')) return false;
  if (callee.kind === 'phrase')
    return (
      PARSES.test(callee.text) &&
      !argumentsOf(tokens, at)
        .slice(1)
        .every((from) => isFixed(tokens, from))
    );
  if (callee.kind !== 'name') return false;
  const isMember = /^\??\.$/.test(tokens[at - 2]?.text ?? '');
  if (!isMember) return !listed.has(callee.text);
  return (
    CALLS_BACK.test(callee.text) &&
    !argumentsOf(tokens, at).every((from) => isWrittenOut(tokens, from) || isFixed(tokens, from, listed))
  );
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

/** Where the arguments of a call begin whose bracket is there. */
function argumentsOf(tokens: readonly Token[], open: number): readonly number[] {
  const end = closing(tokens, open);
  const starts = end > open + 1 ? [open + 1] : [];
  for (let at = open + 1; at < end; at += 1) {
    if (/^[([{]$/.test(tokens[at]?.text ?? '') && tokens[at]?.kind === 'mark') at = closing(tokens, at);
    else if (isMark(tokens[at], ',')) starts.push(at + 1);
  }
  return starts;
}

/** Where the bracket is closed that is opened there; behind the last token where it is not. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const { kind, text = '' } = tokens[at] ?? {};
    if (kind === 'mark' && /^[([{]$/.test(text)) depth += 1;
    else if (kind === 'mark' && /^[)\]}]$/.test(text)) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}

/** `x => …`, `(a, b) => …` */
function isWrittenOut(tokens: readonly Token[], from: number): boolean {
  const behind = isMark(tokens[from], '(') ? closing(tokens, from) + 1 : from + 1;
  return isMark(tokens[behind], '=>');
}

/** A number, a text, an empty list, or a name of the language; and nothing more. */
function isFixed(tokens: readonly Token[], from: number, listed: ReadonlySet<string> = NAMED): boolean {
  const token = tokens[from];
  if (!token) return false;
  const isOpen = token.kind === 'mark' && /^[[{]$/.test(token.text);
  const end = isOpen ? closing(tokens, from) : from;
  const isConstant = /^(?:number|text|template)$/.test(token.kind) || (token.kind === 'name' && listed.has(token.text));
  return (isConstant || (isOpen && end === from + 1)) && /^[,)]$/.test(tokens[end + 1]?.text ?? '');
}

const NAMED: ReadonlySet<string> = new Set(['null', 'undefined', 'true', 'false']);

/** Whether a token ends what has a value, so that brackets and texts behind it belong to it. */
function isValue(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind !== 'mark' || /^(?:[)\]}]|\?\.)$/.test(token.text));
}
