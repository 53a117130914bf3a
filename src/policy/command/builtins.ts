import { checkAssigned, checkAssignmentWord } from '#policy/command/assignments.ts';
import { checkPrinted } from '#policy/command/evaluated-words.ts';
import { checkName } from '#policy/command/expressions.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper, isEnd, joined, refuseWord, runRest, textAt, wordsBefore } from '#policy/command/handler.ts';
import { asksForStyle, KEEPS_FOLDER, namesBehind, setsNames } from '#policy/command/named-variables.ts';
import { isOption, optionTable } from '#policy/command/options.ts';
import { heardText } from '#policy/command/shell-text.ts';
import { HISTORY_OPTION } from '#policy/command/shells.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal, mayBeMany } from '#policy/command/words.ts';

/** Behind an end of options, where there is one. */
function operandsOf(words: readonly Arg[]): readonly Arg[] {
  return words[0] && isEnd(words[0]) ? words.slice(1) : words;
}

const evaluate: Handler = ({ words, context }, analyst) =>
  analyst.shellText(joined(operandsOf(words)), deeper(context));

const trap: Handler = ({ words, context }, analyst) => {
  const [action, signal] = words.filter(({ text }) => !/^-[lpP]*-?$/.test(text));
  if (action && signal) analyst.shellText(action, deeper(context));
  else if (action && mayBeMany(action)) analyst.opaque('a trap that is not literal', action.at, context);
};

/** `"$HOME/.nvm/nvm.sh"`: whatever it begins with, it is a file of that name. */
function endsAsFile({ text, ends = '' }: Arg): boolean {
  const mayBeOpen = /^\/(?:dev|proc)/.test(text) || /\/(?:(?:dev|proc)\/.*|stdin|tty|\d+)$/.test(ends);
  return !mayBeOpen && /\/[\w.@+-]*\w$/.test(ends);
}

