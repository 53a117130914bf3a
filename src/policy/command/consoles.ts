import type { Handler } from '#policy/command/handler.ts';
import {
  deeper,
  EXECUTES_VALUE,
  isEnd,
  opaqueCode,
  refuseWord,
  runRest,
  textAt,
  wordsBefore,
} from '#policy/command/handler.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { unknownProgram, unknownTexts } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';

/** How the command line of a framework takes code of its language. */
interface ConsoleSpec {
  /** Verbs that read code from standard input, or from an option. */
  readonly reads: RegExp;
  readonly code?: RegExp;
  /** The same of an option that any verb takes. */
  readonly everywhere?: RegExp;
  /** Verbs whose operands are code. */
  readonly evaluates?: RegExp;
  /** Verbs that execute the rest as a command. */
  readonly executes?: RegExp;
  /** Verbs that take a list of verbs with their words, parted by `+` or by a comma at the end of a word. */
  readonly lists?: RegExp;
  /** What its other verbs do is not known. */
  readonly isOpen?: true;
}

const django: ConsoleSpec = { reads: /^(?:shell|shell_plus|dbshell)$/, code: /^(?:-c|--command)/ };

/** Consoles of frameworks, by the program or the script that brings them. */
export const consoleTable: Readonly<Record<string, ConsoleSpec>> = {
  artisan: { reads: /^tinker$/, code: /^--execute/ },
  'manage.py': django,
  'django-admin': django,
  lein: { isOpen: true, lists: /^do$/, reads: /^(?:exec|repl|trampoline)$/, code: /^-e/ },
  stack: { isOpen: true, reads: /^(?:repl|ghci)$/, evaluates: /^eval$/, executes: /^(?:exec|runghc|runhaskell)$/ },
  tjs: { reads: /^repl$/, evaluates: /^eval$/ },
  ...Object.fromEntries(
    ['dotnet', 'dotnet-script'].map((program) => [
      program,
      {
        reads: /^(?:fsi|script|repl|csi|eval)$/,
        code: /^(?:eval$|-e$|--eval|https?:|\/(?:dev|proc)\/)/,
        evaluates: /^eval$/,
        executes: /^(?:trace|counters)$/,
      },
    ]),
  ),
  flask: { reads: /^shell$/ },
  wp: { reads: /^(?:shell|eval-file)$/, evaluates: /^eval$/, everywhere: /^--exec(?:=|$)/ },
  drush: {
    reads: /^(?:php|php:cli|core:cli|sqlc|sql[:-]cli)$/,
    evaluates: /^(?:ev|eval|php-eval|php:eval)$/,
    executes: /^(?:exec|execute|core[:-]execute|ssh|site[:-]ssh)$/,
  },
  mix: { reads: /^(?:run|test)$/, code: /^(?:-e|--eval)/, evaluates: /^eval$/, executes: /^cmd$/, lists: /^do$/ },
};

/** Refuses code that a console is given, and reads what it executes. */
const createConsole =
  ({ reads, code, everywhere, evaluates, executes, lists, isOpen }: ConsoleSpec): Handler =>
  (call, analyst) => {
    const { head, context } = call;
    // The name of a site.
    const words = textAt(call.words, 0).startsWith('@') ? call.words.slice(1) : call.words;
    if (isOpen) unknownProgram(call, analyst);
    else unknownTexts({ ...call, words: wordsBefore(words, isEnd) }, analyst);
    refuseWord(call, analyst, { what: EXECUTES_VALUE, when: ({ text }) => everywhere?.test(text) });
    for (const start of positionals(words, { table: optionTable() }).starts) {
      const verb = textAt(words, start);
      const rest = words.slice(start + 1);
      const option = reads.test(verb) && rest.find(({ text }) => code?.test(text));
      const operand = evaluates?.test(verb) && rest.find(({ text }) => !isOption(text));
      const found = option || operand || (reads.test(verb) && stdinArg(context, head.at));
      if (found) opaqueCode('code for the console of a framework', found.at, { context, analyst });
      if (executes?.test(verb)) runRest({ words: rest, context }, analyst, { table: optionTable() });
      if (lists?.test(verb)) for (const listed of partedCalls(rest)) analyst.argv([head, ...listed], deeper(context));
    }
  };

/** `compile, cmd ls`, `compile + cmd ls` and `[compile] [cmd ls]` as the words of two calls. */
function partedCalls(words: readonly Arg[]): readonly (readonly Arg[])[] {
  const calls: Arg[][] = [[]];
  for (const word of words) {
    const [, text = '', end] = /^\[?(.*?)(^\+|\]?,|\])?$/s.exec(word.kind === 'literal' ? word.text : '') ?? [];
    if (text !== '' || end === undefined) calls.at(-1)?.push(end ? { ...word, text } : word);
    if (end !== undefined) calls.push([]);
  }
  return calls;
}

/** Frameworks whose command line takes code. */
export const consoleHandlers: readonly (readonly [string, Handler])[] = Object.entries(consoleTable).map(
  ([program, spec]) => [program, createConsole(spec)] as const,
);
