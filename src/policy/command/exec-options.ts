import { checkAssignmentWord } from '#policy/command/assignments.ts';
import {
  dangerousWords,
  executingBehind,
  executingOptions,
  littleKnown,
  obeysInput,
  plainPrograms,
} from '#policy/command/exec-option-table.ts';
import type { Call, Handler, OptionValue } from '#policy/command/handler.ts';
import {
  deeper,
  doubtWord,
  EXECUTES_VALUE,
  opaqueCode,
  optionValues,
  refuseUnknownTarget,
  refuseWord,
  textAt,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { mayBeOpenFile } from '#policy/command/own-input.ts';
import { awkExecutes, sedExecutes } from '#policy/command/scripts.ts';
import { heardText, stdinArg } from '#policy/command/shell-text.ts';
import { TOOLS, unknownProgram, unknownTexts } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName, isLiteral } from '#policy/command/words.ts';

/** Editors also refuse input that is not known; a database client may be fed a dump. */
const needsKnownInput = /^(?:ed|ex|vim|vi|dc|m4)$/;

/** Where options stand whose value starts only what they are for. */
function plainIn({ program, words }: Call): ReadonlySet<number> {
  const plain = plainPrograms[program];
  const values = plain ? optionValues(words, plain.options) : [];
  // A value glued to a letter is left out: what looks like one may be letters of other options.
  const isPlain = ({ value, index }: OptionValue) =>
    value.kind === 'literal' &&
    plain?.value.test(value.text) &&
    (value === words[index + 1] || textAt(words, index).startsWith('--'));
  return new Set(values.filter(isPlain).map(({ index }) => index));
}

function executesBehind({ program, words }: Call, at: number): boolean {
  const specs = executingBehind[program] ?? [];
  return specs.some(
    ({ verb, option }) => option.test(textAt(words, at)) && words.slice(0, at).some(({ text }) => verb.test(text)),
  );
}

/** Refuses options and input by which an otherwise harmless program executes something. */
export const refuseWords: Handler = (call, analyst) => {
  const { program, context } = call;
  const { stdin } = context;
  const options = executingOptions[program] ?? {};
  const plain = plainIn(call);
  const when = ({ text }: Arg, at: number) =>
    !plain.has(at) && (dangerousWords[program]?.test(text) || namedOption(text, options) || executesBehind(call, at));
  refuseWord(call, analyst, { what: EXECUTES_VALUE, when });
  const heard = heardText(context);
  const isUnknown = stdin !== 'none' && stdin !== 'file' && !(typeof stdin === 'object' && 'text' in stdin);
  const what = 'input that can execute commands';
  if (heard !== undefined && obeysInput[program]?.test(heard)) opaqueCode(what, call.head.at, { context, analyst });
  else if (isUnknown && needsKnownInput.test(program)) analyst.opaque(what, call.head.at, context);
};

const makefile: NamedOptions = { long: 'file makefile', letters: 'f', values: 'CEIjlOoW' };

/** What sets a variable that names no program, so that its value may be a sentence. */
const SETS = new RegExp(
  `^(?!(?:\\w*(?:CMD|COMMAND|EXEC|CC|CXX|LD|MAKE|SHELL)|${TOOLS}|[A-Z]+\\.\\w+)[:+?]*=)\\w+[:+?]*=(.*)$`,
  'si',
);

/** The value of such a variable alone; every other word as it is. */
function withoutName(word: Arg): Arg {
  const value = SETS.exec(word.text)?.[1];
  return value === undefined ? word : { ...word, text: value };
}

