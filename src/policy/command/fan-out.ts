import type { Analyst } from '#policy/command/analysis.ts';
import { checkAssignmentWord } from '#policy/command/assignments.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import {
  deeper,
  isEnd,
  joined,
  optionValues,
  refuseWord,
  runRest,
  textAt,
  wordsBefore,
  wordsBehind,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { shared } from '#policy/command/redirects.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { eitherWay } from '#policy/command/split-text.ts';
import { unknownTexts } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown } from '#policy/command/words.ts';

/** Where in a text something is filled in; negative when nowhere. */
type Place = (text: string) => number;

/** `find -exec … ;` and `fd -x …`: the words up to the end mark are a command, with `{}` for a file name; it may begin in the option itself. */
const runPredicates =
  (options: RegExp, placeholder: RegExp, needsEnd: boolean): Handler =>
  ({ words, context }, analyst) => {
    const isPlain = words[0]?.kind === 'literal' && !words.some(({ text }) => /^\/(?:dev|proc|$)/.test(text));
    const place: Place = (text) => text.search(placeholder);
    // Each of several commands may take a part of the input.
    const several = words.filter(({ text }) => options.test(text)).length > 1;
    const inner = deeper(context, several ? { stdin: shared(context.stdin) } : {});
    for (const [index, word] of words.entries()) {
      const found = options.exec(word.text);
      if (!found) continue;
      const behind = words.slice(index + 1);
      const [, glued = ''] = found;
      const rest = glued === '' && word.kind === 'literal' ? behind : [{ ...word, text: glued }, ...behind];
      if (context.supposed && needsEnd && !isPredicate(words, index, options)) continue;
      const [program, ...own] = wordsBefore(rest, ({ text }, at) => isEndMark(text, textAt(rest, at - 1)));
      const filled = filledIn(own, place).map((each, at) => (isPlain && each !== own[at] ? asFound(each) : each));
      // Without a placeholder fd adds the names that it found.
      const isAdded = !needsEnd && ![...own, ...(program ? [program] : [])].some(({ text }) => place(text) >= 0);
      const names: readonly Arg[] = isAdded ? [{ text: './', kind: 'one', at: word.at }] : [];
      if (program) analyst.argv([...filledIn([program], place), ...filled, ...names], inner);
    }
  };

/** Whether a word that is supposed to be a predicate is one: its command has an end, and no other one that has not ended holds it. */
function isPredicate(words: readonly Arg[], index: number, options: RegExp): boolean {
  const ends = (word: Arg) => isUnknown(word) || /^[;+]$/.test(word.text);
  const before = words.slice(0, index);
  const other = before.findLastIndex(({ text }) => options.test(text));
  return words.slice(index + 2).some(ends) && (other < 0 || before.slice(other + 1).some(ends));
}

function isEndMark(text: string, before: string): boolean {
  return text === ';' || (text === '+' && before === '{}');
}

/** What `find` fills in where a placeholder stood starts with one of its roots, so that it is no option and no open file. */
function asFound(word: Arg): Arg {
  return { ...word, text: word.text || './' };
}

function filledIn(words: readonly Arg[], place: Place): readonly Arg[] {
  return words.map((word) => {
    const at = place(word.text);
    return at < 0 ? word : { ...word, text: word.text.slice(0, at), kind: 'one' as const };
  });
}

const xargsTable = optionTable(
  '-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars --process-slot-var -R -S -J',
  '-0 --null -r --no-run-if-empty -t --verbose -p --interactive -x --exit -o --open-tty -i -l -e',
);

/** Names a variable that gets a number. */
const xargsSlot: NamedOptions = { long: 'process-slot-var' };
const xargsFile: NamedOptions = { long: 'arg-file', letters: 'a', values: 'dEILnPsRSJ' };

