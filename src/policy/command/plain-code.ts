import { assignsMember } from '#policy/command/member-targets.ts';
import type { Language } from '#policy/command/plain-languages.ts';

/** Longer code is nobody's one-liner. */
const MAX_LENGTH = 2_000;
/** What every reader of a language takes for the same: no other end of a line, no letters that look alike. */
const READABLE = /^[\t\n\x20-\x7e]*$/;

/** A part of code. */
export interface Token {
  /** A line begins with it. */
  readonly isFirst: boolean;
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
  if (language.assigns && assignsMember(tokens)) return undefined;
  const reads: (string | undefined)[] = [];
  for (const [at, token] of tokens.entries()) {
    const found = isPlain({ token, before: tokens[at - 1], after: tokens[at + 1], next: tokens[at + 2] }, language, own)
      ? readsOf(token, language, own)
      : undefined;
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
  let isFirst = true;
  while (pattern.lastIndex < code.length) {
    const at = pattern.lastIndex;
    const { groups } = pattern.exec(code) ?? {};
    if (!groups) return undefined;
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    if (kind === undefined || text === undefined) isFirst ||= code.slice(at, pattern.lastIndex).includes('\n');
    else tokens.push({ kind: kind as Token['kind'], text, isFirst });
    if (kind !== undefined) isFirst = false;
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
  const isMember = before?.kind === 'mark' && before.text === '.';
  if (isMember) return token.kind === 'name' && isPlainMember(place, language);
  if (token.kind === 'name') return language.listed.has(token.text) || own.has(token.text);
  if (token.kind === 'text' || token.kind === 'template') return !isValue(before) || before.kind === 'name';
  // What a text or a result is called as is not known.
  return (
    token.kind !== 'mark' || token.text !== '(' || !isValue(before) || before.kind === 'name' || /\w$/.test(before.text)
  );
}

function isPlainMember({ token: { text }, after, next }: Place, { members, values }: Language): boolean {
  const isAssigned = after?.text === '=' && next?.text !== '=';
  return (members.has(text) && /^[(.]$/.test(after?.text ?? '')) || (values.has(text) && !isAssigned);
}

/** Whether a token ends what has a value, so that brackets and texts behind it belong to it. */
function isValue(token: Token | undefined): token is Token {
  return token !== undefined && (token.kind !== 'mark' || /^[)\]}]$/.test(token.text));
}
