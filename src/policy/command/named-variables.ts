import { checkAssigned } from '#policy/command/assignments.ts';
import { checkName } from '#policy/command/expressions.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Where a builtin has the names of variables. */
interface NamesSpec {
  /** Letters of options whose value is such a name. */
  readonly names?: string;
  /** Letters of options with another value. */
  readonly values?: string;
  /** The first operand that is one; without it none is. */
  readonly from?: number;
  /** It gives them no value. */
  readonly onlyReads?: true;
  /** It may give them a list of words. */
  readonly givesLists?: true;
}

/** Variables that hold a folder for as long as nobody takes them away. */
export const KEEPS_FOLDER = /^(?:HOME|PWD)$/;

const table: Readonly<Record<string, NamesSpec>> = {
  read: { names: 'a', values: 'dinNptu', from: 0 },
  mapfile: { values: 'dnOsuCc', from: 0 },
  readarray: { values: 'dnOsuCc', from: 0 },
  printf: { names: 'v' },
  print: { names: 'v', values: 'fuCxX' },
  getopts: { from: 1 },
  wait: { names: 'p' },
  unset: { from: 0, onlyReads: true },
  set: { names: 'A' },
  // Of zsh alone.
  zformat: { names: 'aFf', givesLists: true },
  zstyle: { names: 'g', from: 2, givesLists: true },
  zparseopts: { names: 'aAv', from: 0, givesLists: true },
  zregexparse: { from: 0 },
  zselect: { names: 'aA', values: 't', givesLists: true },
  zstat: { names: 'AH', values: 'fF', givesLists: true },
  pcre_match: { names: 'av', values: 'n', givesLists: true },
  strftime: { names: 's' },
  sysread: { names: 'c', values: 'biost', from: 0 },
  sysopen: { names: 'u', values: 'mo' },
  vared: { values: 'pMmrtif', from: 0 },
  getln: { from: 0 },
};
/** Lists that builtins of zsh fill have one of these options. */
const FILLS = /^[-+][A-Za-z]*A/;

/** Checks the variables that a builtin names: which of them it sets, and that none has a subscript that is evaluated. */
export const setsNames: Handler = (call, analyst) => {
  const evaluated = call.words.find(({ text }) => /\[.*(?:\$|`)/.test(text));
  if (evaluated) return checkName(evaluated, call.context, analyst);
  const spec = ownValue(table, call.program) ?? {};
  const isList = spec.givesLists ?? call.words.some(({ text }) => FILLS.test(text));
  for (const word of namesOf(call, spec)) {
    const [, name = '', subscript] = /(\w*)(?:\[(.*)\])?/s.exec(word.text) ?? [];
    // What a whole word that only the run tells may be is supposed elsewhere, and what ends an option is not.
    const isWhole = call.words.includes(word);
    if (word.isPlain || (word.text === '' && isWhole)) continue;
    if (word.kind !== 'literal' || !/^(?:-?\d+|[@*])?$/.test(subscript ?? '')) checkName(word, call.context, analyst);
    else if (!spec.onlyReads || KEEPS_FOLDER.test(name))
      checkAssigned({ name, value: undefined, at: word.at, isNamed: true, isList }, call.context, analyst);
  }
};

/** `zparseopts x:=NAME` names it behind the option. */
export const namesBehind: Handler = (call, analyst) =>
  setsNames(
    { ...call, words: call.words.map((word) => ({ ...word, text: word.text.replace(/^[^-].*=/s, '') })) },
    analyst,
  );

/** `zstyle -s CONTEXT STYLE NAME`; without an option it defines a style. */
export const asksForStyle: Handler = (call, analyst) => {
  if (/^-[abegs]/.test(call.words[0]?.text ?? '')) setsNames(call, analyst);
};

/** Reads the options as the shell's own `getopt` does, which stops at the first operand. */
function namesOf({ words }: Pick<Call, 'words'>, { names = '', values = '', from }: NamesSpec): readonly Arg[] {
  const found: Arg[] = [];
  const takesValue = new RegExp(`(?!^)[${names}${values}]`);
  let at = 0;
  for (let word = words[at]; word && /^[-+][^-]/.test(word.text); word = words[++at]) {
    const option = word.text.search(takesValue);
    if (option < 0) continue;
    const glued = word.text.slice(option + 1);
    const value = glued === '' && word.kind === 'literal' ? words[++at] : { ...word, text: glued };
    if (value && names.includes(word.text[option] ?? '')) found.push(value);
  }
  if (words[at]?.text === '--') at++;
  return from === undefined ? found : [...found, ...words.slice(at + from)];
}