/** The words from standard input follow the command, so that they may complete it. */
const xargs: Handler = ({ words, head, context }, analyst) => {
  const fill = (command: readonly Arg[]): readonly Arg[] => {
    // Only what stands before the command is an option of xargs.
    const marker = markerOf(words.slice(0, words.length - command.length));
    if (marker !== undefined) return filledIn(command, (text) => text.indexOf(marker));
    const input = takesOne(words.slice(0, words.length - command.length)) ? oneWord(head) : unknownWords(head);
    return [...command, { ...input, isPlain: context.stdin === 'plain' }];
  };
  const [start = words.length] = positionals(words, { table: xargsTable }).starts.toReversed();
  for (const { value } of optionValues(words.slice(0, start), xargsSlot))
    checkAssignmentWord({ ...value, text: `${value.text}=0` }, context, analyst);
  // It reads its own input unless that is a file: then the command gets what there is.
  const keepsInput = words.slice(0, start).some(({ text }) => namedOption(text, xargsFile));
  runRest({ words, context: keepsInput ? context : { ...context, stdin: 'none' } }, analyst, {
    table: xargsTable,
    fill,
  });
};

/** One word of the input at a time: `-n1`, and no other way to group the input. */
function takesOne(options: readonly Arg[]): boolean {
  const texts = options.map(({ text }) => text).join(' ');
  const counts = [...texts.matchAll(/(?:^| )(?:-[A-Za-z0]*n ?|--max-a\w*[= ])(\d+)/g)];
  const isOther = /(?:^| )(?:-[A-Za-z0]*[Ll]|--max-l)/.test(texts);
  return counts.length > 0 && counts.every(([, count]) => count === '1') && !isOther;
}

function oneWord({ at }: Arg): Arg {
  return { text: '', kind: 'one', at };
}

function unknownWords({ at }: Arg): Arg {
  return { text: '', kind: 'many', at };
}

/** What stands for the input: the value of `-I`, or `{}`. */
function markerOf(words: readonly Arg[]): string | undefined {
  for (const [index, { text }] of words.entries()) {
    const [, glued] = /^-[A-Za-z0]*[IJ](.*)/s.exec(text) ?? [];
    if (glued !== undefined) return glued || textAt(words, index + 1);
    const [, named] = /^(?:-i|--rep\w*=?)(.*)/s.exec(text) ?? [];
    if (named !== undefined) return named || '{}';
  }
  return undefined;
}

/** `{}`, `{.}`, `{2}`, `{= perl =}` and the like. */
const PARALLEL_INPUT = /\{(?:=.*=|[^\s{}]*)\}/s;
/** Options by which a job gets several inputs. */
const MANY_INPUTS = /^-(?:[nNLXm]|-max-(?:args|lines|replace)|-xargs|-colsep|C)/;
const parallelTable = optionTable(
  '-j --jobs -P --max-procs -a --arg-file --arg-sep --arg-file-sep -C --colsep -d --delimiter -E -N --max-replace-args -n --max-args -L --max-lines ' +
    '-s --max-chars --joblog --results --tmpdir --workdir --wd -S --sshlogin --slf --sshloginfile --timeout --delay --retries --halt --halt-on-error ' +
    '-I -U --load --memfree --nice --tagstring --basefile --bf --env --return --trc --block --recstart --recend --termseq --limit --profile -J --sshdelay',
  '-k --keep-order -q --quote -u --ungroup --group --line-buffer --lb --bar --eta --progress --dry-run -t --verbose -v -X -m -x --exit -0 --null -r ' +
    '--no-run-if-empty --tag --will-cite --pipe --pipepart --round-robin --link --shuf --resume --resume-failed --plain --no-notice',
);

/** Options that name another mark for an input, or for a part of it. */
const parallelMarks: NamedOptions = {
  long: 'replace extensionreplace er basenamereplace bnr dirnamereplace dnr basenameextensionreplace bner seqreplace slotreplace',
  letters: 'IUi',
  values: 'jPaCdENnLsSJ',
};
/** Its option with a command, which runs before each job. */
const parallelTexts: NamedOptions = { long: 'limit' };
const parallelHosts: NamedOptions = { long: 'sshlogin', letters: 'S', values: 'jPaCdENnLsIUiJ' };

