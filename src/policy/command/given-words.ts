import type { Word } from 'unbash';

import type { Arg } from '#policy/command/words.ts';

/** A word that a shell leaves whole without quotes. */
const WHOLE = /^[\w@%+=:,./-]+$/;

/** What `"$@"`, `$1` and the like stand for in a text of `sh -c` with words behind it; undefined for any other word, or where that is not known. */
export function asGiven({ text, pos }: Word, given: readonly Arg[] | undefined): readonly Arg[] | undefined {
  const [, quote, bare, braced] = /^("?)\$(?:([@\d])|\{([@\d])\})\1$/.exec(text) ?? [];
  const name = bare ?? braced;
  if (!given || name === undefined) return undefined;
  const found = name === '@' ? given.slice(1) : given.slice(Number(name), Number(name) + 1);
  if (quote === '' && !found.every((word) => WHOLE.test(word.text))) return undefined;
  if (name !== '@' && found.length === 0) return undefined;
  return found.map((word) => ({ ...word, at: pos }));
}
