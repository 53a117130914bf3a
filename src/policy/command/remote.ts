import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, isEnd, joined, refuseWord, scanWords, textAt, wordsBefore } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isOption, positionals } from '#policy/command/options.ts';
import { commandsSent } from '#policy/command/sent-commands.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { guessStructured } from '#policy/command/structured-texts.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName, isLiteral, isUnknown, literal } from '#policy/command/words.ts';

/** Words of one tool that are shell text for another machine. */
interface RemoteSpec {
  /** Verbs under which they are, as a whole. */
  readonly when: RegExp;
  /** Options whose values are the text. */
  readonly options?: NamedOptions;
  /** Options whose values are JSON, or short for it, with the text in it. */
  readonly parameters?: NamedOptions;
  /** Options that name a program, and those with its arguments: each value a list, parted by commas or by blanks. */
  readonly program?: NamedOptions;
  readonly args?: NamedOptions;
  /** Most such calls execute nothing, so that none of several words without quotes is supposed to be one of the options. */
  readonly isEveryday?: true;
  /** What stands behind `--` is the text. */
  readonly behindDashes?: boolean;
  /** Some of the words are the text, or a command. */
  readonly words?: boolean;
  /** The request mostly defines something, of a file or a variable: what is not written out counts for nothing. */
  readonly isDefinition?: boolean;
  /** A file says what is executed, which has to be a plain one. */
  readonly takesFile?: boolean;
}

/** Standard input and other open files. */
const OPEN_FILE = /^(?:(?:-c|--config=)?\/(?:dev|proc)\/|-$)/;

const fly: readonly RemoteSpec[] = [
  { when: /\bconsole\b|\b(?:m|machines?) update\b/, options: { long: 'command', letters: 'C' } },
  { when: /\b(?:m|machines?) (?:exec|run)\b|\b(?:hijack|intercept)\b/, words: true },
  { when: /\b(?:e|execute)\b/, takesFile: true },
];

const specs: Readonly<Record<string, readonly RemoteSpec[]>> = {
  gcloud: [
    { when: /\bssh\b/, options: { long: 'command' }, behindDashes: true },
    { when: /\brun\b/, program: { long: 'command' }, args: { long: 'args' } },
  ],
  az: [
    {
      when: /\b(?:command invoke|exec|run-command|run)\b/,
      options: { long: 'command exec-command script scripts cmd', letters: 'c' },
    },
    { when: /\bssh\b/, options: { long: 'command' }, behindDashes: true },
    { when: /\bextension set\b/, parameters: { long: 'settings protected-settings' }, isDefinition: true },
    { when: /^(?:container|batch)\b/, options: { long: 'command-line' }, isEveryday: true },
    { when: /^containerapp\b/, program: { long: 'command' }, args: { long: 'args' } },
  ],
  aws: [
    {
      when: /\b(?:run-task|start-task|submit-job)\b/,
      parameters: { long: 'overrides container-overrides cli-input-json cli-input-yaml' },
    },
    {
      when: /\b(?:register-task-definition|register-job-definition)\b/,
      parameters: { long: 'container-definitions container-properties cli-input-json cli-input-yaml' },
      isDefinition: true,
    },
    {
      when: /\b(?:execute-command|send-command|start-session|\w+-association|start-automation-execution)\b/,
      options: { long: 'command' },
      parameters: { long: 'parameters cli-input-json cli-input-yaml' },
    },
  ],
  gh: [{ when: /\b(?:codespace|cs) ssh\b/, words: true }],
  fly,
  flyctl: fly,
  heroku: [{ when: /\brun\b|^ps:exec\b/, words: true }],
  pueue: [{ when: /^add\b/, words: true }],
  bolt: [{ when: /^command run\b|^(?:ws|workspaces) exec\b/, words: true }],
  tsh: [{ when: /\b(?:ssh|kube exec|kubectl)\b/, words: true }],
  csvtool: [{ when: /^call\b/, words: true }],
  ...Object.fromEntries(
    ['pdsh', 'dsh', 'clush', 'pssh', 'parallel-ssh', 'et', 'rush', 'bench'].map((program) => [
      program,
      [{ when: /(?:)/, words: true }],
    ]),
  ),
};