/** GNU parallel hands its words, with inputs filled in, to a shell. */
const parallel: Handler = (call, analyst) => {
  const before = wordsBefore(call.words, ({ text }) => /^:{3,4}\+?$/.test(text));
  const { starts, unknownAt } = positionals(before, { table: parallelTable });
  if (unknownAt !== undefined) analyst.opaque('words before the command that are not literal', unknownAt, call.context);
  if (starts.length === 0) analyst.opaque('commands that are read as input', call.head.at, call.context);
  for (const start of starts) runJobs(before.slice(start), call, analyst);
};

/** What `parallel` runs, when it starts with the first of these words. */
function runJobs(command: readonly Arg[], call: Call, analyst: Analyst): void {
  const own = wordsBefore(call.words, (word) => word === command[0]);
  readParallelOptions(own, call, analyst);
  const sources = call.words.filter(({ text }) => /^:{3,4}\+?$/.test(text)).length;
  const oneEach = sources === 1 && !own.some(({ text }) => MANY_INPUTS.test(text));
  const input = inputIn(own);
  const [first, ...rest] = command;
  if (first && rest.length === 0) return runTemplate(first, input, call, analyst);
  const fills = command.some(({ text }) => input.test(text));
  const filled = fills
    ? filledIn(command, (text) => text.search(input))
    : [...command, oneEach ? oneWord(call.head) : unknownWords(call.head)];
  analyst.argv(filled, deeper(call.context));
}

function readParallelOptions(own: readonly Arg[], { context }: Call, analyst: Analyst): void {
  const unclear = optionValues(own, parallelMarks).find(({ value }) => value.kind !== 'literal');
  if (unclear) analyst.opaque('words before the command that are not literal', unclear.at, context);
  for (const { value } of optionValues(own, parallelTexts)) analyst.shellText(value, deeper(context));
  // A host may be given as the call that reaches it.
  for (const { value } of optionValues(own, parallelHosts))
    if (value.kind !== 'literal' || /\s/.test(value.text)) analyst.shellText(value, deeper(context));
}

/** What stands for an input in the words of a job. */
function inputIn(own: readonly Arg[]): RegExp {
  const marks = optionValues(own, parallelMarks).map(({ value }) => value.text.replaceAll(/[^\w\s]/g, String.raw`\$&`));
  return new RegExp([PARALLEL_INPUT.source, ...marks.filter((mark) => mark !== '')].join('|'), 's');
}

/** `parallel 'echo {}'`: shell text in which quoted inputs are filled in, at the end when it says nowhere. */
function runTemplate(template: Arg, mark: RegExp, { context }: Call, analyst: Analyst): void {
  const input = '"$input"';
  const { text } = template;
  if (text.includes('{=')) analyst.opaque('code in an argument', template.at, context);
  const filled = text.replaceAll(new RegExp(mark, 'gs'), input);
  analyst.shellText({ ...template, text: filled === text ? `${text} ${input}` : filled }, deeper(context));
}

/** Every word that is no option is shell text, or the name of a package script. */
const eachText =
  (values: string): Handler =>
  (call, analyst) => {
    const { words, context } = call;
    const table = optionTable(values);
    let isValue = false;
    unknownTexts(call, analyst);
    for (const word of words) {
      if (!isValue && !isOption(word.text)) eitherWay(word, context, analyst);
      isValue = !isValue && table.values.has(word.text);
    }
  };

const watched = eachText('-d --delay -e --exclude');

const concurrentTexts = eachText(
  '-n --names -c --prefix-colors -p --prefix -l --prefix-length --restart-tries --restart-after --success -s -m --max-processes --kill-signal --default-input-target --hide',
);

const measured = eachText(
  '-w --warmup -r --runs -m --min-runs -M --max-runs -n --command-name -P -u --export-json --export-markdown --export-csv',
);

const hyperfineLists: NamedOptions = { long: 'parameter-list', letters: 'L', values: 'wrmMnPDupscCS' };
/** Commands that are made of a text and lists of words. */
const MAX_FILLED = 100;

