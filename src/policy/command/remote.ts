import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, joined, scanArguments } from '#policy/command/handler.ts';

/** Options of one tool whose values are shell text for another machine. */
interface RemoteSpec {
  /** Verbs under which they are, as a whole. */
  readonly when: RegExp;
  readonly options: RegExp;
  /** What stands behind `--` is a command as well. */
  readonly behindDashes?: boolean;
  /** Some of the words are the command. */
  readonly words?: boolean;
}

const specs: Readonly<Record<string, readonly RemoteSpec[]>> = {
  gcloud: [{ when: /\bssh\b/, options: /^--command(?:=|$)/, behindDashes: true }],
  az: [
    {
      when: /\b(?:command invoke|exec|run-command|run)\b/,
      options: /^(?:--(?:command|exec-command|scripts?|cmd)(?:=|$)|-c$)/,
    },
    { when: /\bssh\b/, options: /^--command(?:=|$)/, behindDashes: true },
  ],
  aws: [{ when: /\b(?:execute-command|send-command|start-session)\b/, options: /^--(?:command|parameters)(?:=|$)/ }],
  gh: [{ when: /\b(?:codespace|cs) ssh\b/, options: /^$/, words: true }],
  fly: [{ when: /\bssh console\b/, options: /^(?:-C|--command)(?:=|$)/ }],
  flyctl: [{ when: /\bssh console\b/, options: /^(?:-C|--command)(?:=|$)/ }],
  heroku: [{ when: /\brun\b/, options: /^$/, words: true }],
};

/** Clients of clouds and code hosts: most of their calls are mere requests, some execute a command elsewhere. */
const createRemote =
  (known: readonly RemoteSpec[]): Handler =>
  (call, analyst) => {
    const verbs = call.args
      .slice(1)
      .filter((arg) => arg.kind === 'literal' && !arg.text.startsWith('-'))
      .map((arg) => arg.text)
      .join(' ');
    for (const spec of known) if (spec.when.test(verbs)) runValues(call, analyst, spec);
  };

function runValues(
  { program, args, context }: Call,
  analyst: Analyst,
  { options, behindDashes, words }: RemoteSpec,
): void {
  for (const [index, arg] of args.entries()) {
    const option = index > 0 ? options.exec(arg.text)?.[0] : undefined;
    if (option === undefined) continue;
    const glued = arg.text.slice(option.length);
    const values = option.endsWith('=') ? [{ ...arg, text: glued }] : valuesFrom(args.slice(index + 1));
    for (const value of values)
      for (const text of option.startsWith('--parameters') ? commandsIn(value.text) : [value.text])
        analyst.shellText({ ...value, text }, deeper(context, { stdin: 'none' }));
  }
  if (words) {
    scanArguments({ program, args, context }, analyst);
    for (const arg of args.slice(1))
      if (/\s/.test(arg.text)) analyst.shellText(arg, deeper(context, { stdin: 'none' }));
  }
  const dashes = args.findIndex((arg) => arg.text === '--');
  const rest = args.slice(dashes + 1);
  if (behindDashes && dashes > 0 && rest.length > 0) {
    analyst.argv(rest, deeper(context));
    analyst.shellText(joined(rest), deeper(context));
  }
}

/** An option may take several values, up to the next option. */
function valuesFrom(args: Call['args']): Call['args'] {
  const end = args.findIndex((arg) => arg.text.startsWith('-'));
  return end < 0 ? args : args.slice(0, end);
}

/** Texts in `commands=["a","b"]`, `{"commands":["a"]}` and the like; parameters that name no command hold none. */
function commandsIn(parameters: string): readonly string[] {
  const named = /\bcommands?=(.*)$/is.exec(parameters)?.[1];
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
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => textsOf(each, /^commands?$/i.test(key)));
}

/** `gh alias set NAME '!TEXT'`, and `gh alias set --shell NAME TEXT`. */
const gh: Handler = (call, analyst) => {
  const { args, context } = call;
  createRemote(specs['gh'] ?? [])(call, analyst);
  const at = args.findIndex((arg, index) => index > 0 && arg.text === 'set' && args[index - 1]?.text === 'alias');
  const isShell = args.some((arg) => /^(?:-s|--shell)$/.test(arg.text));
  const text = at > 0 ? args.slice(at + 1).findLast((arg) => !arg.text.startsWith('-')) : undefined;
  if (text && (isShell || text.kind !== 'literal' || text.text.startsWith('!')))
    analyst.shellText({ ...text, text: text.text.replace(/^!/, '') }, deeper(context, { stdin: 'none' }));
};

/** Clients that can execute commands on other machines. */
export const remoteHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(specs).map(([program, known]) => [program, createRemote(known)] as const),
  ['gh', gh],
];
