import type { Analyst, Context } from '#policy/command/analysis.ts';
import { checkAssignmentWord } from '#policy/command/assignments.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, EXECUTES_VALUE, optionValue, optionValues, refuseWord, textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { typedBy, typedByCodes } from '#policy/command/tmux-keys.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName, isUnknown } from '#policy/command/words.ts';

/** What a command of tmux does with its operands. */
interface Verb {
  readonly names: readonly string[];
  readonly table: OptionTable;
  /** Operands before the ones that are executed. */
  readonly skip?: number;
  /** How the operands are executed; `first` is shell text followed by commands of tmux. */
  readonly runs: 'shell' | 'tmux' | 'first' | 'keys' | 'file' | 'buffer' | 'option' | 'menu' | 'variable';
}

const verb = (names: string, values: string, flags: string, rest: Pick<Verb, 'runs' | 'skip'>): Verb => ({
  names: names.split(' '),
  table: optionTable(values, flags),
  ...rest,
});

const verbs: readonly Verb[] = [
  verb('new-session new', '-c -e -f -F -n -s -t -x -y', '-A -d -D -E -P -X', { runs: 'shell' }),
  verb('new-window neww', '-c -e -F -n -t', '-a -b -d -k -P -S', { runs: 'shell' }),
  verb('split-window splitw', '-c -e -l -p -t -F', '-b -d -f -h -I -v -P -Z', { runs: 'shell' }),
  verb('respawn-pane respawnp respawn-window respawnw', '-c -e -t', '-k', { runs: 'shell' }),
  verb('display-popup popup', '-b -c -d -e -h -s -S -t -T -w -x -y', '-B -C -E -EE -k', { runs: 'shell' }),
  verb('run-shell run', '-c -d -t', '-b -C', { runs: 'shell' }),
  verb('pipe-pane pipep', '-t', '-I -O -o', { runs: 'shell' }),
  verb('detach-client detach', '-s -t', '-a -E -P', { runs: 'shell' }),
  verb('if-shell if', '-t', '-b -F', { runs: 'first' }),
  verb('set-hook', '-t', '-a -g -p -R -u -w', { runs: 'tmux', skip: 1 }),
  verb('bind-key bind', '-N -T', '-n -r', { runs: 'tmux', skip: 1 }),
  verb('confirm-before confirm', '-c -p -t', '-b -y', { runs: 'tmux' }),
  verb('command-prompt', '-I -p -t -T', '-1 -b -F -i -k -N', { runs: 'tmux' }),
  verb('send-keys send', '-t -N -c', '-l -R -M -X -H -F -K', { runs: 'keys' }),
  verb('set-buffer setb', '-b -n -t', '-a -w', { runs: 'keys' }),
  verb('set-option set set-window-option setw', '-t', '-a -F -g -o -p -q -s -u -U -w', { runs: 'option' }),
  verb('source-file source', '-t', '-F -n -q -v', { runs: 'file' }),
  verb('load-buffer loadb', '-b -t', '-w', { runs: 'buffer' }),
  verb('set-environment setenv', '-t', '-F -g -h -r -u', { runs: 'variable' }),
  verb('display-menu menu', '-b -c -C -H -s -S -t -T -x -y', '-M -O', { runs: 'menu' }),
  verb('choose-tree choose-client choose-buffer', '-F -f -K -O -t', '-G -N -r -s -w -Z', { runs: 'tmux' }),
  verb('display-panes displayp', '-d -t', '-b -N', { runs: 'tmux' }),
];

/** Options of tmux whose value it executes. */
const EXECUTED_OPTION = /(?:-command|-shell|editor)$/;
/** The option that gives its commands other names. */
const ALIASES = /^command-alias/;
const NAMES_VARIABLE: NamedOptions = { letters: 'e', values: 'cfFnstxylpbdhSTw' };

/** A format that executes what it holds. */
const FORMAT = /#\(/;
const OPEN_FILE = /^(?:-$|\/(?:dev|proc)\/)/;
const STANDARD_INPUT = /^(?:-|\/dev\/(?:stdin|fd\/0)|\/proc\/self\/fd\/0)$/;

/** Each line of commands as a call of tmux. */
function commandsOf(word: Arg): Arg {
  return { text: word.text.replaceAll(/^[ \t]*(?=\S)/gm, 'tmux '), kind: word.kind, at: word.at };
}

