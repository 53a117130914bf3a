import type { Assigned } from '#policy/command/assignments.ts';
import type { Constants, Values } from '#policy/command/constants.ts';
import type { Counters } from '#policy/command/counters.ts';
import type { FunctionCalls } from '#policy/command/function-calls.ts';
import type { HeldTexts } from '#policy/command/held-texts.ts';
import type { MaySet } from '#policy/command/late-code.ts';
import type { LoopNames } from '#policy/command/loop-names.ts';
import type { Arg } from '#policy/command/words.ts';

/** The name of a program that may be any; no program that is read off has it. */
export const ANY_PROGRAM = '…';

/** A program with the arguments it would get, however deep it was wrapped. */
export interface Invocation {
  /** Base name of the program: lower case, without extension and version. */
  readonly program: string;
  readonly args: readonly Arg[];
  /** Set when it is one only if the word there, which is not literal, makes it one. */
  readonly supposedAt?: number | undefined;
}

/** A construct that cannot be read off, which is refused. */
export interface Opaque {
  /** What it is, such as `the command name is not literal`. */
  readonly construct: string;
  /** Offset in the text, or index of the argument. */
  readonly at: number;
  /** It is one only if a word that is not literal is the one that would execute something. */
  readonly isSupposed?: true;
}

/** A file that a redirection of the shell opens, or code that can be read off. */
export interface Redirected {
  readonly target: Arg;
  readonly use: 'read' | 'write';
}

/** Everything that a command would run, as far as its text tells. */
export interface CommandAnalysis {
  /** `character` for text, `argument` for an argv. */
  readonly unit: 'character' | 'argument';
  readonly raw: string;
  readonly invocations: readonly Invocation[];
  /** Those of them that are no guess. */
  readonly certain: readonly Invocation[];
  readonly redirects: readonly Redirected[];
  readonly opaque: readonly Opaque[];
  /** Where the name of the current folder stands without quotes, so that it must be one plain word. */
  readonly bareFolder: number | undefined;
}

/** Where standard input comes from: nothing, known text, a file, the script in which a command stands, words that are not known but plain, or something unknown, which may seem to be a text. */
export type Stdin =
  | 'none'
  | 'file'
  | 'script'
  | 'unknown'
  | 'plain'
  | { readonly text: string }
  | { readonly seems: string };

/** Where a command stands while it is being analysed. */
export interface Context {
  readonly depth: number;
  readonly stdin: Stdin;
  /** Set inside nested text: findings point at the outer word. */
  readonly at: number | undefined;
  /** The words may be mere arguments: only shells and inline code count as opaque. */
  readonly speculative: boolean;
  /** Set while a word that is not literal is taken for one that executes something. */
  readonly supposed?: { readonly at: number; readonly meant: string } | undefined;
  /** What is known of the variables of loops. */
  readonly loopNames: LoopNames;
  /** What variables hold. */
  readonly constants: Constants;
  /** What they may hold. */
  readonly heldTexts: HeldTexts;
  /** How variables that hold a folder are written. */
  readonly folders: Values;
  /** Nothing in the text, or around it, gives a command another meaning. */
  readonly isPlain: boolean;
  /** What code of the text that runs late may set; undefined where other code around it may, too. */
  readonly isSetLate: MaySet | undefined;
  readonly counters: Counters;
  /** The shell that reads the text may be zsh, which evaluates numbers. */
  readonly mayBeZsh: boolean;
  /** What `$0`, `$1` and so on are, where that is known. */
  readonly given?: readonly Arg[] | undefined;
  /** The words of every call of some functions of the text. */
  readonly functionCalls?: FunctionCalls | undefined;
  /** Somewhere in the text, or around it, a command may be given another standard input: then so may a function. */
  readonly feeds: boolean;
  /** Where the subscripts of an array are mere keys. */
  readonly maps: Counters;
}

/** Collects findings, and analyses what a program would run in turn. */
export interface Analyst {
  /** An argv that would be executed. */
  argv(args: readonly Arg[], context: Context): void;
  /** Judges the call of a function of the text, whose body is judged with these words; a program that is known may be meant all the same. */
  ownFunction(args: readonly Arg[], context: Context): void;
  /** Shell text that would be executed, with the words that it is given. */
  shellText(arg: Arg, context: Context, given?: readonly Arg[]): void;
  /** Text that might be executed: only commands in it count, and code in arguments. */
  guess(arg: Arg, context: Context): void;
  /** A file that the shell opens for a command. */
  redirect(redirected: Redirected): void;
  /** A word that zsh evaluates as a number, or that the shell surely expands once more. */
  evaluated(word: Arg, context: Context, isSure?: boolean): void;
  /** A variable that gets a value. */
  assigned(assigned: Assigned, context: Context): void;
  /** Variables that a text takes for numbers. */
  counted(names: Iterable<string>, context: Context): void;
  opaque(construct: string, at: number, context: Context): void;
  /** False when a construct was found already, so that no further reading of a call's words is needed, or too many were. */
  mayReadAgain(words: readonly Arg[], context: Context): boolean;
}
