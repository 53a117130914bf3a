import type { DoubleQuotedChild, Word, WordPart } from 'unbash';

import type { Invocation, Opaque } from '#policy/command/analysis.ts';
import type { Assigned } from '#policy/command/assignments.ts';
import type { Values } from '#policy/command/constants.ts';
import { heldBy } from '#policy/command/constants.ts';
import { plainWordsOf } from '#policy/command/plain-output.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** What an expansion gives: the path of the current folder, another word, one plain word or none, or any number of them. */
type Told = 'folder' | 'word' | 'one' | 'many';

/** A word with a `$(…)` that says plain words, or with `$PWD` and the like, as an argument; undefined for any other word. */
export function asTold(word: Word, values: Values): Arg | undefined {
  const parts = word.parts ?? [];
  const [part, second] = parts;
  const inner = part?.type === 'DoubleQuoted' && !second ? part.parts : undefined;
  const say = (each: WordPart | DoubleQuotedChild) => toldBy(each, values);
  if (inner) return inner.length === 1 && inner.every(say) ? { ...toArg(word), isPlain: true } : undefined;
  const told = parts.map(say);
  const isKnown = parts.every(
    (each, at) => told[at] !== undefined || isFixed(each) || typeof heldBy(each, values) === 'string',
  );
  if (!isKnown || told.every((each) => each === undefined)) return undefined;
  const { text } = toArg(word);
  if (told.includes('many') && second) return undefined;
  if (!second && /^(?:one|many)$/.test(told[0] ?? '')) return { text, kind: 'many', at: word.pos, isPlain: true };
  const ofFolder = told.includes('folder') ? { ofFolder: true as const } : {};
  return { text, kind: 'one', at: word.pos, ...ofFolder, ...(second ? {} : { isPlain: true }) };
}

/** A part that adds no other word. */
function isFixed({ type, text }: WordPart): boolean {
  return (
    /^(?:Literal|SingleQuoted|AnsiCQuoted|DoubleQuoted)$/.test(type) && !(type === 'DoubleQuoted' && /@/.test(text))
  );
}

function toldBy(part: WordPart | DoubleQuotedChild, values: Values): Told | undefined {
  const held = heldBy(part, values);
  if (typeof held === 'object') return held.plain === 'sure' ? 'word' : held.plain;
  if (/^(?:\$(?:PWD|\{PWD\}|\(pwd\))|`pwd`)$/.test(part.text)) return 'folder';
  if (/^\$(?:HOME|\{HOME\}|[$?#])$/.test(part.text)) return 'word';
  if (part.type !== 'CommandExpansion') return undefined;
  const [statement, second] = part.script?.commands ?? [];
  return second ? undefined : plainWordsOf(statement?.command);
}

/** Such words of one command that are read both ways. */
const MAX_WORDS = 3;

/** The same words with none and with one in place of any number of plain words: what several do, one does. */
export function withPlainWords(args: readonly Arg[], left = MAX_WORDS): readonly (readonly Arg[])[] {
  const at = args.findIndex(({ kind, isPlain }) => kind === 'many' && isPlain === true);
  const word = args[at];
  if (!word || left === 0) return [args];
  const one: Arg = { ...word, kind: 'one' };
  const [before, behind] = [args.slice(0, at), args.slice(at + 1)];
  return [[], [one]].flatMap((each) => withPlainWords([...before, ...each, ...behind], left - 1));
}

/** A command that goes to a folder whose name may be several words, so that an unquoted `$PWD` is not one. */
export function findMoved(calls: readonly Invocation[], assigned: readonly Assigned[]): Opaque | undefined {
  const word = calls.flatMap(({ args }) => args).find(({ ofFolder }) => ofFolder === true);
  if (!word) return undefined;
  const isOdd = ({ text, kind }: Arg) => kind !== 'literal' || /[^\w@+.,/:~-]/.test(text);
  const moves = calls.some(({ program, args }) => /^(?:cd|pushd|chdir)$/.test(program) && args.some(isOdd));
  const isSet = assigned.some(({ name }) => /^(?:OLDPWD|PWD|CDPATH)$/.test(name));
  return moves || isSet ? { construct: 'the name of a folder that may be several words', at: word.at } : undefined;
}
