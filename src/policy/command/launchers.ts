import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import {
  deeper,
  isEnd,
  joined,
  opaqueCode,
  optionValue,
  refuseWord,
  runRest,
  textAt,
  wordsBefore,
} from '#policy/command/handler.ts';
import { isVerb } from '#policy/command/match.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { npmVerb } from '#policy/command/npm-verbs.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { checkInstalled, checkPackages, installers, npmPackages, runAlias } from '#policy/command/package-specs.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import { guessCommands } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral } from '#policy/command/words.ts';
import { createWrapper, readShell } from '#policy/command/wrapper.ts';

const npxTable: OptionTable = {
  ...optionTable(
    '-p --package -w --workspace --cache --prefix --registry --loglevel --userconfig --shell -n --node-arg --script-shell -C --dir',
    '-y --yes --no --no-install -f --force --foreground-scripts --ignore-scripts --legacy-peer-deps -q --quiet --silent -s --ignore-existing --prefer-offline --offline -b --bun --workspaces -ws --parseable --verbose',
  ),
  takesTruth: true,
};

/** Options that choose the shell or preload code. */
const LOADS_CODE =
  /^-{1,3}(?:no-)*(?:config\.)?(?:script[-_]s[a-z]*|scriptsh[a-z]*|node[-_]?o[a-z]*|node-arg|shell-emulator|preload|require|userc[a-z]*|globalc[a-z]*|use-yarnrc|token[-_]?h[a-z]*)\b|^--shell(?:$|=)/i;
/** npm takes every beginning of a name that is no other's, and drops every dash before it. */
const ABBREVIATED = /^-+(?:no-)*(?:scri(?:p(?:t(?:-[a-z]*)?)?)?|node-o[a-z]*|userc[a-z]*|globalc[a-z]*|shell?)(?:$|=)/;
/** A call that gives no setting another value. */
const LOOKS_AT_SETTING = /^(?:c|config) (?:get|ls|list|delete|rm)(?: [\w@][\w@:./-]*)?$/;
/** The same as the name of a setting. */
const SETS_CODE = /^(?:script-?shell|node-?options|yarnPath|userconfig|globalconfig|(?:\/\/.*:)?token-?helper)(?:$|=)/i;

const callText: NamedOptions = { long: 'call shell-mode', letters: 'c' };
/** Of pnpm: the words behind the verb are shell text. */
const shellMode: NamedOptions = { long: 'shell-mode', letters: 'c' };

/** `npx tool …`, `npx -c TEXT`, `npm exec -- tool …`; `fetches` when a package that is not installed is downloaded. */
function runPackage(
  call: Call,
  analyst: Analyst,
  { from, fetches }: { readonly from: number; readonly fetches: boolean },
): void {
  const { program, words, context } = call;
  const { starts } = positionals(words, { table: npxTable, from });
  const [first = words.length] = starts;
  // One dash before a whole name is as good as two.
  const own = words
    .slice(0, first + 1)
    .map((word) => ({ ...word, text: word.text.replace(/^-(?=(?:call|package|workspace)(?:=|$))/, '--') }));
  const text = program === 'pnpm' ? undefined : optionValue(own, callText);
  if (program === 'pnpm' && own.some((word) => namedOption(word.text, shellMode)))
    for (const start of starts) analyst.shellText(joined(words.slice(start)), deeper(context));
  if (text) analyst.shellText(text.value, deeper(context));
  if (!text) readShell(call, analyst, { table: npxTable, from });
  if (!text?.exact) runRest({ words, context }, analyst, { table: npxTable, from });
  if (fetches) checkPackages({ words, context }, analyst, { starts, ...npmPackages });
  for (const start of starts) runAlias({ words: words.slice(start), context }, analyst);
}

/** Settings of npm that name a program; some verbs start it. */
const NAMES_PROGRAM: NamedOptions = { long: 'editor git viewer' };
const NAMES_BROWSER: NamedOptions = { long: 'browser' };
/** Verbs that hand unknown options to a script, and so never open a browser. */
const RUNS_SCRIPT = /^(?:run|test|start|stop|restart|exec|install-test|ci)$/;

