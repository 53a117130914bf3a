import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper } from '#policy/command/handler.ts';
import { guessNamedProgram } from '#policy/command/named-programs.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { guessStructured } from '#policy/command/structured-texts.ts';
import type { Arg } from '#policy/command/words.ts';

type Reader = (input: Arg, context: Context, analyst: Analyst) => void;

/** `executable = npm` and `arguments = ci`, each on a line. */
const readSettings: Reader = (input, context, analyst) =>
  guessNamedProgram(
    input.text.split('\n').map((text) => ({ ...input, text: text.trim() })),
    context,
    analyst,
  );

const STRING = /"[^"]*"|'[^']*'|`[^`]*`/g;
const TYPED = new RegExp(`\\b(?:Type(?:@\\S+)?|Copy)((?:\\s*(?:${STRING.source}))+)|\\b(?:Enter|Ctrl\\+[JM])\\b`, 'g');

/** A tape of vhs: what it types into a shell, line by line. */
const readTape: Reader = (input, context, analyst) => {
  const textsOf = (strings: string) => Array.from(strings.matchAll(STRING), ([each]) => each.slice(1, -1)).join(' ');
  const keys = Array.from(input.text.matchAll(TYPED), ([, strings]) => (strings ? textsOf(strings) : '\n'));
  analyst.guess({ ...input, text: keys.join('') }, deeper(context));
};

const readers: Readonly<Record<string, Reader>> = {
  'buildkite-agent': guessStructured,
  condor_submit: readSettings,
  nbdkit: (input, context, analyst) => analyst.guess(input, deeper(context)),
  vhs: readTape,
};

/** Reads a text on the standard input of a program that executes what it says there, in a form of its own. */
export const readInput: Handler = ({ program, head, context }, analyst) => {
  const reader = Object.hasOwn(readers, program) ? readers[program] : undefined;
  const input = reader && stdinArg(context, head.at);
  if (input?.kind === 'literal') reader?.(input, context, analyst);
};
