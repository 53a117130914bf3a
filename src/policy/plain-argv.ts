import { parse } from 'unbash';

import { isLiteral, toArg } from '#policy/command/words.ts';

/** The argv of a text that is one plain command of literal words; undefined when a shell would do more with it. */
export function toPlainArgv(text: string): readonly string[] | undefined {
  const { commands, errors } = parse(text);
  const [statement, ...more] = commands;
  if (!statement || more.length > 0 || (errors?.length ?? 0) > 0 || statement.background) return undefined;
  const node = statement.command;
  if (node.type !== 'Command' || !node.name || node.redirects.length > 0 || node.prefix.length > 0) return undefined;
  const suffix = node.suffix.map((part) => (part.type === 'Word' ? toArg(part) : undefined));
  const words = [toArg(node.name), ...suffix];
  const known = words.filter((word) => word !== undefined);
  if (known.length < words.length || !isLiteral(known) || known.some(({ text: word }) => word.startsWith('~')))
    return undefined;
  return known.map(({ text: word }) => word);
}
