import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, opaqueCode, optionValue, runRest, scanArguments } from '#policy/command/handler.ts';
import { isVerb } from '#policy/command/match.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { npmVerb } from '#policy/command/npm-verbs.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { optionsOf } from '#policy/command/tool-options.ts';

const npxOptions = optionTable(
  '-p --package -w --workspace --cache --prefix --registry --loglevel --userconfig --shell -n --node-arg --script-shell -C --dir',
  '-y --yes --no --no-install -q --quiet --silent -s --ignore-existing --prefer-offline --offline -b --bun --workspaces -ws --parseable --verbose',
);

/** Options that choose the shell or preload code. */
const LOADS_CODE =
  /^--?(?:script[-_]?shell|node[-_]?options?|node-arg|shell-emulator|preload|require|userconfig|globalconfig|use-yarnrc)\b|^--shell(?:$|=)|^(?:script-shell|node-options|yarnPath|userconfig|globalconfig)(?:$|=)/i;

/** `npx tool …`, `npx -c TEXT`, `npm exec -- tool …`. */
function runPackage(call: Call, analyst: Analyst, from: number): void {
  const text = optionValue(call.args.slice(from - 1), ['-c', '--call', '--shell-mode']);
  const before = from > 1 ? optionValue(call.args.slice(0, from - 1), ['-c', '--call']) : undefined;
  if (before) analyst.shellText(before.value, deeper(call.context));
  const { starts } = positionals(call.args, from, { table: npxOptions });
  const first = starts[0] ?? call.args.length;
  const called = text && text.index + from - 1 < first ? text : undefined;
  if (called) analyst.shellText(called.value, deeper(call.context));
  if (!called?.exact) runRest(call, analyst, { table: npxOptions, from });
  for (const start of starts) runSpec(call, analyst, start);
  const only = call.args[first];
  if (only && only.kind === 'literal' && /\s/.test(only.text)) analyst.shellText(only, deeper(call.context));
}

/** Where npm fetches a package from when it is not the registry. */
const UNKNOWN_SOURCE = /^(?:github|gitlab|bitbucket|gist|https?|git|git\+\w+):|^[\w.-]+@(?!npm:)[a-z+]+:/;

/** `npx NAME@npm:npm publish` runs the package behind the alias; one from elsewhere may hold any program. */
function runSpec({ args, context }: Call, analyst: Analyst, at: number): void {
  const spec = args[at];
  if (spec?.kind !== 'literal') return;
  const target = /(?:^|@)npm:(.+)$/.exec(spec.text)?.[1];
  if (target !== undefined) analyst.argv([{ ...spec, text: target }, ...args.slice(at + 1)], deeper(context));
  else if (UNKNOWN_SOURCE.test(spec.text)) analyst.opaque('a package from an unknown source', spec.at, context);
}

/** Settings of npm that name a program; some verbs start it. */
const NAMES_PROGRAM: NamedOptions = { long: 'editor git viewer' };
const NAMES_BROWSER: NamedOptions = { long: 'browser' };
/** Verbs that hand unknown options to a script, and so never open a browser. */
const RUNS_SCRIPT = /^(?:run|test|start|stop|restart|exec|install-test|ci)$/;

/** Refuses `npm edit --editor=CMD`, `npm docs --browser=CMD`, `npm config set editor CMD` and the like. */
function refuseNamedProgram({ program, args, context }: Call, analyst: Analyst): void {
  const end = args.findIndex((arg) => arg.text === '--');
  const own = args.slice(1, end < 0 ? undefined : end);
  const { starts } = positionals(own, 0, { table: optionsOf(program) });
  const verbs = starts.map((start) => npmVerb(own[start]?.text ?? ''));
  const isScript = verbs.length > 0 && verbs.every((verb) => RUNS_SCRIPT.test(verb));
  const sets = verbs.some((verb) => verb === 'config' || verb === 'set') && own.some(({ text }) => text === 'set');
  const word = own.find(
    ({ text }) =>
      namedOption(text, NAMES_PROGRAM) ||
      (!isScript && namedOption(text, NAMES_BROWSER) && !/=(?:true|false)$/.test(text)) ||
      (sets && /^(?:editor|browser|git|viewer|shell)(?:=|$)/.test(text)),
  );
  if (word) analyst.opaque('a setting that names a program', word.at, context);
}

/** `npm run env COMMAND`: the script that npm brings along executes the rest. */
function runEnvironment(call: Call, analyst: Analyst, from: number): void {
  for (const start of positionals(call.args, from, { table: optionsOf(call.program) }).starts)
    if (call.args[start]?.text === 'env') analyst.argv(call.args.slice(start), deeper(call.context));
}

const npx: Handler = (call, analyst) => {
  refuseLoadedCode(call, analyst);
  runPackage(call, analyst, 1);
};

