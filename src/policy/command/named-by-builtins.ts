import type { Command, ParsedScript } from 'unbash';
import { parse } from 'unbash';

import type { Arg } from '#policy/command/words.ts';
import { isLiteral, toArg } from '#policy/command/words.ts';

/** Commands that may give any variable a value. */
const SETS_ANY = /^(?:eval|source|\.|trap|enable|alias|emulate|zmodload|repeat)$/;
/** Commands that say of variables what they are. */
const DECLARES = /^(?:declare|typeset|local|export|readonly|nameref|integer|float|private)$/;
/** Other commands that give those a value that they name. */
const SETS_NAMED =
  /^(?:read|mapfile|readarray|getopts|let|unset|wait|compgen|coproc|vared|sysread|strftime|zparseopts|zregexparse|zstyle|zformat|zstat|print|getln|zpty|pcre_match)$/;
/** By `set`, words of calls become variables of functions, and functions those of other processes. */
const SHARES = /^(?:[-+][A-Za-z]*[akA]|keyword|allexport)/;

interface BuiltinCall {
  readonly name: string;
  readonly words: readonly Arg[];
  /** Behind `command` and the like stands a word that may be the name of any builtin. */
  readonly isAny: boolean;
}

/** A call with its words, behind `builtin`, `command` and the like. */
export function builtinOf({ name, args }: Command): BuiltinCall {
  const words = [name, ...args].flatMap((item) => (item?.type === 'Word' ? [toArg(item)] : []));
  const at = words.findIndex(({ text }) => !/^(?:builtin|command|noglob|nocorrect|-p*|--)$/.test(text));
  const word = words[at];
  const isAny = at > 0 && word !== undefined && word.kind !== 'literal';
  return { name: word?.text ?? '', words: at < 0 ? [] : words.slice(at + 1), isAny };
}

/** Says of a name whether a command may give the variable a value by it; undefined when it gives none. */
export function setterOf(command: Command): ((name: string) => boolean) | undefined {
  const { name, words, isAny } = builtinOf(command);
  if (isAny || SETS_ANY.test(name) || (name === 'set' && words.some(({ text }) => SHARES.test(text))))
    return () => true;
  if (name === 'printf') return setterOfPrintf(words);
  if (!DECLARES.test(name)) return SETS_NAMED.test(name) ? namedIn(words) : undefined;
  // An exported function is called elsewhere, with other variables.
  return words.some(({ text }) => /^-[A-Za-z]*f/.test(text)) ? () => true : namedIn(words);
}

/** What a trap may execute, any of its words; undefined for another command, or where one of them is not literal. */
export function trappedBy(command: Command): readonly ParsedScript[] | undefined {
  const { name, words } = builtinOf(command);
  const isPlain = name === 'trap' && isLiteral(words) && command.args.every(({ type }) => type === 'Word');
  return isPlain ? words.map(({ text }) => parse(text)) : undefined;
}

/** True for a declaration whose variables change what they are given, or stand for others. */
export function changesValues(command: Command): boolean {
  const { name, words } = builtinOf(command);
  return DECLARES.test(name) && words.some(({ text }) => /^[-+][A-Za-z]*[nuilcmLMRZEFTX]/.test(text));
}

/** `printf -v NAME`; a word that only the run tells may be that, with any name, unless it is surely a format or all that is given. */
function setterOfPrintf(words: readonly Arg[]): ((name: string) => boolean) | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (first.kind === 'literal') return first.text.startsWith('-v') ? namedIn(words.slice(0, 2)) : undefined;
  const isFormat = !'-v'.startsWith(first.text) || /[^\w-]/.test(first.ends ?? '');
  return isFormat || (second === undefined && first.kind !== 'many') ? undefined : () => true;
}

function namedIn(words: readonly Arg[]): ((name: string) => boolean) | undefined {
  if (words.length === 0) return undefined;
  if (words.some(({ kind }) => kind !== 'literal')) return () => true;
  const names = new Set(words.flatMap(({ text }) => text.split(/\W+/)));
  const options = words.filter(({ text }) => /^[-+]/.test(text));
  return (name) => names.has(name) || options.some(({ text }) => text.includes(name));
}
