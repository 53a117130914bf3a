import type { Word } from 'unbash';

import type { Arg } from '#policy/command/words.ts';

/** What changes `"$@"`, or has one of its own. */
const CHANGES = /\(\s*\)|\b(?:function|set|shift|eval|source|getopts|trap)\b|(?:^|[\s;&|])\.\s/;
/** A word that a shell leaves whole without quotes. */
const WHOLE = /^[\w@%+=:,./-]+$/;

/** The words behind a text of `sh -c`, where the text surely leaves them as they are: `$0`, `$1` and so on. */
export function givenTo(text: string, words: readonly Arg[] | undefined): readonly Arg[] | undefined {
  return words?.every(({ kind }) => kind === 'literal') && !CHANGES.test(text) ? words : undefined;
}

/** What `"$@"`, `$1` and the like stand for in such a text; undefined for any other word, or where that is not known. */
export function asGiven({ text, pos }: Word, given: readonly Arg[] | undefined): readonly Arg[] | undefined {
  const [, quote, bare, braced] = /^("?)\$(?:([@\d])|\{([@\d])\})\1$/.exec(text) ?? [];
  const name = bare ?? braced;
  if (!given || name === undefined) return undefined;
  const found = name === '@' ? given.slice(1) : given.slice(Number(name), Number(name) + 1);
  if (quote === '' && !found.every((word) => WHOLE.test(word.text))) return undefined;
  if (name !== '@' && found.length === 0) return undefined;
  return found.map((word) => ({ ...word, at: pos }));
}