/** `hyperfine -L tool npm,pnpm '{tool} test'` runs the text with each of the words filled in; `-p'TEXT'` runs before. */
const hyperfine: Handler = (call, analyst) => {
  measured(call, analyst);
  const { words, head, context } = call;
  const texts = words.map((word) => ({ ...word, text: word.text.replace(/^-[a-zA-Z]*?[pscC](?=.)/, '') }));
  let filled: readonly Arg[] = texts;
  for (const { value, index } of optionValues(words, hyperfineLists)) {
    const [next] = wordsBehind(words, { value, index });
    const values = new Set(next?.text.split(','));
    const mark = `{${value.text}}`;
    // Each list is filled into what the ones before it made.
    filled = filled.flatMap((each) =>
      each.text.includes(mark)
        ? [each, ...[...values].map((word) => ({ ...each, text: each.text.replaceAll(mark, word) }))]
        : [each],
    );
    if (filled.length > texts.length + MAX_FILLED)
      return analyst.opaque('more commands than can be judged', head.at, context);
  }
  for (const each of filled) if (!texts.some((text) => text === each)) analyst.shellText(each, deeper(context));
  for (const [index, each] of texts.entries())
    if (each.text !== textAt(call.words, index)) analyst.guess(each, deeper(call.context));
};

/** `npm:dev:*` runs each script with such a name. */
const SCRIPTS = /^(npm|pnpm|yarn|bun):([\w:-]+)\*/;

/** `concurrently -P 'npm {1}' -- test`: what stands behind `--` is filled in. */
const concurrently: Handler = (call, analyst) => {
  const own = wordsBefore(call.words, isEnd);
  const passes = own.some(({ text }) => /^(?:-[A-Za-z]*P|--passthrough-arguments)$/.test(text));
  const dashes = passes ? call.words.findIndex(isEnd) : -1;
  const given = dashes < 0 ? undefined : joined(call.words.slice(dashes + 1));
  const read = (word: Arg): Arg => {
    const text = word.text.replace(SCRIPTS, '$1 run $2');
    const filled = given ? text.replaceAll(/\{(?:\d|[@*])\}/g, given.text) : text;
    return { ...word, text: filled, kind: given && filled !== text ? given.kind : word.kind };
  };
  concurrentTexts({ ...call, words: (given ? own : call.words).map(read) }, analyst);
};

/** `onchange PATTERN -- COMMAND`. */
const onChange: Handler = (call, analyst) => {
  const dashes = call.words.findIndex(isEnd);
  if (dashes < 0) watched(call, analyst);
  else analyst.argv(call.words.slice(dashes + 1), deeper(call.context));
};

/** Reads commands from a file or from standard input. */
const readsCommands: Handler = ({ words, head, context }, analyst) => {
  refuseWord({ words, context }, analyst, {
    what: 'a script that is not a file',
    when: ({ text }) => /^(?:-f)?\/(?:dev\/fd|proc)\//.test(text),
  });
  const input = stdinArg(context, head.at);
  if (input) analyst.shellText(input, deeper(context, { stdin: 'script' }));
};

/** Programs that execute one or many commands for their inputs. */
export const fanOutHandlers: readonly (readonly [string, Handler])[] = [
  ...['find', 'gfind'].map(
    (program) => [program, runPredicates(/^-(?:exec|execdir|ok|okdir)$/, /\{\}/, true)] as const,
  ),
  ...['fd', 'fdfind'].map(
    (program) =>
      [
        program,
        runPredicates(/^(?:-[HIusigFalLp0q1]*[xX]|--exec(?:-batch)?(?:=|$))(.*)$/s, /\{(?:\/\/?|\/?\.)?\}/, false),
      ] as const,
  ),
  ['xargs', xargs],
  ['gxargs', xargs],
  ['parallel', parallel],
  ...['concurrently', 'conc'].map((program) => [program, concurrently] as const),
  ...['pee', 'mispipe', 'mprocs', 'poop'].map(
    (program) => [program, eachText('--names -c --config -s --server --ctl -d --duration')] as const,
  ),
  ...['start-server-and-test', 'start-test', 'server-test'].map((name) => [name, eachText('--expect')] as const),
  ['hyperfine', hyperfine],
  ['onchange', onChange],
  ...['at', 'batch', 'crontab'].map((program) => [program, readsCommands] as const),
];
