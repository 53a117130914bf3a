import { parse } from 'unbash';

import { isLiteral, toArg } from '#policy/command/words.ts';

/** The argv of a text that is one plain command of literal words; undefined when a shell would do more with it. */
export function toPlainArgv(text: string): readonly string[] | undefined {
  const { commands, errors } = parse(text);
  const [statement, ...more] = commands;
  if (!statement || more.length > 0 || (errors?.length ?? 0) > 0 || statement.background) return undefined;
  const node = statement.command;
  if (node.type !== 'Command' || !node.name || node.prefix.length > 0) return undefined;
  // What is no word is a redirection.
  if (!node.suffix.every((part) => part.type === 'Word')) return undefined;
  const words = [node.name, ...node.suffix].map((word) => toArg(word));
  if (!isLiteral(words) || words.some(({ text: word }) => word.startsWith('~'))) return undefined;
  return words.map(({ text: word }) => word);
}
