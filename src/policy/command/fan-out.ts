import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, joined } from '#policy/command/handler.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';

/** `find -exec … ;` and `fd -x …`: the words up to the end mark are a command, with `{}` for a file name. */
const runPredicates =
  (options: RegExp, placeholder: RegExp): Handler =>
  ({ args, context }, analyst) => {
    const isPlain = args[1]?.kind === 'literal' && !args.some((arg) => /^\/(?:dev|proc|$)/.test(arg.text));
    for (const [index, arg] of args.entries()) {
      if (index === 0 || !options.test(arg.text)) continue;
      const rest = args.slice(index + 1);
      const end = rest.findIndex((each, at) => each.text === ';' || (each.text === '+' && rest[at - 1]?.text === '{}'));
      const command = withPlaceholders(end < 0 ? rest : rest.slice(0, end), placeholder);
      const filled = command.map((each, at) => (at > 0 && isPlain && each !== rest[at] ? asFound(each) : each));
      analyst.argv(filled, deeper(context, { stdin: 'none' }));
    }
  };

/** What `find` fills in where a placeholder stood starts with one of its roots, so that it is no option and no open file. */
function asFound(arg: Arg): Arg {
  return arg.kind === 'one' && arg.text === '' ? { ...arg, text: './' } : arg;
}

function withPlaceholders(args: readonly Arg[], placeholder: RegExp): readonly Arg[] {
  return args.map((arg) => {
    const at = arg.text.search(placeholder);
    return at < 0 || arg.kind !== 'literal' ? arg : { ...arg, text: arg.text.slice(0, at), kind: 'one' as const };
  });
}

const xargsOptions = optionTable(
  '-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars --process-slot-var -R -S -J',
  '-0 --null -r --no-run-if-empty -t --verbose -p --interactive -x --exit -o --open-tty -i -l -e',
);

/** The words from standard input follow the command, so that they may complete it. */
const xargs: Handler = ({ args, context }, analyst) => {
  const { starts, unknownAt } = positionals(args, 1, { table: xargsOptions });
  if (unknownAt !== undefined) analyst.opaque('words before the command that are not literal', unknownAt, context);
  const marker = replacement(args);
  for (const start of starts) {
    const command = args.slice(start);
    const at = command[0]?.at ?? 0;
    const filled =
      marker === undefined ? [...command, { text: '', kind: 'many' as const, at }] : withPlaceholders(command, marker);
    analyst.argv(filled, deeper(context, { stdin: 'none' }));
  }
};

function replacement(args: readonly Arg[]): RegExp | undefined {
  for (const [index, { text }] of args.entries()) {
    if (text === '-I' || text === '-J') return literalPattern(args[index + 1]?.text ?? '{}');
    if (/^-[IJ]./.test(text)) return literalPattern(text.slice(2));
    if (/^(?:-i|--replace)/.test(text)) return literalPattern(text.replace(/^(?:-i|--replace=?)/, '') || '{}');
  }
  return undefined;
}

function literalPattern(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
}

/** `{}`, `{.}`, `{2}`, `{= perl =}` and the like. */
const PARALLEL_INPUT = /\{(?:=.*=|[^\s{}]*)\}/s;

/** GNU parallel hands its words, with inputs filled in, to a shell. */
const parallel: Handler = ({ args, context }, analyst) => {
  const end = args.findIndex((arg) => /^:{3,4}\+?$/.test(arg.text));
  const before = end < 0 ? args : args.slice(0, end);
  const { starts } = positionals(before, 1, {
    table: optionTable('-j --jobs -a --arg-file --colsep -N -n -L --joblog --tmpdir -S --timeout --delay --retries -I'),
  });
  const [start] = starts;
  if (start === undefined) return analyst.opaque('commands that are read as input', args[0]?.at ?? 0, context);
  const command = before.slice(start);
  const [only] = command;
  if (command.length === 1 && only?.kind === 'literal' && /\s/.test(only.text))
    return runTemplate(only, { context, analyst });
  const fills = command.some((arg) => PARALLEL_INPUT.test(arg.text));
  const tail = { text: '', kind: 'many' as const, at: command[0]?.at ?? 0 };
  analyst.argv(fills ? withPlaceholders(command, PARALLEL_INPUT) : [...command, tail], deeper(context));
  if (command.length === 1 && only) analyst.shellText(only, deeper(context));
};

/** `parallel 'echo {}'`: shell text in which quoted inputs are filled in, at the end when it says nowhere. */
function runTemplate(text: Arg, { context, analyst }: { readonly context: Context; readonly analyst: Analyst }): void {
  const input = '"$input"';
  if (/\{=/.test(text.text)) analyst.opaque('code in an argument', text.at, context);
  const fills = PARALLEL_INPUT.test(text.text);
  const filled = fills ? text.text.replaceAll(new RegExp(PARALLEL_INPUT, 'gs'), input) : `${text.text} ${input}`;
  analyst.shellText({ ...text, text: filled }, deeper(context));
}

/** Every word that is no option is shell text, or the name of a package script. */
const eachText =
  (values: string): Handler =>
  ({ args, context }, analyst) => {
    const table = optionTable(values);
    for (let at = 1; at < args.length; at++) {
      const arg = args[at];
      if (!arg || table.values.has(arg.text)) at++;
      else if (arg.text === '--') continue;
      else if (!arg.text.startsWith('-')) analyst.shellText(arg, deeper(context, { stdin: 'none' }));
    }
  };

/** Reads commands from a file or from standard input. */
const readsCommands: Handler = ({ args, context }: Call, analyst: Analyst) => {
  const { stdin } = context;
  const at = args[0]?.at ?? 0;
  if (typeof stdin === 'object')
    analyst.shellText({ text: stdin.text, kind: 'literal', at }, deeper(context, { stdin: 'none' }));
  else if (stdin === 'unknown') analyst.shellText(joined([{ text: '', kind: 'many', at }]), deeper(context));
};

/** Programs that execute one or many commands for their inputs. */
export const fanOutHandlers: readonly (readonly [string, Handler])[] = [
  ...['find', 'gfind'].map((program) => [program, runPredicates(/^-(?:exec|execdir|ok|okdir)$/, /\{\}/)] as const),
  ...['fd', 'fdfind'].map(
    (program) => [program, runPredicates(/^(?:-x|-X|--exec|--exec-batch)$/, /\{(?:\/\/?|\/?\.)?\}/)] as const,
  ),
  ['xargs', xargs],
  ['gxargs', xargs],
  ['parallel', parallel],
  [
    'concurrently',
    eachText(
      '-n --names -c --prefix-colors -p --prefix -l --prefix-length --restart-tries --restart-after --success -s -m --max-processes --kill-signal --default-input-target --hide',
    ),
  ],
  ['start-server-and-test', eachText('--expect')],
  [
    'hyperfine',
    eachText(
      '-w --warmup -r --runs -m --min-runs -M --max-runs -n --command-name -L -P -u --export-json --export-markdown --export-csv',
    ),
  ],
  ['onchange', eachText('-d --delay -e --exclude -i')],
  ...['at', 'batch', 'crontab'].map((program) => [program, readsCommands] as const),
];