/** Clients of clouds and code hosts: most of their calls are mere requests, some execute a command elsewhere. */
const createRemote =
  (known: readonly RemoteSpec[]): Handler =>
  (call, analyst) => {
    const verbs = call.words.filter(({ text }) => !isOption(text)).map(({ text }) => text);
    for (const spec of known) if (spec.when.test(verbs.join(' '))) runRemote(call, analyst, spec);
  };

function runRemote(call: Call, analyst: Analyst, { options = {}, parameters = {}, ...spec }: RemoteSpec): void {
  const { words } = call;
  const context = deeper(call.context);
  for (const value of valuesOf(words, options))
    if (!spec.isEveryday || !isMereValue(value, call)) analyst.shellText(value, context);
  for (const value of valuesOf(words, parameters))
    if (!spec.isDefinition || isLiteral([value])) runSent(value, call, analyst);
  if (spec.program) runNamed(call, analyst, { program: spec.program, args: spec.args ?? {} });
  if (spec.words) {
    scanWords(call, analyst);
    for (const [at, word] of words.entries())
      if (/\s/.test(word.text) || (isUnknown(word) && !/^-(?!(?:c|-|-command)$)./.test(textAt(words, at - 1))))
        analyst.shellText({ ...word, text: word.text.replace(/^--[\w-]+=/, '') }, context);
  }
  if (spec.takesFile)
    refuseWord(call, analyst, { what: 'a task that is not a plain file', when: ({ text }) => OPEN_FILE.test(text) });
  const behind = words.findIndex(isEnd) + 1;
  if (spec.behindDashes && behind > 0) analyst.shellText(joined(words.slice(behind)), context);
}

/** Of words without quotes, most of them the values of options, none is supposed to be such an option. */
function isMereValue({ kind, at }: Arg, { words, context }: Call): boolean {
  return (
    context.supposed !== undefined && (kind === 'many' || words.some((word) => word.kind === 'many' && word.at === at))
  );
}

/** What a request carries, in the word itself or in an open file that it names. */
function runSent(value: Arg, { head, context }: Call, analyst: Analyst): void {
  const inner = deeper(context);
  const file = /^fileb?:\/\/(.*)/s.exec(value.text)?.[1];
  if (file !== undefined && !OPEN_FILE.test(file) && isPlainFile({ ...value, text: file })) return;
  const sent = file !== undefined && isLiteral([value]) ? (stdinArg(context, head.at) ?? literal('', value.at)) : value;
  if (namesOther(sent)) return;
  if (!isLiteral([sent])) return analyst.shellText({ ...sent, text: '' }, inner);
  const commands = commandsSent(sent.text);
  if (commands.length === 0) guessStructured(sent, inner, analyst);
  for (const command of commands)
    if (typeof command === 'string') analyst.shellText({ ...sent, text: command }, inner);
    else
      analyst.argv(
        command.map((text) => literal(text, value.at)),
        inner,
      );
}