/** Commands of tmux that one word holds are read with and without a break at each `;`. */
function runCommands(word: Arg, context: Context, analyst: Analyst): void {
  const commands = commandsOf(word);
  for (const text of new Set([commands.text, commands.text.replaceAll(/;[ \t]*(?=\S)/g, '; tmux ')]))
    analyst.shellText({ ...commands, text }, deeper(context));
}

/** A single word is shell text, several are a command as they stand. */
function runShell(operands: readonly Arg[], context: Context, analyst: Analyst): void {
  const [first, ...more] = operands;
  if (first && more.length === 0) analyst.shellText(first, deeper(context));
  else analyst.argv(operands, deeper(context));
}

/** A call of a command of tmux: its operands and the options before them. */
interface VerbCall {
  readonly operands: readonly Arg[];
  readonly options: readonly Arg[];
}

function runVerb({ operands, options }: VerbCall, { runs }: Verb, call: Call, analyst: Analyst): void {
  const { context } = call;
  const [first, ...more] = operands;
  const [value] = more;
  if (runs === 'shell') {
    runShell(operands, context, analyst);
    if (first && has(options, 'C')) runCommands(first, context, analyst);
  } else if (runs === 'tmux') runTmux({ ...call, words: operands }, analyst);
  else if (runs === 'keys') type({ operands, options }, context, analyst);
  else if (runs === 'option' && first && value) setOption(first, value, context, analyst);
  else if (runs === 'variable' && first)
    setVariable({ ...(value ?? first), text: `${first.text}=${textAt(more, 0)}` }, context, analyst);
  else if (runs === 'menu') for (const word of operands) analyst.guess(commandsOf(word), deeper(context));
  else if (runs === 'first') {
    if (first) analyst.shellText(first, deeper(context));
    for (const word of more) runCommands(word, context, analyst);
  } else if (runs === 'buffer') loadBuffer(first, call, analyst);
  else if (runs === 'file' && first && (OPEN_FILE.test(first.text) || isOpen(first))) readInput(first, call, analyst);
}

/** Whether a flag stands among options, alone or in a bundle. */
function has(options: readonly Arg[], flag: string): boolean {
  return options.some(({ text }) => /^-[A-Za-z0-9]+$/.test(text) && text.includes(flag));
}

/** Keys are read word by word, too: a later call may send the return. */
function type({ operands, options }: VerbCall, context: Context, analyst: Analyst): void {
  for (const word of [...operands, typedBy(operands)]) analyst.shellText(word, deeper(context));
  for (const word of operands) analyst.guess({ ...word, text: word.text.replace(/\^[MJ]$/i, '') }, deeper(context));
  if (has(options, 'H')) analyst.guess(typedByCodes(operands), deeper(context));
}

function setOption({ text }: Arg, value: Arg, context: Context, analyst: Analyst): void {
  if (EXECUTED_OPTION.test(text)) analyst.shellText(value, deeper(context));
  if (ALIASES.test(text)) runCommands({ ...value, text: value.text.replace(/^[\w-]+=/, '') }, context, analyst);
}

/** `NAME=value` for what is started later. */
function setVariable(word: Arg, context: Context, analyst: Analyst): void {
  if (/^\w+=/.test(word.text)) checkAssignmentWord(word, context, analyst);
  else if (isUnknown(word)) analyst.opaque('a variable that is not literal', word.at, context);
}

/** What is read into a buffer is typed where it is pasted; without that only what is known to be a command counts. */
function loadBuffer(file: Arg | undefined, { words, head, context }: Call, analyst: Analyst): void {
  if (!file || !(OPEN_FILE.test(file.text) || isUnknown(file))) return;
  const input = stdinArg(context, head.at);
  if (input?.kind === 'literal') analyst.guess(input, deeper(context));
  else if (words.some(({ text }) => text.startsWith('paste')))
    analyst.opaque('text for a terminal that is not literal', file.at, context);
}

/** Reads commands of tmux on its standard input, which a word says; what any other open file holds is not known. */
function readInput({ text, at }: Arg, { head, context }: Call, analyst: Analyst): void {
  const input = OPEN_FILE.test(text) && !STANDARD_INPUT.test(text) ? undefined : stdinArg(context, head.at);
  if (input?.kind === 'literal') runCommands(input, context, analyst);
  else analyst.opaque('commands of tmux that are not a plain file', at, context);
}

