import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { apart, isEnd, joined, refuseWord, scanWords, textAt, wordsBefore } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isOption, positionals } from '#policy/command/options.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import { isLiteral, isUnknown } from '#policy/command/words.ts';

/** Words of one tool that are shell text for another machine. */
interface RemoteSpec {
  /** Verbs under which they are, as a whole. */
  readonly when: RegExp;
  /** Options whose values are the text. */
  readonly options?: NamedOptions;
  /** Options whose values are JSON, or short for it, with the text in it. */
  readonly parameters?: NamedOptions;
  /** What stands behind `--` is the text. */
  readonly behindDashes?: boolean;
  /** Some of the words are the text, or a command. */
  readonly words?: boolean;
  /** A file says what is executed, which has to be a plain one. */
  readonly takesFile?: boolean;
}

/** Standard input and other open files. */
const OPEN_FILE = /^(?:(?:-c|--config=)?\/(?:dev|proc)\/|-$)/;

const fly: readonly RemoteSpec[] = [
  { when: /\bconsole\b/, options: { long: 'command', letters: 'C' } },
  { when: /\b(?:m|machines?) (?:exec|run)\b|\b(?:hijack|intercept)\b/, words: true },
  { when: /\b(?:e|execute)\b/, takesFile: true },
];

const specs: Readonly<Record<string, readonly RemoteSpec[]>> = {
  gcloud: [{ when: /\bssh\b/, options: { long: 'command' }, behindDashes: true }],
  az: [
    {
      when: /\b(?:command invoke|exec|run-command|run)\b/,
      options: { long: 'command exec-command script scripts cmd', letters: 'c' },
    },
    { when: /\bssh\b/, options: { long: 'command' }, behindDashes: true },
  ],
  aws: [
    { when: /\b(?:run-task|submit-job)\b/, parameters: { long: 'overrides container-overrides' } },
    {
      when: /\b(?:execute-command|send-command|start-session)\b/,
      options: { long: 'command' },
      parameters: { long: 'parameters' },
    },
  ],
  gh: [{ when: /\b(?:codespace|cs) ssh\b/, words: true }],
  fly,
  flyctl: fly,
  heroku: [{ when: /\brun\b/, words: true }],
  pueue: [{ when: /^add\b/, words: true }],
  bolt: [{ when: /^command run\b/, words: true }],
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
  const context = apart(call.context);
  for (const value of valuesOf(words, options)) analyst.shellText(value, context);
  for (const value of valuesOf(words, parameters))
    for (const text of isLiteral([value]) ? commandsIn(value.text) : [''])
      analyst.shellText({ ...value, text }, context);
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

/** An option may take several values, up to the next option. */
function valuesOf(words: Call['words'], options: NamedOptions): Call['words'] {
  return words.flatMap((word, index) => {
    const found = namedOption(word.text, options);
    if (!found) return [];
    if (found.glued !== undefined || word.kind !== 'literal') return [{ ...word, text: found.glued ?? '' }];
    return wordsBefore(words.slice(index + 1), ({ text }) => isOption(text));
  });
}

/** Texts in `commands=["a","b"]`, `{"commands":["a"]}` and the like; parameters that name no command hold none. */
function commandsIn(parameters: string): readonly string[] {
  const [, named] = /\bcommands?=(.*)/is.exec(parameters) ?? [];
  try {
    return textsOf(JSON.parse(named ?? parameters), named !== undefined);
  } catch {
    // No JSON, but a short form.
    return named === undefined ? [] : [named.replace(/^[["']+|[\]"']+$/g, '')];
  }
}

function textsOf(value: unknown, isCommand: boolean): readonly string[] {
  if (typeof value === 'string') return isCommand ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => textsOf(each, isCommand));
  return Object.entries(Object(value)).flatMap(([key, each]) => textsOf(each, /^commands?$/i.test(key)));
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
    analyst.shellText({ ...text, text: text.text.replace(/^!/, '') }, apart(context));
};

/** Clients that can execute commands on other machines. */
export const remoteHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(specs).map(([program, known]) => [program, createRemote(known)] as const),
  ['gh', gh],
  ['glab', gh],
];
