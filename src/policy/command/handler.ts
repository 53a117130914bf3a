import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { PositionSpec } from '#policy/command/options.ts';
import { isOption, positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { expandBraces, isLiteral, isUnknown } from '#policy/command/words.ts';

/** A call whose program is known. */
export interface Call {
  readonly program: string;
  /** The program's own word. */
  readonly head: Arg;
  /** The words behind it. */
  readonly words: readonly Arg[];
  readonly context: Context;
}

/** Hands on what a program would execute in turn. */
export type Handler = (call: Call, analyst: Analyst) => void;

/** The context of something that the call executes. */
export function deeper(context: Context, changes: Partial<Context> = {}): Context {
  return { ...context, depth: context.depth + 1, ...changes };
}

/** The same for a text that the call takes from its standard input itself, so that nothing is left to read. */
export function apart(context: Context): Context {
  return deeper(context, { stdin: 'none' });
}

/** The text of a word, empty where there is none. */
export function textAt(words: readonly Arg[], index: number): string {
  return words[index]?.text ?? '';
}

/** Words of a tail that are looked at; a verb stands near its program. */
const MAX_TAIL = 64;

/** Tries every tail of the words as a command, for a program that is not known to leave them alone. */
export function scanWords({ words, context }: Pick<Call, 'words' | 'context'>, analyst: Analyst): void {
  if (context.speculative) return;
  const spread = words.flatMap(expandBraces);
  for (const at of spread.keys()) analyst.argv(tailOf(spread, at), deeper(context, { speculative: true }));
}

/** Behind many options a verb may stand far from its program. */
function tailOf(words: readonly Arg[], at: number): readonly Arg[] {
  const near = words.slice(at, at + MAX_TAIL);
  if (!near.slice(1).every(({ text }) => text.startsWith('-'))) return near;
  const verb = words.findIndex(({ text }, index) => index >= at + MAX_TAIL && !text.startsWith('-'));
  return verb < 0 ? near : [...near, ...words.slice(verb, verb + MAX_TAIL)];
}

/** Tries a program with every tail of the words, where it is not known which of them are its arguments. */
export function runWithTails(
  program: Arg,
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
): void {
  for (const at of [...words, program].keys())
    analyst.argv([program, ...words.slice(at, at + MAX_TAIL)], deeper(context, { speculative: true }));
}

/** Analyses the command that starts behind the options, in every reading of them. */
export function runRest(
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
  { fill, ...spec }: PositionSpec & { readonly fill?: (command: readonly Arg[]) => readonly Arg[] },
): void {
  const { starts, unknownAt } = positionals(words, spec);
  if (unknownAt !== undefined) analyst.opaque('words before the command that are not literal', unknownAt, context);
  for (const start of starts) {
    const command = words.slice(start);
    analyst.argv(fill ? fill(command) : command, deeper(context));
  }
  // What is taken for the value of an option may be the command, where the option takes none.
  for (const [at, { text }] of words.slice(0, Math.max(0, ...starts)).entries())
    if (!isOption(text) && isOption(textAt(words, at - 1)))
      analyst.argv(tailOf(words, at), deeper(context, { speculative: true }));
}

/** Doubts a program that only the run tells, where the words behind it are tried as commands anyway. */
export function refuseUnknownProgram(
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
  spec: PositionSpec,
): void {
  const [start, second] = positionals(words, spec).starts;
  const program = second === undefined && start !== undefined ? words[start] : undefined;
  if (program && isUnknown(program) && program.text === '')
    analyst.opaque('a command name that is not literal', program.at, context);
}

/** What is said of an option whose value is executed. */
export const EXECUTES_VALUE = 'an option that executes its value';

/** Doubts a call for the first of its words that is of a kind. */
export function refuseWord(
  { words, context }: Pick<Call, 'words' | 'context'>,
  analyst: Analyst,
  { what, when }: { readonly what: string; readonly when: (word: Arg, index: number) => unknown },
): void {
  const word = words.find(when);
  if (word) doubtWord(what, word, { context, analyst });
}

/** Doubts a word: one that is written out even where the call itself is only a guess. */
export function doubtWord(
  what: string,
  { kind, at }: Arg,
  { context, analyst }: { readonly context: Context; readonly analyst: Analyst },
): void {
  if (kind === 'literal') opaqueCode(what, at, { context, analyst });
  else analyst.opaque(what, at, context);
}

/** Options of build tools that take the next word. */
const TAKES_NEXT =
  /^(?:-[CdfIjloOW]|--(?:directory|file|makefile|include-dir|jobs|justfile|taskfile|dir|working-directory))$/;

/** Doubts a word that a build tool might take for an option or an assignment, such as `"$x"` in `make "$x"`. */
export function refuseUnknownTarget({ words, context }: Pick<Call, 'words' | 'context'>, analyst: Analyst): void {
  refuseWord({ words, context }, analyst, {
    what: 'a target that is not literal',
    when: ({ text, kind, isPlain }, at) =>
      /^(?:one|many)$/.test(kind) && text === '' && !isPlain && !TAKES_NEXT.test(textAt(words, at - 1)),
  });
}

/** Refuses code that is given as text, even where the call itself is only a guess. */
export function opaqueCode(
  what: string,
  at: number,
  { context, analyst }: { readonly context: Context; readonly analyst: Analyst },
): void {
  analyst.opaque(what, at, { ...context, speculative: false });
}

/** Words joined by spaces, as shells and `ssh` read them. */
export function joined(words: readonly Arg[]): Arg {
  const kind = isLiteral(words) ? 'literal' : 'many';
  const ofFolder = words.some((word) => word.ofFolder) ? { ofFolder: 'split' as const } : {};
  return { text: words.map(({ text }) => text).join(' '), kind, at: words[0]?.at ?? 0, ...ofFolder };
}

/** The value of an option and where the option stands; `exact` unless the option is abbreviated or in a cluster, which may be a misreading. */
export interface OptionValue {
  readonly value: Arg;
  readonly index: number;
  /** Offset of the option. */
  readonly at: number;
  readonly exact: boolean;
}

/** The value of an option before `--`, where one in full and alone goes before a guess. */
export function optionValue(words: readonly Arg[], options: NamedOptions): OptionValue | undefined {
  const found = optionValues(words, options);
  return found.find(({ exact }) => exact) ?? found[0];
}

/** Every value of options before `--`. */
export function optionValues(words: readonly Arg[], options: NamedOptions): readonly OptionValue[] {
  return wordsBefore(words, isEnd).flatMap((word, index) => {
    const option = namedOption(word.text, options);
    const value = option && valueOf(option, word, words[index + 1]);
    return value ? [{ value, index, at: word.at, exact: option.exact }] : [];
  });
}

/** The words behind an option and its value. */
export function wordsBehind(
  words: readonly Arg[],
  { value, index }: Pick<OptionValue, 'value' | 'index'>,
): readonly Arg[] {
  return words.slice(index + (words[index + 1] === value ? 2 : 1));
}

/** The words up to the first of a kind. */
export function wordsBefore(words: readonly Arg[], when: (word: Arg, index: number) => boolean): readonly Arg[] {
  const end = words.findIndex(when);
  return end < 0 ? words : words.slice(0, end);
}

/** True for `--`, behind which no word is an option. */
export function isEnd({ text, kind }: Arg): boolean {
  return text === '--' && kind === 'literal';
}