/** A file of which only the run tells whether it is a plain one. */
function isOpen(file: Arg): boolean {
  return isUnknown(file) && !isFileName(file);
}

/** Its own options stand before the first command. */
const ownTable = optionTable('-c -f -L -S -T', '-2 -C -CC -D -l -N -u -v -V');
/** Aliases of commands that execute nothing. */
const OTHERS: ReadonlySet<string> = new Set(['display']);

/** A verb in full, by its alias, or abbreviated: tmux takes as few letters as tell it from others, and refuses fewer. */
function verbOf(word: string): Verb | undefined {
  const exact = verbs.find(({ names }) => names.includes(word));
  if (exact || word.length < 2 || OTHERS.has(word)) return exact;
  return verbs.find(({ names }) => names.some((name) => name.startsWith(word)));
}

/** Commands of tmux as words, each up to a `;`; the first word may hold all of them. */
function runTmux(call: Call, analyst: Analyst): void {
  const { words, context } = call;
  const { starts } = positionals(words, { table: ownTable });
  for (const start of starts) {
    const [first] = words.slice(start);
    if (first && /\s/.test(first.text)) runCommands(first, context, analyst);
    else for (const command of commandsIn(words.slice(start))) runCommand(command, call, analyst);
  }
}

function runCommand([name, ...words]: readonly Arg[], call: Call, analyst: Analyst): void {
  const found = name && verbOf(name.text);
  if (!found) return;
  const { starts, unknownAt } = positionals(words, found);
  if (unknownAt !== undefined) analyst.opaque('words before the command that are not literal', unknownAt, call.context);
  const options = words.slice(0, starts.at(-1));
  for (const { value } of optionValues(options, NAMES_VARIABLE)) setVariable(value, call.context, analyst);
  for (const start of starts)
    runVerb({ operands: words.slice(start), options: words.slice(0, start) }, found, call, analyst);
}

/** `;` ends a command, alone or at the end of a word. */
function commandsIn(words: readonly Arg[]): readonly (readonly Arg[])[] {
  const commands: Arg[][] = [[]];
  for (const word of words) {
    const ends = word.kind === 'literal' && word.text.endsWith(';');
    if (word.text !== ';') commands.at(-1)?.push(ends ? { ...word, text: word.text.slice(0, -1) } : word);
    if (ends) commands.push([]);
  }
  return commands;
}

const ownText: NamedOptions = { letters: 'c', values: 'fLST' };
const ownFile: NamedOptions = { letters: 'f', values: 'cLST' };

/** The control mode takes commands on standard input, and so does `-f` where that is the file. */
function readOwnInput(own: readonly Arg[], call: Call, analyst: Analyst): void {
  const { context, head } = call;
  const file = optionValue(own, ownFile)?.value;
  const hasInput = stdinArg(context, head.at) !== undefined;
  if (file && file.text !== '/dev/null' && (OPEN_FILE.test(file.text) || (isOpen(file) && hasInput)))
    readInput(file, call, analyst);
  if (has(own, 'C') && hasInput) readInput(head, call, analyst);
}

/** Text typed into a terminal, or a command for a new one, for a hook or for a key. */
export const tmux: Handler = (call, analyst) => {
  const { words, context } = call;
  const [start = words.length] = positionals(words, { table: ownTable }).starts;
  const own = words.slice(0, start);
  const text = optionValue(own, ownText);
  if (text) analyst.shellText(text.value, deeper(context));
  readOwnInput(own, call, analyst);
  refuseWord(call, analyst, { what: EXECUTES_VALUE, when: (word) => FORMAT.test(word.text) });
  runTmux(call, analyst);
};

/** The files with commands that a call of tmux reads. */
export function filesOfTmux(words: readonly Arg[]): readonly Arg[] {
  const [start = words.length] = positionals(words, { table: ownTable }).starts;
  const own = optionValue(words.slice(0, start), ownFile);
  const read = commandsIn(words.slice(start)).flatMap(([name, ...rest]) => {
    const found = name && verbOf(name.text);
    return found?.runs === 'file' ? positionals(rest, found).starts.flatMap((each) => rest.slice(each)) : [];
  });
  return [...(own ? [own.value] : []), ...read];
}
