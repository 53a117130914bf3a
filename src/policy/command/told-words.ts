import type { DoubleQuotedChild, Word, WordPart } from 'unbash';

import type { Invocation, Opaque } from '#policy/command/analysis.ts';
import type { Assigned } from '#policy/command/assignments.ts';
import type { Values } from '#policy/command/constants.ts';
import { goesOn, heldBy } from '#policy/command/constants.ts';
import { plainWordsOf } from '#policy/command/plain-output.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** What an expansion gives: the path of the current folder, another word, a name or none, one plain word or none, or any number of them. */
type Told = 'folder' | 'word' | 'name' | 'one' | 'many';

/** A word with a `$(…)` that says plain words, or with `$PWD` and the like, as an argument; undefined for any other word. */
export function asTold(word: Word, values: Values, isNested: boolean): Arg | undefined {
  const parts = word.parts ?? [];
  const [part, second] = parts;
  const inner = part?.type === 'DoubleQuoted' && !second ? part.parts : undefined;
  const say = (_: WordPart | DoubleQuotedChild, at: number) => toldBy(inner ?? parts, at, values);
  const told = (inner ?? parts).map(say);
  const is = told[0] === 'name' ? { isName: true as const } : { isPlain: true };
  if (inner) return inner.length === 1 && told[0] ? { ...toArg(word), ...ofFolder(word), ...is } : undefined;
  const isKnown = parts.every(
    (each, at) => told[at] !== undefined || isFixed(each) || typeof heldBy(parts, at, values) === 'string',
  );
  if (!isKnown || told.every((each) => each === undefined)) return undefined;
  const { text } = toArg(word);
  // In which folder a nested shell starts may be anybody's choice.
  if ((told.includes('many') && second) || (told.includes('folder') && isNested)) return undefined;
  if (!second && told[0] !== 'word') return { text, kind: 'many', at: word.pos, ...is };
  return { text, kind: 'one', at: word.pos, ...ofFolder(word), ...(second ? {} : { isPlain: true }) };
}

const FOLDER = /\$(?:PWD\b|\{PWD\}|\(pwd\))|`pwd`/;

/** Says of a word whether it holds the name of the current folder. */
export function ofFolder({ parts = [] }: Word): Pick<Arg, 'ofFolder'> {
  const holding = parts.filter(({ text }) => FOLDER.test(text));
  if (holding.length === 0) return {};
  return { ofFolder: holding.every(({ type }) => type === 'DoubleQuoted') ? 'quoted' : 'split' };
}

const FIXED: ReadonlySet<WordPart['type']> = new Set(['Literal', 'SingleQuoted', 'AnsiCQuoted', 'DoubleQuoted']);

/** A part that adds no other word. */
function isFixed({ type, text }: WordPart): boolean {
  return FIXED.has(type) && !(type === 'DoubleQuoted' && /@/.test(text));
}

function toldBy(parts: readonly (WordPart | DoubleQuotedChild)[], at: number, values: Values): Told | undefined {
  const part = parts[at];
  const on = part && goesOn(part, parts[at + 1]);
  if (!part || on === 'open') return undefined;
  // As it is, or as a modifier of zsh leaves it.
  if (on === 'modified') return typeof heldBy([part], 0, values) === 'string' ? 'word' : undefined;
  const held = heldBy(parts, at, values);
  if (typeof held === 'object') return held.plain;
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
  const at = args.findIndex(({ kind, isPlain, isName }) => kind === 'many' && (isPlain || isName));
  const word = args[at];
  if (!word || left === 0) return [args];
  const one: Arg = { ...word, kind: 'one' };
  const [before, behind] = [args.slice(0, at), args.slice(at + 1)];
  return [[], [one]].flatMap((each) => withPlainWords([...before, ...each, ...behind], left - 1));
}

/** A command that goes to a folder whose name may be several words, or that gives `$PWD` another value. */
export function findMoved(
  words: readonly Arg[],
  calls: readonly Invocation[],
  assigned: readonly Assigned[],
): Opaque | undefined {
  const isSet = assigned.some(({ name }) => /^(?:OLDPWD|PWD|CDPATH)$/.test(name));
  const word = words.find(({ ofFolder: how }) => how === 'split' || (isSet && how === 'quoted'));
  if (!word || !(isSet || calls.some(movesOddly))) return undefined;
  return { construct: 'the name of a folder that may be several words', at: word.at };
}

/** A folder whose name is no plain word. */
export const ODD_FOLDER = /[^\w@+.,/:~-]/;

/** Options by which a shell takes a variable for a folder, or goes where a link leads, whatever that is called. */
const MOVES_ODDLY = /cdable_?vars|chase_?(?:links|dots)|^physical$|^-[a-z]*[Pw]/i;
/** The same of one call of `cd`. */
const PHYSICAL = /^-[A-Za-z]*P/;

function movesOddly({ program, args }: Invocation): boolean {
  const isOdd = ({ text, kind }: Arg) => kind !== 'literal' || ODD_FOLDER.test(text) || PHYSICAL.test(text);
  if (/^(?:shopt|setopt|set)$/.test(program)) return args.some(({ text }) => MOVES_ODDLY.test(text));
  return /^(?:cd|pushd|chdir)$/.test(program) && args.some(isOdd);
}