const source: Handler = ({ words, head, context }, analyst) => {
  const operands = operandsOf(words);
  const [file] = operands;
  // Without a file, fish reads its input.
  const heard = file ? undefined : heardText(context);
  if (heard !== undefined) analyst.guess(literal(heard, head.at), deeper(context));
  if (file && !endsAsFile(file) && (file.kind !== 'literal' || /^\/(?:dev|proc)\//.test(file.text)))
    analyst.opaque('a sourced file that is not a plain name', file.at, context);
  else analyst.argv(operands, deeper(context, { speculative: true }));
};

const define: Handler = (call, analyst) => {
  refuseWord(call, analyst, {
    what: 'an alias, which changes what later words mean',
    when: ({ text, kind }) => text.includes('=') || kind !== 'literal',
  });
  // Of fish: the name, then the command.
  for (const word of call.words) if (/\s/.test(word.text)) analyst.guess(word, deeper(call.context));
};

const hasOption =
  (letter: string, what: string): Handler =>
  (call, analyst) =>
    refuseWord(call, analyst, {
      what,
      when: (word) => mayBeMany(word) || (/^-[A-Za-z]/.test(word.text) && word.text.includes(letter)),
    });

/** `hash -p FILE NAME`, and `hash NAME=FILE` of zsh. */
const remap: Handler = (call, analyst) => {
  const what = 'a command name that is remapped';
  hasOption('p', what)(call, analyst);
  refuseWord(call, analyst, { what, when: ({ text }) => /^[^-].*=/.test(text) });
};

const declare: Handler = ({ program, words, context }, analyst) => {
  // A function's own variable has no value at first.
  const isLocal = /^(?:local|declare|typeset|integer|float|private)$/.test(program);
  const option = words.find(({ text }) => /^-[A-Za-z]*[inEF]/.test(text));
  const evaluated = /^(?:integer|float)$/.test(program) ? words[0] : option;
  const isCount =
    words.every(({ text, kind }) => kind === 'literal' && /^(?:-|\w+(?:=-?\d+)?$)/.test(text)) &&
    option?.text.includes('n') !== true;
  if (evaluated && !isCount) analyst.opaque('a variable whose values are evaluated', evaluated.at, context);
  const isList = words.some(({ text }) => /^-[A-Za-z]*[aA]/.test(text));
  for (const word of words) {
    const isAssigned = word.text.includes('=');
    if (/^[^=]*[[`$]/.test(word.text) || mayBeMany(word) || (word.kind !== 'literal' && !isAssigned))
      checkName({ ...word, text: '[' }, context, analyst);
    else if (isAssigned && word.isPlain) checkAssignmentWord(word, context, analyst, { isList: true });
    else if (isAssigned) checkAssignmentWord(word, context, analyst, { isList, isDeclared: true });
    else if (isLocal && KEEPS_FOLDER.test(word.text))
      checkAssigned({ name: word.text, value: undefined, at: word.at }, context, analyst);
    else if (isList && !isOption(word.text))
      analyst.assigned({ name: word.text, at: word.at, value: undefined, isList }, context);
    if (evaluated && isCount && !isOption(word.text))
      analyst.assigned(
        { name: word.text.replace(/=.*/s, ''), at: word.at, value: undefined, evaluates: true },
        context,
      );
  }
};

const test: Handler = ({ words, context }, analyst) => {
  for (const [index, { text }] of words.entries()) {
    const operand = words[index + 1];
    if (/^-[vR]$/.test(text) && operand) checkName(operand, context, analyst);
    if (text === '-t' && operand) analyst.evaluated(operand, context);
  }
};

const compute: Handler = ({ words, context }, analyst) => {
  for (const { text, kind, at } of words) {
    const [, name] = /^([A-Za-z_]\w*)=[-+*/%()\s\d]+$/.exec(text) ?? [];
    if (kind !== 'literal' || (/[[`$A-Za-z_]/.test(text) && name === undefined))
      analyst.opaque('arithmetic on text that is not plain', at, context);
    else if (name !== undefined) checkAssigned({ name, value: undefined, at, isNumber: true }, context, analyst);
  }
};

/** Repeats or edits what the history holds, unless it lists that; to bash `-s` goes before `-l`. */
const fixCommand: Handler = ({ words, head, context }, analyst) => {
  const lists = /^-[A-Za-z]*l/.test(textAt(words, 0)) && !words.some(({ text }) => /^-[A-Za-z]*s/.test(text));
  if (!lists) analyst.opaque('a command of the history', head.at, context);
};

/** `set -H`, `set -o histexpand` and `shopt -so histexpand`. */
const expandsHistory: Handler = (call, analyst) =>
  refuseWord({ ...call, words: wordsBefore(call.words, isEnd) }, analyst, {
    what: 'an option under which words stand for commands of the history',
    when: ({ text }) => HISTORY_OPTION.test(text) || (call.program === 'set' && /^-[A-Za-z]*H/.test(text)),
  });

/** `set -A NAME WORD` gives a list of zsh and ksh its words. */
const setOptions: Handler = (call, analyst) => {
  expandsHistory(call, analyst);
  setsNames(call, analyst);
};

/** `zpty NAME TEXT` executes the text. */
const startTerminal: Handler = ({ words, context }, analyst) => {
  const operands = words.slice(words.findIndex(({ text }) => !/^-[be]+$/.test(text)) + 1);
  if (operands.length > 0) analyst.shellText(joined(operands), deeper(context));
};

const generate: Handler = (call, analyst) =>
  refuseWord(call, analyst, {
    what: 'a completion command',
    when: ({ text }, index) =>
      /^-[A-Za-z]*[CF]/.test(text) || (/^-[A-Za-z]*W$/.test(textAt(call.words, index - 1)) && /[$`]/.test(text)),
  });

const lookUp: Handler = (call, analyst) => {
  if (!/^-p?[vV]/.test(textAt(call.words, 0))) runRest(call, analyst, { table: optionTable('', '-p') });
};

/** `jobs -x COMMAND` executes it; without `-x` the words are jobs. */
const jobs: Handler = (call, analyst) => {
  if (call.words.some((word) => word.kind !== 'literal' || /^-[A-Za-z]*x/.test(word.text)))
    runRest(call, analyst, { table: optionTable('', '-x -l -n -p -r -s') });
};

/** In a prompt zsh may execute the commands that stand in it. */
const print: Handler = (call, analyst) => {
  const isPrompt = call.words.some(({ text }) => /^-[A-Za-z]*P/.test(text));
  refuseWord(call, analyst, {
    what: 'a prompt, in which zsh may execute text',
    when: ({ text, kind }) => isPrompt && (kind !== 'literal' || /[$`]/.test(text)),
  });
  const formatted = call.words.findIndex(({ text }) => /^-[A-Za-z]*f/.test(text));
  if (formatted >= 0) checkPrinted({ ...call, words: call.words.slice(formatted + 1) }, analyst);
  setsNames(call, analyst);
};

/** What zsh reads from a file of its search path means another command. */
const autoload: Handler = (call, analyst) =>
  refuseWord(call, analyst, { what: 'a function that is loaded from a file', when: ({ text }) => !isOption(text) });

/** Zsh evaluates how far, or with what, these go. */
const leaves: Handler = (call, analyst) => {
  refuseWord(call, analyst, { what: 'arithmetic on text that is not plain', when: ({ text }) => /[[$`]/.test(text) });
  for (const word of call.words) analyst.evaluated(word, call.context);
};

const printf: Handler = (call, analyst) => {
  setsNames(call, analyst);
  const from = call.words.findIndex(
    ({ text }, index) => !/^-(?:-$|v)/.test(text) && textAt(call.words, index - 1) !== '-v',
  );
  if (from >= 0) checkPrinted({ ...call, words: call.words.slice(from) }, analyst);
};

/** `repeat COUNT COMMAND` of zsh. */
const repeat: Handler = ({ words: [count, ...command], context }, analyst) => {
  if (count) analyst.evaluated(count, context);
  analyst.argv(command, deeper(context));
};

/** Modules of zsh bring other builtins. */
const loadModule: Handler = (call, analyst) =>
  refuseWord(call, analyst, {
    what: 'a module of zsh',
    when: ({ text, kind }) => kind !== 'literal' || !isOption(text),
  });

/** `functions -c OLD NEW` of zsh. */
const copies = hasOption('c', 'a function by another name');

/** Zsh also takes away all variables with names of a pattern. */
const takesAway: Handler = (call, analyst) => {
  refuseWord(call, analyst, { what: 'a pattern of names', when: ({ text }) => /^-[A-Za-z]*m/.test(text) });
  setsNames(call, analyst);
};

const readsArray: Handler = (call, analyst) => {
  refuseWord(call, analyst, {
    what: 'a callback, which is evaluated',
    when: ({ text }) => /^-[A-Za-z]*C/.test(text),
  });
  setsNames(call, analyst);
};

const each = (names: string, handler: Handler): readonly (readonly [string, Handler])[] =>
  names.split(' ').map((name) => [name, handler] as const);

/** Commands of the shell itself. */
export const builtinHandlers: readonly (readonly [string, Handler])[] = [
  ['eval', evaluate],
  ['trap', trap],
  ...each('source .', source),
  ['alias', define],
  ['hash', remap],
  ['enable', hasOption('f', 'a builtin loaded from a file')],
  ['complete', hasOption('C', 'a completion command')],
  ['bind', hasOption('x', 'a key bound to a command')],
  ...each('export declare typeset local readonly integer float private', declare),
  ['printf', printf],
  ...each(
    'read getopts wait zformat zregexparse zselect zstat pcre_match strftime sysread sysopen vared getln',
    setsNames,
  ),
  ['unset', takesAway],
  ...each('mapfile readarray', readsArray),
  ...each('test [', test),
  ['let', compute],
  ['print', print],
  ['autoload', autoload],
  ['functions', copies],
  ...each('exit return shift break continue logout bye', leaves),
  ['repeat', repeat],
  ['zmodload', loadModule],
  ['fc', fixCommand],
  ...each('shopt setopt', expandsHistory),
  ['set', setOptions],
  ['zstyle', asksForStyle],
  ['zparseopts', namesBehind],
  ['zpty', startTerminal],
  ['jobs', jobs],
  ['compgen', generate],
  ['command', lookUp],
  ['builtin', (call, analyst) => runRest(call, analyst, { table: optionTable() })],
  ['exec', (call, analyst) => runRest(call, analyst, { table: optionTable('-a', '-c -l') })],
];
