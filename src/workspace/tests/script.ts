import { parse, type Command, type Word } from 'unbash';

/** One command of a package script, when it can be executed without a shell and means the same. */
export interface PlainCommand {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Reads a script that is one plain command; undefined when a shell is needed for it. */
export function toPlainCommand(script: string): PlainCommand | undefined {
  const [only, ...more] = topCommands(script);
  return only && more.length === 0 ? toPlain(only) : undefined;
}

/** The last command of an `a && b && c` script: the one that arguments after `npm test --` reach. */
export function toLastCommand(script: string): PlainCommand | undefined {
  const last = topCommands(script).at(-1);
  return last && toPlain(last);
}

/** The words of each command of an `&&` chain, those that a shell would make up left out; empty when the script is anything else. */
export function toLiteralWords(script: string): readonly (readonly string[])[] {
  return topCommands(script).map(({ name, suffix }) =>
    [...(name ? [name] : []), ...suffix].flatMap((part) => (part.type === 'Word' ? (plainText(part) ?? []) : [])),
  );
}

/** The simple commands of an `&&` chain; empty when the script is anything else. */
function topCommands(script: string): readonly Command[] {
  const parsed = parse(script);
  const [statement, ...more] = parsed.commands;
  if (!statement || more.length > 0 || (parsed.errors?.length ?? 0) > 0) return [];
  if (statement.background) return [];
  const node = statement.command;
  if (node.type === 'Command') return [node];
  if (node.type !== 'AndOr' || node.operators.some((operator) => operator !== '&&')) return [];
  const commands = node.commands.filter((each): each is Command => each.type === 'Command');
  return commands.length === node.commands.length ? commands : [];
}

function toPlain(command: Command): PlainCommand | undefined {
  const words: string[] = [];
  if (!command.name) return undefined;
  for (const part of [command.name, ...command.suffix]) {
    const text = part.type === 'Word' ? plainText(part) : undefined;
    if (text === undefined) return undefined;
    words.push(text);
  }
  const env: Record<string, string> = {};
  for (const each of command.prefix) {
    if (each.type !== 'Assignment' || each.append || each.value.type !== 'Word') return undefined;
    const text = plainText(each.value);
    if (text === undefined) return undefined;
    env[each.name] = text;
  }
  return { words, env };
}

/** The text of a word that no shell would change; `a/*.js` counts, because every runner that takes files expands it alike. */
function plainText(word: Word): string | undefined {
  const parts = word.parts ?? [];
  const changes = parts.some((part) => {
    if (part.type === 'Literal' || part.type === 'SingleQuoted') return false;
    if (part.type === 'DoubleQuoted') return part.parts.some((inner) => inner.type !== 'Literal');
    return part.type !== 'Glob' || part.kind === 'bracket';
  });
  const expands = parts.some((part) => part.type === 'Glob');
  // A shell without globstar reads ** as one *, runners do not.
  if (changes || (expands && word.text.includes('**')) || word.text.startsWith('~')) return undefined;
  return word.value;
}