/** Refuses `npm edit --editor=CMD`, `npm docs --browser=CMD`, `npm config set editor CMD` and the like. */
function refuseNamedProgram({ program, words, context }: Call, analyst: Analyst): void {
  const own = wordsBefore(words, isEnd);
  const { starts } = positionals(own, { table: optionsOf(program) });
  const verbs = starts.map((start) => npmVerb(textAt(own, start)));
  const isScript = verbs.some((verb) => RUNS_SCRIPT.test(verb));
  const sets = verbs.some((verb) => /^(?:config|set)$/.test(verb)) && own.some(({ text }) => text === 'set');
  refuseWord({ words: own, context }, analyst, {
    what: 'a setting that names a program',
    when: ({ text }) =>
      (namedOption(text, NAMES_PROGRAM) && !/^--viewer=(?:wo)?man$/.test(text)) ||
      (!isScript && namedOption(text, NAMES_BROWSER) && !/=(?:true|false)$/.test(text)) ||
      (sets && /^(?:editor|browser|git|viewer|shell)(?:=|$)/.test(text)),
  });
}

const npx: Handler = (call, analyst) => {
  const { starts } = positionals(call.words, { table: npxTable });
  // What stands behind the tool is for the tool.
  refuseLoadedCode({ ...call, words: call.words.slice(0, starts.at(-1)) }, analyst);
  runPackage(call, analyst, { from: 0, fetches: true });
};

function refuseLoadedCode({ program, words, context }: Call, analyst: Analyst): void {
  const looks = isLiteral(words) && LOOKS_AT_SETTING.test(words.map(({ text }) => text).join(' '));
  const sets = !looks && words.some(({ text }) => /^(?:c|config|set)$/.test(text));
  refuseWord({ words: wordsBefore(words, isEnd), context }, analyst, {
    what: 'an option that loads code or chooses the shell',
    when: ({ text }) =>
      LOADS_CODE.test(text) ||
      (/^(?:c?npm|npx)$/.test(program) && ABBREVIATED.test(text)) ||
      (sets && SETS_CODE.test(text)),
  });
}

/** What the verbs of a package manager do. */
interface ManagerSpec {
  /** Verbs that execute a program of the project, and those that may fetch its package first. */
  readonly exec?: readonly string[];
  readonly fetch: readonly string[];
  /** Its own verbs, where it executes any other word. */
  readonly own?: ReadonlySet<string>;
  readonly bins?: readonly string[];
  /** Settings may name a program. */
  readonly isNpm?: boolean;
}

/** A package manager: some verbs execute their words, and so do words that are no verb. */
const createManager =
  (spec: ManagerSpec): Handler =>
  (call, analyst) => {
    refuseLoadedCode(call, analyst);
    if (spec.isNpm) refuseNamedProgram(call, analyst);
    for (const start of positionals(call.words, { table: optionsOf(call.program) }).starts)
      runManagerVerb(call, analyst, { ...spec, start });
  };

/** Verbs that fetch packages and run their scripts, or create a project with one. */
const INSTALLS = ['install', 'add', 'i', 'init', 'create', 'innit'];

/** Verbs that run a script of the project. */
const RUNS = ['run', 'test', 'start', 'stop', 'restart'];

function runManagerVerb(call: Call, analyst: Analyst, spec: ManagerSpec & { readonly start: number }): void {
  const { program, words, context } = call;
  const { start } = spec;
  const from = start + 1;
  const verb = textAt(words, start);
  const fetches = isVerb(program, verb, spec.fetch);
  if (fetches || isVerb(program, verb, spec.exec)) runPackage(call, analyst, { from, fetches });
  else if (isVerb(program, verb, INSTALLS))
    checkInstalled({ words: words.slice(from), context }, analyst, installers.node);
  else if (spec.bins?.includes(verb)) runBin(call, analyst, from);
  else if (writesScript(words.slice(start)))
    opaqueCode('a change of what the package manager runs', words[start]?.at ?? start, { context, analyst });
  else if (isVerb(program, verb, ['explore'])) {
    readShell(call, analyst, { table: npxTable, from, skip: 1 });
    runRest(call, analyst, { table: npxTable, from, skip: 1 });
  } else if (verb === 'workspaces' && textAt(words, from) === 'foreach') runForEach(call, analyst, from + 1);
  else if (verb === 'workspace' || (program === 'pnpm' && verb === 'with'))
    analyst.argv([call.head, ...words.slice(from + 1)], deeper(context));
  else if (isVerb(program, verb, RUNS)) runScript(call, analyst, start);
  // A script of the project, else a program of a dependency.
  else if (spec.own && !spec.own.has(verb)) analyst.argv(words.slice(start), deeper(context));
}