/** `"InstanceId=$id"`: what is not written out is no command. */
function namesOther({ kind, text, source }: Arg): boolean {
  return (
    kind === 'one' &&
    /^[\s{"'[]*[A-Za-z]\w*["'\]]*\s*[=:]/.test(text) &&
    !/command|script/i.test(source?.text ?? 'command')
  );
}

function isPlainFile(file: Arg): boolean {
  return file.kind === 'literal' || isFileName(file) || /\.(?:json|ya?ml)$/.test(file.ends ?? file.source?.text ?? '');
}

/** `--command=npm --args=run,build` starts the program with the arguments, in a container of an image. */
function runNamed(
  { words, context }: Call,
  analyst: Analyst,
  { program, args }: { readonly program: NamedOptions; readonly args: NamedOptions },
): void {
  const { supposed } = context;
  const listOf = (options: NamedOptions) => {
    // `-c` and `-e` are meant for the program.
    const values = valuesOf(words, options, (text) => /^-(?:-|[^ce]$)/.test(text));
    // What is supposed says no more than what is said.
    return (
      supposed && values.some(({ kind }) => kind === 'literal') ? values.filter((word) => isLiteral([word])) : values
    ).flatMap(wordsIn);
  };
  const [own, given] = [listOf(program), listOf(args)];
  const call = [...own, ...given];
  if (own.length === 0) scanWords({ words: call, context: deeper(context) }, analyst);
  else if (!supposed || call.length > 1)
    analyst.argv(call, { ...deeper(context), speculative: context.speculative || supposed !== undefined });
}

/** The words of a list, which may say first what parts them: `^;^a;b`. */
function wordsIn(value: Arg): readonly Arg[] {
  if (value.kind !== 'literal') return [value];
  const [, mark = ',', list = value.text] = /^\^([^^]+)\^(.*)/s.exec(value.text) ?? [];
  return list.split(mark).map((text) => ({ ...value, text }));
}

/** An option may take several values, up to the next option. */
function valuesOf(
  words: Call['words'],
  options: NamedOptions,
  ends: (text: string) => boolean = isOption,
): Call['words'] {
  return words.flatMap((word, index) => {
    const found = namedOption(word.text, options);
    if (!found) return [];
    if (found.glued !== undefined || word.kind !== 'literal') return [{ ...word, text: found.glued ?? '' }];
    return wordsBefore(words.slice(index + 1), ({ text }) => ends(text));
  });
}

const runGh = createRemote([{ when: /\b(?:codespace|cs) ssh\b/, words: true }]);

const ownVerbs = new Set(
  (
    'agent-task alias api attestation auth browse cache co codespace completion config cs ext extension extensions gist gpg-key help issue label licenses ' +
    'org pr preview project release repo rs ruleset run search secret skill ssh-key status variable version workflow'
  ).split(' '),
);

/** `gh extension exec NAME WORDS` and `gh NAME WORDS`: what an extension does with its words is not known. */
function runExtension(call: Call, analyst: Analyst): void {
  const { starts } = positionals(call.words, { table: optionsOf('gh') });
  const verb = starts.find((start) => /^ext(?:ensions?)?$/.test(textAt(call.words, start)));
  const isExec = verb !== undefined && textAt(call.words, verb + 1) === 'exec';
  if (isExec) unknownProgram({ ...call, words: call.words.slice(verb + 2) }, analyst);
  for (const start of starts)
    if (!ownVerbs.has(textAt(call.words, start))) unknownProgram({ ...call, words: call.words.slice(start) }, analyst);
}

/** `gh alias set NAME '!TEXT'`, and `gh alias set --shell NAME TEXT`; the same with `glab`. */
const gh: Handler = (call, analyst) => {
  const { words, context } = call;
  if (call.program === 'gh') {
    runGh(call, analyst);
    runExtension(call, analyst);
  }
  const sets = words.some(({ text }, index) => text === 'set' && textAt(words, index - 1) === 'alias');
  const text = sets ? words.findLast((word) => !isOption(word.text)) : undefined;
  const isShell = words.some((word) => /^(?:-s|--shell)$/.test(word.text));
  if (text && (isShell || !isLiteral([text]) || text.text.startsWith('!')))
    analyst.shellText({ ...text, text: text.text.replace(/^!/, '') }, deeper(context));
};

/** Clients that can execute commands on other machines. */
export const remoteHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(specs).map(([program, known]) => [program, createRemote(known)] as const),
  ['gh', gh],
  ['glab', gh],
];
