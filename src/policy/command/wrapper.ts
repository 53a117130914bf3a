import type { Analyst } from '#policy/command/analysis.ts';
import { checkAssignmentWord } from '#policy/command/assignments.ts';
import type { Call, Handler, OptionValue } from '#policy/command/handler.ts';
import {
  EXECUTES_VALUE,
  deeper,
  isEnd,
  joined,
  optionValue,
  refuseWord,
  runRest,
  textAt,
  wordsBehind,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import type { OptionTable, PositionSpec } from '#policy/command/options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { guessInput, unknownTexts } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { asWritten, mayBeMany } from '#policy/command/words.ts';

/** How a program finds the command that it executes. */
export interface WrapperSpec {
  /** Options that take a value, separated by spaces. */
  readonly values?: string;
  readonly flags?: string;
  /** Words between the options and the command, such as the seconds of `timeout`. */
  readonly skip?: number;
  /** Sub-commands that execute the rest; without them nothing is executed. */
  readonly verbs?: readonly string[];
  /** Other sub-commands, which find their command in another way. */
  readonly also?: readonly WrapperSpec[];
  /** What may stand in the word of the command before it, such as the environment in `hatch run test:cmd`. */
  readonly prefix?: RegExp;
  /** Options whose value is shell text. */
  readonly text?: NamedOptions;
  /** The rest is joined to shell text. */
  readonly joins?: boolean;
  /** `NAME=value` words may precede the command. */
  readonly assigns?: boolean;
  /** Where a `--` stands behind the verb, the command starts there. */
  readonly behindDashes?: boolean;
  /** Without a command it starts a shell, which reads standard input. */
  readonly shell?: boolean;
  /** Words that make it execute something else besides. */
  readonly executes?: (text: string) => boolean;
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/** A program that executes the rest of its words, or some of them. */
export function createWrapper(spec: WrapperSpec): Handler {
  const { skip, verbs, executes } = spec;
  const table = optionTable(spec.values, spec.flags);
  const others = (spec.also ?? []).map((other) => ({ ...other, handle: createWrapper(other) }));
  return (call, analyst) => {
    for (const other of others) if (!other.verbs || hasVerb(call.words, other.verbs)) other.handle(call, analyst);
    if (executes) refuseWord(call, analyst, { what: EXECUTES_VALUE, when: ({ text }) => executes(text) });
    const text = spec.text && optionValue(call.words, spec.text);
    if (text) runText(text, call, analyst);
    if (text?.exact) return;
    if (spec.shell) readShell(call, analyst, { table, skip });
    const own = ownWords(call.words, { ...spec, table });
    unknownTexts({ ...call, words: own }, analyst);
    // Nothing is executed that the words name: it may be a shell.
    if (own.length === call.words.length) guessInput({ ...call, program: 'sh' }, analyst);
    const words = spec.assigns ? withoutAssignments(call, analyst, table) : call.words;
    const inner = { words, context: call.context };
    if (verbs) runVerb(inner, analyst, { ...spec, verbs, table });
    else if (spec.joins) runJoined(inner, analyst, { table, skip });
    else runRest(inner, analyst, { table, skip });
  };
}

function hasVerb(words: readonly Arg[], verbs: readonly string[]): boolean {
  return words.some(({ text, kind }) => kind !== 'literal' || verbs.includes(text));
}

/** What stands before the command, in every reading; all words where no verb executes one. */
function ownWords(words: readonly Arg[], { table, skip, verbs }: WrapperSpec & PositionSpec): readonly Arg[] {
  const from = verbs ? words.findIndex(({ text }) => verbs.includes(text)) + 1 : 0;
  const { starts } = positionals(words, { table, skip, from });
  return (verbs && from === 0) || starts.length === 0 ? words : words.slice(0, Math.max(...starts));
}

type Inner = Pick<Call, 'words' | 'context'>;

/** The text alone, and as a program that takes the words behind it. */
function runText(found: OptionValue, { words, context }: Call, analyst: Analyst): void {
  analyst.shellText(found.value, deeper(context));
  const rest = wordsBehind(words, found);
  if (rest.length > 0) analyst.argv([found.value, ...rest], deeper(context, { speculative: true }));
}

/** Checks and drops the assignments before the command, which stand among the options; one that may be several words is none. */
function withoutAssignments({ words, context }: Call, analyst: Analyst, table: OptionTable): readonly Arg[] {
  const kept: Arg[] = [];
  let takesValue = false;
  for (const [index, word] of words.entries()) {
    if (!takesValue && ASSIGNMENT.test(word.text) && !mayBeMany(word))
      checkAssignmentWord(asWritten(word), context, analyst);
    else if (!takesValue && !word.text.startsWith('-')) return [...kept, ...words.slice(index)];
    else kept.push(word);
    takesValue = !takesValue && table.values.has(word.text);
  }
  return kept;
}

function runVerb(
  { words, context }: Inner,
  analyst: Analyst,
  {
    verbs,
    behindDashes,
    joins,
    prefix,
    table,
    skip,
  }: WrapperSpec & PositionSpec & { readonly verbs: readonly string[] },
): void {
  const from = words.findIndex(({ text }) => verbs.includes(text)) + 1;
  if (from === 0) return;
  const rest = words.slice(from);
  const dashes = behindDashes ? rest.findIndex(isEnd) : -1;
  if (dashes >= 0) analyst.argv(rest.slice(dashes + 1), deeper(context));
  else if (joins) runJoined({ words: rest, context }, analyst, { table, skip });
  else runRest({ words: rest, context }, analyst, { table, skip, ...(prefix && { fill: withoutPrefix(prefix) }) });
}

/** The same command without what stands before it in its word. */
function withoutPrefix(prefix: RegExp): (command: readonly Arg[]) => readonly Arg[] {
  return ([head, ...rest]) => (head ? [{ ...head, text: head.text.replace(prefix, '') }, ...rest] : rest);
}

/** `ssh host`, `chroot dir`: what a shell without a command reads. */
export function readShell({ words, head, context }: Call, analyst: Analyst, spec: PositionSpec): void {
  const input = stdinArg(context, head.at);
  if (input && positionals(words, spec).starts.length === 0)
    analyst.shellText(input, deeper(context, { stdin: 'script' }));
}

/** Ways to read the options that are tried: more of them no call has that is no attack on this. */
const MAX_READINGS = 8;

function runJoined({ words, context }: Inner, analyst: Analyst, { table, skip = 0 }: PositionSpec): void {
  // Whether an option that is not known takes the next word is tried both ways.
  for (const start of positionals(words, { table, skip }).starts.slice(0, MAX_READINGS))
    analyst.guess(joined(words.slice(start)), deeper(context));
  let at = 0;
  // The last letter of a bundle may take the next word.
  const takesNext = (text: string) => table.values.has(text.replace(/^-[A-Za-z0-9]+(?=[A-Za-z]$)/, '-'));
  while (isOption(textAt(words, at))) at += takesNext(textAt(words, at)) ? 2 : 1;
  analyst.shellText(joined(words.slice(at + skip)), deeper(context));
}