/** Behind the name of a script an option may take a command; `npm run env COMMAND` executes the rest. */
function runScript({ program, words, context }: Call, analyst: Analyst, verb: number): void {
  const from = verb + 1;
  guessCommands(words.slice(from), context, analyst);
  if (!isVerb(program, textAt(words, verb), ['run'])) return;
  for (const start of positionals(words, { table: optionsOf(program), from }).starts)
    if (textAt(words, start) === 'env') analyst.argv(words.slice(start), deeper(context));
}

/** `yarn workspaces foreach -A exec npm publish`: the rest is a call of yarn. */
function runForEach({ program, words, head, context }: Call, analyst: Analyst, from: number): void {
  const { starts } = positionals(words, { table: optionsOf(program), from });
  for (const start of starts) analyst.argv([head, ...words.slice(start)], deeper(context));
}

/** `yarn run npm publish`: what is no script is a program of a dependency. */
function runBin({ program, words, context }: Call, analyst: Analyst, from: number): void {
  const { starts } = positionals(words, { table: optionsOf(program), from });
  for (const start of starts) analyst.argv(words.slice(start), deeper(context, { speculative: true }));
  guessCommands(words.slice(from), context, analyst);
}

/** Calls that change scripts or the package manager itself, so that the next harmless call runs something else. */
const WRITES_SCRIPT = [
  /^set-script /,
  /^pkg (?:\S* ){0,9}set (?:.* )?["']?scripts\b/,
  /^plugin import /,
  /^(?:policies set-version|set version) (?:.* )?\S*[/\\]/,
];

function writesScript(words: readonly Arg[]): boolean {
  const call = words.map(({ text }) => (isOption(text) ? '' : `${text} `)).join('');
  return WRITES_SCRIPT.some((pattern) => pattern.test(call));
}

const ownVerbs = new Set(
  'add audit cache config dedupe deploy import info init install list ls link outdated pack patch prune publish rebuild remove root search set start store test unlink up update upgrade version view why test:watch run workspaces npm'.split(
    ' ',
  ),
);

/** `npm` is a verb of yarn alone. */
const verbsButNpm: ReadonlySet<string> = new Set([...ownVerbs].filter((verb) => verb !== 'npm'));

const runBun = createManager({ exec: ['exec'], fetch: ['x'], own: verbsButNpm, bins: ['run'] });

/** Also an interpreter: `bun -e CODE`, and a script on standard input. */
const bun: Handler = (call, analyst) => {
  const { words, context } = call;
  const code = words.find(({ text }) => /^(?:-[ep]|--(?:eval|print)(?:=.*)?|-)$/s.test(text));
  if (code) opaqueCode('code in an argument', code.at, { context, analyst });
  runBun(call, analyst);
};

const corepack: Handler = ({ words, context }, analyst) => {
  const first = words.findIndex(({ text }) => !isOption(text));
  if (first >= 0) analyst.argv(words.slice(first), deeper(context));
};

const runNpm = createManager({ fetch: ['exec', 'x'], isNpm: true });
const runYarn = createManager({ exec: ['exec'], fetch: ['dlx', 'x'], own: ownVerbs, bins: ['run'] });
const runMonorepo = createWrapper({
  verbs: ['exec'],
  text: { long: 'command', itself: 'commands' },
  values: '--scope --ignore --concurrency --since --projects',
  also: [{ verbs: ['watch'], behindDashes: true }],
});

/** Programs that start the tools of a package. */
export const launcherHandlers: readonly (readonly [string, Handler])[] = [
  ...['npx', 'bunx', 'pnpx', 'pnx'].map((program) => [program, npx] as const),
  ...['npm', 'cnpm'].map((program) => [program, runNpm] as const),
  ['pnpm', createManager({ exec: ['exec'], fetch: ['dlx'], own: verbsButNpm, bins: ['run'] })],
  ...['yarn', 'yarnpkg'].map((program) => [program, runYarn] as const),
  ['bun', bun],
  ['corepack', corepack],
  ...['lerna', 'nx'].map((program) => [program, runMonorepo] as const),
];