/** Around the sign make drops blanks. */
const SIGN = /^\s*([^\s:#=]+?)\s*(!|[:+?]*)=\s*/;

const make: Handler = (given, analyst) => {
  const words = given.words.map((word) => ({ ...word, text: word.text.replace(SIGN, '$1$2=') }));
  const call = { ...given, words };
  const { context } = call;
  // `A != TEXT` executes the text.
  for (const word of words) {
    const text = /^[^\s:#=]+!=(.*)$/s.exec(word.text)?.[1];
    if (text !== undefined) analyst.shellText({ ...word, text }, deeper(context));
  }
  refuseWords(call, analyst);
  refuseUnknownTarget(call, analyst);
  unknownTexts({ ...call, words: words.map(withoutName) }, analyst);
  for (const word of words) {
    const recipe = /^[A-Z]+\.\w+[:+?]*=(.*)$/s.exec(word.text)?.[1];
    if (recipe !== undefined) analyst.guess({ ...word, text: recipe }, deeper(context));
    if (/^\w+[:+?]*=/.test(word.text))
      checkAssignmentWord({ ...word, text: word.text.replace(/[:+?]*=/, '=') }, context, analyst);
  }
  for (const { value } of optionValues(words, makefile))
    if (!isProgramFile(value)) doubtWord('a makefile that is not a plain file', value, { context, analyst });
};

/** Other build tools take code in an option too. */
const buildTool: Handler = (call, analyst) => {
  refuseWords(call, analyst);
  refuseUnknownTarget(call, analyst);
};

/** How a program is given a script: in an option, in a file, or as its first operand. */
interface ScriptSpec {
  readonly executes: (script: string) => boolean;
  /** What any operand may be taken for a script by; file names have none of it. */
  readonly looksLike?: RegExp;
  /** Options with the script itself. */
  readonly inline: NamedOptions;
  /** Options with a file that holds it. */
  readonly file: NamedOptions;
  /** Other options with a value, which may be the next word. */
  readonly values: NamedOptions;
}

const what = 'a script that can execute commands or is not literal';

/** `sed` and `awk` carry a script in their first operand or in `-e`. */
const createScripted =
  (spec: ScriptSpec): Handler =>
  ({ words, context }, analyst) => {
    const scripts: Arg[] = [];
    const operands: Arg[] = [];
    const taken = new Set<Arg | undefined>();
    let isGiven = false;
    let hasFile = false;
    for (const [at, word] of words.entries()) {
      if (taken.has(word)) continue;
      const inline = namedOption(word.text, spec.inline);
      const found = inline ?? namedOption(word.text, spec.file);
      const value = found && (valueOf(found, word, words[at + 1]) ?? word);
      isGiven ||= value !== undefined;
      hasFile ||= value !== undefined && !inline;
      const other = found ? undefined : namedOption(word.text, spec.values);
      taken.add(value ?? (other && valueOf(other, word, words[at + 1])));
      if (inline && value) scripts.push(value);
      else if (value && !isProgramFile(value)) doubtWord('a script that is not a file', value, { context, analyst });
      else if (!isOption(word.text)) operands.push(word);
    }
    const given = isGiven ? scripts : operands.slice(0, 1);
    const [first] = scripts;
    // Several are one, line by line, where no file stands between them.
    const areOne = scripts.length > 1 && !hasFile && isLiteral(scripts);
    if (first && areOne && spec.executes(scripts.map(({ text }) => text).join('\n')))
      doubtWord(what, first, { context, analyst });
    refuseWord({ words: [...given, ...operands], context }, analyst, {
      what,
      // Of which operand the script is, options decide that are not all known.
      when: (word) =>
        given.includes(word)
          ? word.kind !== 'literal' || (!areOne && spec.executes(word.text))
          : spec.looksLike?.test(word.text) && spec.executes(word.text),
    });
  };

/** Neither standard input nor another open file, such as that of `<(…)`. */
function isProgramFile(file: Arg): boolean {
  return file.kind === 'literal' ? !mayBeOpenFile(file.text) : isFileName(file);
}

const runAwk = createScripted({
  executes: awkExecutes,
  looksLike: /\{.*\}/s,
  inline: { long: 'source', letters: 'e', values: 'FvfiElLDop' },
  file: { long: 'file exec', letters: 'fE', values: 'FveilLDop' },
  values: { long: 'assign field-separator include load', letters: 'Fvil', values: 'feEdDopLWO' },
});
const NETWORK = /(?:^|")\/inet[46]?\//;

/** Also its debugger, programs from elsewhere, and the files by which it opens connections. */
const awk: Handler = (call, analyst) => {
  const { words, head, context } = call;
  refuseWord(call, analyst, {
    what: 'an option or a file by which awk does more than read and print',
    when: ({ text }, at) =>
      NETWORK.test(text) ||
      /^-We/i.test(text) ||
      (textAt(words, at - 1) === '-W' && /^e/i.test(text)) ||
      (/^(?:-D|--deb)/.test(text) && stdinArg(context, head.at) !== undefined),
  });
  runAwk(call, analyst);
};
const sed = createScripted({
  executes: sedExecutes,
  inline: { long: 'expression', letters: 'e', values: 'fliI' },
  file: { long: 'file', letters: 'f', values: 'eliI' },
  values: { long: 'line-length', letters: 'l', values: 'efiI' },
});

const systemTable = optionTable(
  '-H --host -M --machine -t --type -p --property -n --lines -o --output -s --signal --state --root',
);

/** `systemctl edit` starts an editor. */
const systemctl: Handler = ({ words, context }, analyst) => {
  const verbs = positionals(words, { table: systemTable }).starts.map((start) => textAt(words, start));
  if (verbs.includes('edit'))
    refuseWord({ words, context }, analyst, { what: EXECUTES_VALUE, when: ({ text }) => text === 'edit' });
};

/** A macro file may start commands; one that is not a plain file cannot be looked at by anyone. */
const m4: Handler = (call, analyst) => {
  refuseWords(call, analyst);
  refuseWord(call, analyst, {
    what: 'a script that is not a file',
    when: (word) => word.kind !== 'literal' && !isFileName(word),
  });
};

const refuseAndTry: Handler = (call, analyst) => {
  refuseWords(call, analyst);
  unknownProgram(call, analyst);
};

/** Programs that are harmless but for some of their options. */
export const execOptionHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.keys({ ...executingOptions, ...executingBehind, ...dangerousWords, ...obeysInput }).map(
    (program) => [program, refuseWords] as const,
  ),
  ...littleKnown.map((program) => [program, refuseAndTry] as const),
  ['systemctl', systemctl],
  ['make', make],
  ['rake', buildTool],
  ['ant', buildTool],
  ['m4', m4],
  ['gmake', make],
  ...['awk', 'gawk', 'mawk', 'nawk', 'original-awk'].map((program) => [program, awk] as const),
  ...['sed', 'gsed', 'ssed'].map((program) => [program, sed] as const),
];
