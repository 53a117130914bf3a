import type { Analyst } from '#policy/command/analysis.ts';
import { checkAssignmentWord } from '#policy/command/assignments.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, joined, optionValues } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** A setting that names a command, whose value the tool executes later as shell text. */
const holdsText: Readonly<Record<string, RegExp>> = {
  aws: /(?:^| )configure set (?:.* )?(?:\S+\.)?credential_process$/,
  ...Object.fromEntries(
    ['gh', 'glab'].map((program) => [program, /(?:^| )config set (?:\S+ )?(?:pager|editor|browser)$/]),
  ),
  jj: /(?:^| )config set (?:\S*\.)?(?:pager|(?:diff-|merge-)?editor|diff-formatter|program|tool)$/,
  husky: /^(?:add|set) \S+$/,
  fossil: /^(?:settings?|set) \S*(?:command|editor)$/,
  composer: /(?:^| )config (?:\S+ )?scripts\.\S+$/,
};

/** `aws configure set credential_process TEXT` */
const setText: Handler = ({ program, words, context }, analyst) => {
  const operands = words.filter(({ text }) => !isOption(text));
  const at = operands.findIndex((_, end) => ownValue(holdsText, program)?.test(textsTo(operands, end)));
  const value = at < 0 ? undefined : operands[at + 1];
  if (value) analyst.shellText(value, deeper(context));
};

function textsTo(operands: readonly Arg[], end: number): string {
  return operands
    .slice(0, end + 1)
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join(' ');
}

/** Options that name a program, and those that name its arguments. */
interface NamedProgram {
  readonly program: NamedOptions;
  readonly args: NamedOptions;
}

const credentials: NamedProgram = { program: { long: 'exec-command' }, args: { long: 'exec-arg' } };
const namedPrograms: Readonly<Record<string, NamedProgram>> = {
  kubectl: credentials,
  oc: credentials,
  'watchman-make': { program: { long: 'make' }, args: { long: 'target', letters: 't', values: 'psr' } },
};

/** `watchman-make --make PROGRAM -t WORD` starts the program with the word. */
const startNamed: Handler = ({ program: tool, words, context }, analyst) => {
  const spec = ownValue(namedPrograms, tool);
  const [program] = optionValues(words, spec?.program ?? {});
  const args = optionValues(words, spec?.args ?? {});
  if (!program) return;
  const call = [program, ...args].map(({ value }) => value);
  analyst.argv(call, deeper(context));
  // The name may bring arguments of its own.
  if (/\s/.test(program.value.text)) analyst.shellText(joined(call), deeper(context));
};

/** `kubectl config set-credentials NAME --exec-command=PROGRAM --exec-arg=WORD` starts the program with each call that follows. */
const setCredentials: Handler = (call, analyst) => {
  const { words, context } = call;
  if (!words.some(({ text }) => text === 'config')) return;
  startNamed(call, analyst);
  const key = words.find(({ text }) => /^users\..*\.exec\b/.test(text));
  if (key) analyst.opaque('a setting that names a program', key.at, context);
};

/** Calls that set variables for every call that follows: `go env -w NAME=VALUE`, `p4 set NAME=VALUE`. */
const setsVariables: Readonly<Record<string, RegExp>> = { go: /^env (?:.* )?--?w(?: |$)/, p4: /^set(?: |$)/ };

const setVariables: Handler = ({ program, words, context }, analyst) => {
  if (!ownValue(setsVariables, program)?.test(textsTo(words, words.length))) return;
  for (const word of words)
    if (/^\w+=/.test(word.text)) checkAssignmentWord(word, context, analyst);
    else if (isUnknown(word)) analyst.opaque('a variable that is not literal', word.at, context);
};

const setters: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(Object.keys(holdsText).map((program) => [program, setText])),
  kubectl: setCredentials,
  oc: setCredentials,
  'watchman-make': startNamed,
  go: setVariables,
  p4: setVariables,
};

/** Reads what a call sets in the configuration of its tool, as far as the tool executes that later. */
export function readSettings(call: Call, analyst: Analyst): void {
  if (Object.hasOwn(setters, call.program)) setters[call.program]?.(call, analyst);
}