function refuseLoadedCode({ args, context }: Call, analyst: Analyst): void {
  const end = args.findIndex((arg) => arg.text === '--');
  const option = args.slice(1, end < 0 ? undefined : end).find((arg) => LOADS_CODE.test(arg.text));
  if (option) analyst.opaque('an option that loads code or chooses the shell', option.at, context);
}

/** A package manager: some verbs execute their arguments, and so do words that are no verb. */
const createManager =
  (spec: {
    readonly exec: readonly string[];
    readonly own?: ReadonlySet<string>;
    readonly bins?: readonly string[];
  }): Handler =>
  (call, analyst) => {
    const isNpm = call.program === 'npm' || call.program === 'cnpm';
    refuseLoadedCode(call, analyst);
    if (isNpm) refuseNamedProgram(call, analyst);
    const { starts } = positionals(call.args, 1, { table: optionsOf(call.program) });
    for (const start of starts) {
      const word = call.args[start];
      if (!word || word.kind !== 'literal') continue;
      if (isVerb(call.program, word.text, spec.exec)) runPackage(call, analyst, start + 1);
      else if (spec.bins?.includes(word.text)) runBin(call, analyst, start + 1);
      else if (isNpm && isVerb(call.program, word.text, ['run'])) runEnvironment(call, analyst, start + 1);
      else if (writesScript(call, start))
        analyst.opaque('a change of what the package manager runs', word.at, call.context);
      else if (isVerb(call.program, word.text, ['explore']))
        runRest(call, analyst, { table: npxOptions, from: start + 1, skip: 1 });
      else if (word.text === 'workspace')
        analyst.argv([...call.args.slice(0, 1), ...call.args.slice(start + 2)], deeper(call.context));
      else if (spec.own && !spec.own.has(word.text)) scanArguments(call, analyst, start);
    }
  };

/** `yarn run npm publish`: what is no script is a program of a dependency. */
function runBin(call: Call, analyst: Analyst, from: number): void {
  const { starts } = positionals(call.args, from, { table: optionsOf(call.program) });
  for (const start of starts) analyst.argv(call.args.slice(start), deeper(call.context, { speculative: true }));
}

/** Calls that change scripts or the package manager itself, so that the next harmless call runs something else. */
function writesScript({ args }: Call, start: number): boolean {
  const [verb = '', next = '', ...rest] = args.slice(start).map(({ text }) => text);
  if (verb === 'set-script') return true;
  if (verb === 'pkg') return next === 'set' && rest.some((word) => /^scripts\b/.test(word));
  return (
    (verb === 'plugin' && next === 'import') ||
    (verb === 'set' && next === 'version' && rest.some((word) => /[/\\]/.test(word)))
  );
}

const ownVerbs = new Set(
  'add audit cache config dedupe deploy import info init install list ls link outdated pack patch prune publish rebuild remove root search set start store test unlink up update upgrade version view why test:watch run workspaces npm'.split(
    ' ',
  ),
);

/** `npm` is a verb of yarn alone. */
const verbsButNpm: ReadonlySet<string> = new Set([...ownVerbs].filter((verb) => verb !== 'npm'));

const bunManager = createManager({ exec: ['x', 'exec'], own: verbsButNpm, bins: ['run'] });

/** Also an interpreter: `bun -e CODE`, and a script on standard input. */
const bun: Handler = (call, analyst) => {
  const { args, context } = call;
  const code = args.find(({ text }, index) => index > 0 && /^(?:-[ep]|--(?:eval|print)(?:=.*)?|-)$/.test(text));
  if (code) opaqueCode('code in an argument', code.at, { context, analyst });
  bunManager(call, analyst);
};

const corepack: Handler = (call, analyst) => {
  const first = call.args.findIndex((arg, index) => index > 0 && !arg.text.startsWith('-'));
  if (first > 0) analyst.argv(call.args.slice(first), deeper(call.context));
};

/** Programs that start the tools of a package. */
export const launcherHandlers: readonly (readonly [string, Handler])[] = [
  ...['npx', 'bunx', 'pnpx', 'pnx'].map((program) => [program, npx] as const),
  ['npm', createManager({ exec: ['exec', 'x'] })],
  ['cnpm', createManager({ exec: ['exec', 'x'] })],
  ['pnpm', createManager({ exec: ['exec', 'dlx'], own: verbsButNpm })],
  ['yarn', createManager({ exec: ['exec', 'dlx', 'x'], own: ownVerbs, bins: ['run'] })],
  ['yarnpkg', createManager({ exec: ['exec', 'dlx', 'x'], own: ownVerbs, bins: ['run'] })],
  ['bun', bun],
  ['corepack', corepack],
  ['lerna', (call, analyst) => runExec(call, analyst)],
  ['nx', (call, analyst) => runExec(call, analyst)],
];

function runExec(call: Call, analyst: Analyst): void {
  const verb = call.args.findIndex((arg, index) => index > 0 && arg.text === 'exec');
  if (verb > 0)
    runRest(call, analyst, { table: optionTable('--scope --ignore --concurrency --since --projects'), from: verb + 1 });
}
