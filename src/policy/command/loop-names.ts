import type { For, SyntaxNode, Word } from 'unbash';
import { forEachChild } from 'unbash';

import { setterOf } from '#policy/command/named-by-builtins.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
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
  late: readonly SyntaxNode[],
): readonly [string, 'file' | 'word'] | undefined {
  const words = wordlist.map((word) => toArg(word));
  const isFile = words.every(({ text, kind }) => /^(?:literal|files)$/.test(kind) && FILE_NAME.test(text));
  const isWord = words.every(({ text, kind }) => kind === 'literal' && PLAIN_WORD.test(text));
  if (words.length === 0 || !(isFile || isWord)) return undefined;
  if (!/^[a-z_]\w*$/i.test(name.value) || [body, ...late].some((node) => maySet(node, name.value))) return undefined;
  return [name.value, isFile ? 'file' : 'word'];
}

/** True when something below may give the variable another value. */
function maySet(node: SyntaxNode, name: string): boolean {
  if (assignedBy(node).some((each) => each.name === name)) return true;
  if (node.type === 'Command' && setterOf(node)?.(name)) return true;
  let found = false;
  forEachChild(node, (child) => (found ||= maySet(child, name)));
  return found;
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
