import { isSensitiveAssignment } from '#policy/command/environment.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper, joined, runRest } from '#policy/command/handler.ts';
import { noOptions, optionTable } from '#policy/command/options.ts';
import { checkName } from '#policy/command/shell-text.ts';
import { mayBeMany } from '#policy/command/words.ts';

const evaluate: Handler = ({ args, context }, analyst) => {
  const words = args[1]?.text === '--' ? args.slice(2) : args.slice(1);
  if (words.length > 0) analyst.shellText(joined(words), deeper(context));
};

const trap: Handler = ({ args, context }, analyst) => {
  const operands = args.slice(1).filter((arg) => !/^-[lpP]*-?$/.test(arg.text));
  const [action] = operands;
  if (operands.length > 1 && action && (action.kind !== 'literal' || action.text !== ''))
    analyst.shellText(action, deeper(context));
  else if (action && mayBeMany(action)) analyst.opaque('a trap that is not literal', action.at, context);
};

const source: Handler = ({ args, context }, analyst) => {
  const file = args[1]?.text === '--' ? args[2] : args[1];
  if (file && (file.kind !== 'literal' || /^\/(?:dev|proc)\//.test(file.text))) {
    analyst.opaque('a sourced file that is not a plain name', file.at, context);
  } else if (file) analyst.argv(args.slice(args.indexOf(file)), deeper(context, { speculative: true }));
};

const define: Handler = ({ args, context }, analyst) => {
  for (const arg of args.slice(1)) {
    if (arg.text.includes('=') || arg.kind !== 'literal') {
      analyst.opaque('an alias, which changes what later words mean', arg.at, context);
      return;
    }
  }
};

const hasOption =
  (letter: string, what: string): Handler =>
  ({ args, context }, analyst) => {
    const option = args.find(
      (arg, index) => index > 0 && (mayBeMany(arg) || (/^-[A-Za-z]/.test(arg.text) && arg.text.includes(letter))),
    );
    if (option) analyst.opaque(what, option.at, context);
  };

const declare: Handler = ({ args, context }, analyst) => {
  const evaluated = args.find(({ text }, index) => index > 0 && /^-[A-Za-z]*[in]/.test(text));
  const isCount = args.every(
    ({ text, kind }, index) => index === 0 || (kind === 'literal' && /^(?:-|\w+(?:=-?\d+)?$)/.test(text)),
  );
  if (evaluated && !(isCount && !evaluated.text.includes('n')))
    analyst.opaque('a variable whose values are evaluated', evaluated.at, context);
  for (const arg of args.slice(1)) {
    const [name = '', ...value] = arg.text.split('=');
    if (/[[`$]/.test(name) || mayBeMany(arg) || (arg.kind !== 'literal' && !arg.text.includes('=')))
      checkName({ ...arg, text: '[' }, context, analyst);
    else if (
      arg.text.includes('=') &&
      isSensitiveAssignment(name.replace(/\+$/, ''), { ...arg, text: value.join('=') })
    ) {
      analyst.opaque(`an assignment to ${name}, which can change what runs`, arg.at, context);
    }
  }
};

const evaluatesNames: Handler = ({ args, context }, analyst) => {
  for (const arg of args.slice(1)) if (/\[.*(?:\$|`)/.test(arg.text)) checkName(arg, context, analyst);
};

const test: Handler = ({ args, context }, analyst) => {
  for (const [index, arg] of args.entries()) {
    const operand = args[index + 1];
    if (index > 0 && /^-[vR]$/.test(arg.text) && operand && operand.text !== ']') checkName(operand, context, analyst);
  }
};

const compute: Handler = ({ args, context }, analyst) => {
  for (const arg of args.slice(1)) {
    if (arg.kind !== 'literal' || (/[[`$A-Za-z_]/.test(arg.text) && !/^[A-Za-z_]\w*=-?\d+$/.test(arg.text)))
      analyst.opaque('arithmetic on text that is not plain', arg.at, context);
  }
};

/** Repeats or edits what the history holds. */
const fixCommand: Handler = ({ args, context }, analyst) => {
  if (!/^-[A-Za-z]*l/.test(args[1]?.text ?? '')) analyst.opaque('a command of the history', args[0]?.at ?? 0, context);
};

const generate: Handler = ({ args, context }, analyst) => {
  const word = args.find(
    ({ text }, index) =>
      /^-[A-Za-z]*[CF]/.test(text) || (/^-[A-Za-z]*W$/.test(args[index - 1]?.text ?? '') && /[$`]/.test(text)),
  );
  if (word) analyst.opaque('a completion command', word.at, context);
};

const lookUp: Handler = (call, analyst) => {
  const option = call.args[1]?.text ?? '';
  if (!/^-p?[vV]/.test(option)) runRest(call, analyst, { table: optionTable('', '-p') });
};

const readsArray: Handler = (call, analyst) => {
  const { args, context } = call;
  const callback = args.findIndex((arg) => /^-[A-Za-z]*C/.test(arg.text));
  if (callback > 0) analyst.opaque('a callback, which is evaluated', args[callback]?.at ?? 0, context);
  evaluatesNames(call, analyst);
};

const words = (names: string, handler: Handler): readonly (readonly [string, Handler])[] =>
  names.split(' ').map((name) => [name, handler] as const);

/** Commands of the shell itself. */
export const builtinHandlers: readonly (readonly [string, Handler])[] = [
  ['eval', evaluate],
  ['trap', trap],
  ...words('source .', source),
  ['alias', define],
  ['hash', hasOption('p', 'a command name that is remapped')],
  ['enable', hasOption('f', 'a builtin loaded from a file')],
  ['complete', hasOption('C', 'a completion command')],
  ['bind', hasOption('x', 'a key bound to a command')],
  ...words('export declare typeset local readonly', declare),
  ...words('printf read unset getopts wait', evaluatesNames),
  ...words('mapfile readarray', readsArray),
  ...words('test [', test),
  ['let', compute],
  ['fc', fixCommand],
  ['compgen', generate],
  ['command', lookUp],
  ['builtin', (call, analyst) => runRest(call, analyst, { table: noOptions })],
  ['exec', (call, analyst) => runRest(call, analyst, { table: optionTable('-a', '-c -l -cl') })],
];
