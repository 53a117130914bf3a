import { checkAssignmentWord } from '#policy/command/assignments.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper, isEnd, joined, refuseWord, runRest, textAt } from '#policy/command/handler.ts';
import { setsNames } from '#policy/command/named-variables.ts';
import { isOption, optionTable } from '#policy/command/options.ts';
import { checkName } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';
import { mayBeMany } from '#policy/command/words.ts';

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

const source: Handler = ({ words, context }, analyst) => {
  const operands = operandsOf(words);
  const [file] = operands;
  if (file && !endsAsFile(file) && (file.kind !== 'literal' || /^\/(?:dev|proc)\//.test(file.text)))
    analyst.opaque('a sourced file that is not a plain name', file.at, context);
  else analyst.argv(operands, deeper(context, { speculative: true }));
};

const define: Handler = (call, analyst) =>
  refuseWord(call, analyst, {
    what: 'an alias, which changes what later words mean',
    when: ({ text, kind }) => text.includes('=') || kind !== 'literal',
  });

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

const declare: Handler = ({ words, context }, analyst) => {
  const evaluated = words.find(({ text }) => /^-[A-Za-z]*[in]/.test(text));
  const isCount =
    words.every(({ text, kind }) => kind === 'literal' && /^(?:-|\w+(?:=-?\d+)?$)/.test(text)) &&
    evaluated?.text.includes('n') !== true;
  if (evaluated && !isCount) analyst.opaque('a variable whose values are evaluated', evaluated.at, context);
  const isList = words.some(({ text }) => /^-[A-Za-z]*[aA]/.test(text));
  for (const word of words) {
    const isAssigned = word.text.includes('=');
    if (/^[^=]*[[`$]/.test(word.text) || mayBeMany(word) || (word.kind !== 'literal' && !isAssigned))
      checkName({ ...word, text: '[' }, context, analyst);
    else if (isAssigned && word.isPlain) checkAssignmentWord(word, context, analyst, { isList: true });
    else if (isAssigned) checkAssignmentWord(word, context, analyst, { isList, isDeclared: true });
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
  }
};

const compute: Handler = ({ words, context }, analyst) => {
  for (const { text, kind, at } of words) {
    if (kind !== 'literal' || (/[[`$A-Za-z_]/.test(text) && !/^[A-Za-z_]\w*=[-+*/%()\s\d]+$/.test(text)))
      analyst.opaque('arithmetic on text that is not plain', at, context);
  }
};

/** Repeats or edits what the history holds. */
const fixCommand: Handler = ({ words, head, context }, analyst) => {
  if (!/^-[A-Za-z]*l/.test(textAt(words, 0))) analyst.opaque('a command of the history', head.at, context);
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
  ...each('export declare typeset local readonly', declare),
  ...each('printf read unset getopts wait', setsNames),
  ...each('mapfile readarray', readsArray),
  ...each('test [', test),
  ['let', compute],
  ['fc', fixCommand],
  ['jobs', jobs],
  ['compgen', generate],
  ['command', lookUp],
  ['builtin', (call, analyst) => runRest(call, analyst, { table: optionTable() })],
  ['exec', (call, analyst) => runRest(call, analyst, { table: optionTable('-a', '-c -l') })],
];
