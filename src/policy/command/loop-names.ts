import type { For, SyntaxNode, Word } from 'unbash';
import { forEachChild } from 'unbash';

import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** A word that can only be the name of a file: it holds a dot or a slash, so it is no verb, and is no option. */
const FILE_NAME = /^(?![-/])[\w@+.,/-]*[./][\w@+.,/-]*$/;

/** The variable of a loop whose every value is the name of a file; undefined when one may be something else. */
export function fileVariable({ name, wordlist, body }: For): string | undefined {
  const isFile = (word: Word) => {
    const { text, kind } = toArg(word);
    return (kind === 'literal' || kind === 'files') && FILE_NAME.test(text);
  };
  if (!wordlist || wordlist.length === 0 || !wordlist.every(isFile)) return undefined;
  return /^[a-z_]\w*$/i.test(name.value) && !mentions(body, new RegExp(`\\b${name.value}\\b`)) ? name.value : undefined;
}

/** True when something below might give the variable another value. */
function mentions(node: SyntaxNode, name: RegExp): boolean {
  if (node.type === 'Assignment' && name.test(node.name)) return true;
  if ((node.type === 'For' || node.type === 'Select') && name.test(node.name.value)) return true;
  if (
    node.type === 'Command' &&
    [node.name, ...node.args].some((word) => word?.type === 'Word' && name.test(toArg(word).text))
  )
    return true;
  let found = false;
  forEachChild(node, (child) => (found ||= mentions(child, name)));
  return found;
}

/** `"$file"` where the loop knows that it is the name of a file, as an argument; undefined for any other word. */
export function asFileName(word: Word, variables: ReadonlySet<string>): Arg | undefined {
  const [part, second] = word.parts ?? [];
  if (part?.type !== 'DoubleQuoted' || second !== undefined) return undefined;
  const name = /^"\$(?:(\w+)|\{(\w+)\})"$/.exec(part.text);
  return variables.has(name?.[1] ?? name?.[2] ?? '') ? { text: './', kind: 'one', at: word.pos } : undefined;
}
