import type { For, Word } from 'unbash';

import type { MaySet } from '#policy/command/late-code.ts';
import { setIn } from '#policy/command/late-code.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** What every value of a variable is: the name of a file, or a plain word such as `lint`. */
export type LoopNames = ReadonlyMap<string, 'file' | 'word'>;

/** A word that can only be the name of a file: it holds a dot or a slash, so it is no verb, and is no option. */
const FILE_NAME = /^(?![-/])[\w@+.,/-]*[./][\w@+.,/-]*$/;
/** A word that is no option, no assignment, no address of git's and no code. */
const PLAIN_WORD = /^\w(?!.*::)[\w@+.,/:-]*$/;

/** What is known of the variable of a loop, from the words that it lists and from what may run meanwhile; undefined when they may be anything. */
export function loopNames(
  { name, wordlist = [], body }: For,
  isSetLate: MaySet,
): readonly [string, 'file' | 'word'] | undefined {
  const words = wordlist.map((word) => toArg(word));
  const isFile = words.every(({ text, kind }) => /^(?:literal|files)$/.test(kind) && FILE_NAME.test(text));
  const isWord = words.every(({ text, kind }) => kind === 'literal' && PLAIN_WORD.test(text));
  if (words.length === 0 || !(isFile || isWord)) return undefined;
  if (!/^[a-z_]\w*$/i.test(name.value) || setIn([body])(name.value) || isSetLate(name.value)) return undefined;
  return [name.value, isFile ? 'file' : 'word'];
}

/** `"$file"` where the loop knows what it is, as an argument; undefined for any other word. */
export function asLoopName(word: Word, names: LoopNames): Arg | undefined {
  const [part, second] = word.parts ?? [];
  if (part === undefined || second !== undefined) return undefined;
  const name = /^("?)\$(?:(\w+)|\{(\w+)\})\1$/.exec(part.text);
  const known = names.get(name?.[2] ?? name?.[3] ?? '');
  if (known === 'word') return { ...toArg(word), isPlain: true };
  return known === 'file' && part.type === 'DoubleQuoted' ? { text: './', kind: 'one', at: word.pos } : undefined;
}
