import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, EXECUTES_VALUE, joined, optionValue, refuseWord } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName, isUnknown } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** What a command of tmux does with its operands. */
interface Verb {
  readonly names: readonly string[];
  readonly table: OptionTable;
  /** Operands before the ones that are executed. */
  readonly skip?: number;
  /** How the operands are executed; `first` is shell text followed by commands of tmux. */
  readonly runs: 'shell' | 'tmux' | 'first' | 'keys' | 'file' | 'option';
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
  verb('if-shell if', '-t', '-b -F', { runs: 'first' }),
  verb('set-hook', '-t', '-a -g -p -R -u -w', { runs: 'tmux', skip: 1 }),
  verb('bind-key bind', '-N -T', '-n -r', { runs: 'tmux', skip: 1 }),
  verb('confirm-before confirm', '-c -p -t', '-b -y', { runs: 'tmux' }),
  verb('command-prompt', '-I -p -t -T', '-1 -b -F -i -k -N', { runs: 'tmux' }),
  verb('send-keys send', '-t -N -c', '-l -R -M -X -H -F -K', { runs: 'keys' }),
  verb('set-buffer setb', '-b -n -t', '-a -w', { runs: 'keys' }),
  verb('set-option set set-window-option setw', '-t', '-a -F -g -o -p -q -s -u -U -w', { runs: 'option' }),
  verb('source-file source', '-t', '-F -n -q -v', { runs: 'file' }),
];

/** Options of tmux whose value it executes. */
const EXECUTED_OPTION = /(?:-command|-shell|editor)$/;

/** A format that executes what it holds. */
const FORMAT = /#\(/;
const OPEN_FILE = /^(?:-$|\/(?:dev|proc)\/)/;

/** Commands of tmux that one word holds are read with and without a break at each `;`. */
function runCommands({ text, kind, at }: Arg, context: Context, analyst: Analyst): void {
  const commands = text.replaceAll(/^[ \t]*(?=\S)/gm, 'tmux ');
  for (const each of new Set([commands, commands.replaceAll(/;[ \t]*(?=\S)/g, '; tmux ')]))
    analyst.shellText({ text: each, kind, at }, deeper(context));
}

/** A single word is shell text, several are a command as they stand. */
function runShell(operands: readonly Arg[], context: Context, analyst: Analyst): void {
  const [first, ...more] = operands;
  if (first && more.length === 0) analyst.shellText(first, deeper(context));
  else analyst.argv(operands, deeper(context));
}

function runVerb(operands: readonly Arg[], { runs }: Verb, call: Call, analyst: Analyst): void {
  const { head, context } = call;
  const [first, ...more] = operands;
  if (runs === 'shell') runShell(operands, context, analyst);
  else if (runs === 'tmux') runTmux({ ...call, words: operands }, analyst);
  else if (runs === 'keys') for (const word of [...operands, typed(operands)]) analyst.shellText(word, deeper(context));
  else if (runs === 'option') {
    const [value] = more;
    if (first && value && EXECUTED_OPTION.test(first.text)) analyst.shellText(value, deeper(context));
  } else if (runs === 'first') {
    if (first) analyst.shellText(first, deeper(context));
    for (const word of more) runCommands(word, context, analyst);
  } else if (first && (OPEN_FILE.test(first.text) || (isUnknown(first) && !isFileName(first)))) {
    const input = stdinArg(context, head.at);
    if (input && input.kind === 'literal') runCommands(input, context, analyst);
    else analyst.opaque('commands of tmux that are not a plain file', first.at, context);
  }
}

/** The keys as the text that they type; what no key is called is typed as it stands. */
function typed(keys: readonly Arg[]): Arg {
  const names: Readonly<Record<string, string>> = {
    Space: ' ',
    Enter: '\n',
    'C-m': '\n',
    'C-j': '\n',
    KPEnter: '\n',
    Tab: '\t',
  };
  return { ...joined(keys), text: keys.map(({ text }) => ownValue(names, text) ?? text).join('') };
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
  for (const start of starts) runVerb(words.slice(start), found, call, analyst);
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

/** Text typed into a terminal, or a command for a new one, for a hook or for a key. */
export const tmux: Handler = (call, analyst) => {
  const { words, context } = call;
  const [start = words.length] = positionals(words, { table: ownTable }).starts;
  const text = optionValue(words.slice(0, start), ownText);
  if (text) analyst.shellText(text.value, deeper(context));
  refuseWord(call, analyst, { what: EXECUTES_VALUE, when: (word) => FORMAT.test(word.text) });
  runTmux(call, analyst);
};
