import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, opaqueCode } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { programName } from '#policy/command/program-name.ts';
import { isPerlFilter } from '#policy/command/scripts.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { isFileName, isLiteral } from '#policy/command/words.ts';

interface InterpreterSpec {
  /** Options that carry code, matched on the words before the script. */
  readonly code: RegExp;
  /** Options that take the next word, so that it is no script. */
  readonly values?: string;
  /** Runs a module with the words behind it. */
  readonly module?: boolean;
  /** Options that stand alone; after any other long option the next word may be its value. */
  readonly flags?: RegExp;
}

/** Scripts that are package managers under another name. */
const MANAGERS = new Set(['npm', 'npx', 'pnpm', 'yarn', 'corepack', 'lerna']);

/** Files that stand for standard input or other open files, and URLs that carry code. */
const CODE_AS_FILE = /^(?:-$|\/dev\/(?:stdin|fd\/)|\/proc\/|data:|https?:)/;

const pythonModule: NamedOptions = { letters: 'm', values: 'cWX' };

/** Modules that read Python from their standard input or their arguments. */
const CODE_MODULES = /^(?:timeit|code|asyncio|ipython|idlelib|idlelib\.idle|ptpython|bpython|xonsh)$/i;
/** Modules that run a script, or with `-m` another module. */
const RUNS_MODULES = /^(?:cprofile|profile|pdb|ipdb|trace|runpy|coverage|debugpy|kernprof|line_profiler)$/i;

/** `python -m twine upload` calls a program by another name; some modules take code. */
function runModule(
  { args, context }: Call,
  analyst: Analyst,
  option: { readonly at: number; readonly glued: string | undefined },
): void {
  const word = option.glued === undefined ? args[option.at + 1] : args[option.at];
  if (!word) return;
  const name = option.glued ?? word.text;
  const rest = args.slice(option.at + (option.glued === undefined ? 2 : 1));
  if (word.kind !== 'literal') return opaqueCode('a module that is not literal', word.at, { context, analyst });
  const input = stdinArg(context, word.at);
  const hasOperand = rest.some((arg) => !arg.text.startsWith('-'));
  const code = /^i?pdb$/.test(name) ? rest.find(({ text }) => /^(?:-c|--command)/.test(text)) : undefined;
  if (code || (CODE_MODULES.test(name) && rest.length > 0))
    return opaqueCode('code in an argument', (code ?? word).at, { context, analyst });
  if (input && !hasOperand)
    return opaqueCode('code on the standard input of an interpreter', input.at, { context, analyst });
  const inner = RUNS_MODULES.test(name) ? rest.findIndex(({ text }) => /^-m./.test(text) || text === '-m') : -1;
  const [python] = args;
  if (inner >= 0 && python) return analyst.argv([python, ...rest.slice(inner)], deeper(context));
  analyst.argv([{ ...word, text: name }, ...rest], deeper(context, { speculative: true }));
}

/** Refuses code in arguments or on standard input; a script file is left to the sandbox. */
const createInterpreter =
  (spec: InterpreterSpec): Handler =>
  ({ program, args, context }, analyst) => {
    const values = new Set((spec.values ?? '').split(' '));
    let doubtful = false;
    for (let at = 1; at < args.length; at++) {
      const arg = args[at];
      if (!arg) break;
      const position = arg.at;
      if (isFileName(arg) && !stdinArg(context, position)) return;
      if (arg.kind !== 'literal')
        return opaqueCode('a script or options that are not literal', position, { context, analyst });
      const module = spec.module ? namedOption(arg.text, pythonModule) : undefined;
      if (module) return runModule({ program, args, context }, analyst, { at, glued: module.glued });
      if (spec.code.test(arg.text)) return opaqueCode('code in an argument', position, { context, analyst });
      if (/(?:^|=)data:/.test(arg.text)) return opaqueCode('code in a URL', position, { context, analyst });
      if (values.has(arg.text)) {
        const value = args[++at]?.text ?? '';
        if (/(?:^|=)(?:data:|https?:|php:\/\/)/.test(value))
          return opaqueCode('code in a URL', position, { context, analyst });
        if (CODE_AS_FILE.test(value)) return opaqueCode('code that is not a file', position, { context, analyst });
        continue;
      }
      if (arg.text.startsWith('-') && arg.text !== '-') {
        doubtful = arg.text.startsWith('--') && !arg.text.includes('=') && !spec.flags?.test(arg.text);
        continue;
      }
      if (CODE_AS_FILE.test(arg.text)) return opaqueCode('a script that is not a file', position, { context, analyst });
      if (MANAGERS.has(programName(arg.text)) && arg.text.includes('/'))
        return analyst.argv(args.slice(at), deeper(context));
      if (!doubtful) return;
      doubtful = false;
    }
    const input = stdinArg(context, args[0]?.at ?? 0);
    if (input) opaqueCode('code on the standard input of an interpreter', input.at, { context, analyst });
  };

const node: InterpreterSpec = {
  code: /^(?:-[a-z]*[ep]$|-[ep].|--(?:eval|print)\b|-pe$|--experimental-default-type)/,
  values:
    '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title --test-reporter --test-reporter-destination --test-name-pattern --test-skip-pattern --test-concurrency --test-timeout --test-shard --max-old-space-size --stack-trace-limit --icu-data-dir --diagnostic-dir --tsconfig --project -P --watch-path --test-coverage-include --test-coverage-exclude',
  flags:
    /^--(?:test|watch|no-|experimental-|trace-|inspect|enable-|expose|harmony|throw-|preserve-|check|frozen|pending|interactive|test-only|test-force-exit|transpile-only|esm|swc|files)/,
};

const perlSpec: InterpreterSpec = {
  code: /^-[acdflnpsStTuUwWX0-9]*[eE]|^-[acnpw]*i[^eE]*[eE]$|^-[mM].*[^\w:,=.+-]/,
  values: '-I -x',
};

const specs: Readonly<Record<string, InterpreterSpec>> = {
  node,
  tsx: node,
  'ts-node': node,
  'ts-node-esm': node,
  'babel-node': node,
  'esbuild-runner': node,
  iojs: node,
  electron: node,
  python: { code: /^-[A-Za-z]*c/, values: '-W -X --check-hash-based-pycs', flags: /^--/, module: true },
  ipython: { code: /^-[A-Za-z]*c/, values: '--profile' },
  perl: perlSpec,
  ruby: { code: /^-[acdhlnpsSUvwy]*e/, values: '-I -r -C -E', flags: /^--/ },
  php: { code: /^-[BERr]/, values: '-c -d -z -S -t -f' },
  lua: { code: /^-e/, values: '-l' },
  luajit: { code: /^-e/, values: '-l -j' },
  osascript: { code: /^-e/, values: '-l -s' },
  rscript: { code: /^-e/ },
  r: { code: /^-e/, values: '-f --file' },
  julia: { code: /^-[eE]|^--(?:eval|print)/, values: '-p -t -L -J --project' },
  elixir: { code: /^(?:-e|--eval|--rpc-eval)/, values: '-r -pr -pa -pz -S --app --erl --cookie --name --sname' },
  erl: { code: /^-eval/ },
  iex: { code: /^(?:-e|--eval)/ },
  groovy: { code: /^-[a-z]*e/, values: '-cp -classpath --classpath -D -c' },
  scala: { code: /^-e/, values: '-cp -classpath -D -J' },
  clojure: { code: /^-e|^--eval/ },
  bb: { code: /^-e|^--eval/ },
  guile: { code: /^-c/, values: '-l -L -C -e -s' },
  racket: { code: /^-[a-z]*e/, values: '-l -t -p -r -u -k -m' },
  sbcl: { code: /^--eval/ },
  swift: { code: /^-e/, values: '-I -L -D -F' },
  expect: { code: /^-c/ },
  tclsh: { code: /^$/ },
  wish: { code: /^$/ },
  jshell: { code: /^-R/ },
  ghc: { code: /^-e/ },
  runghc: { code: /^-e/ },
  ocaml: { code: /^-e/, values: '-I -init' },
  gjs: { code: /^(?:-c|--command)/, values: '-I --include-path' },
  psysh: { code: /^$/ },
  irb: { code: /^-e/, values: '-I -r -E' },
  zx: { code: /^(?:-e$|--eval)/, values: '--shell --prefix --postfix --cwd --prefer-local --ext --env' },
  gnuplot: { code: /^-e/ },
  octave: { code: /^-?-ev/, values: '-p --path' },
  'octave-cli': { code: /^-?-ev/, values: '-p --path' },
  raku: { code: /^-e/, values: '-I -M' },
};

const denoOptions = optionTable(
  '-c --config --import-map --env-file --lock --cert --location --seed --v8-flags -L --log-level --reporter --filter --ext --minimum-dependency-age',
  '-A --allow-all -q --quiet -r --reload --no-check --no-lock --unstable --cached-only --watch --inspect --inspect-brk --no-prompt -N -R -W -E -S',
);

/** Deno runs files, URLs and packages of npm. */
const deno: Handler = ({ args, context }, analyst) => {
  const { starts, unknownAt } = positionals(args, 1, { table: denoOptions });
  const at = starts[0] ?? args.length;
  const verb = args[at]?.text ?? '';
  const evaluated = verb === 'task' && args.some(({ text }, index) => index > at && /^--eval(?:=|$)/.test(text));
  if (evaluated || /^(?:eval|repl)$/.test(verb)) return opaqueCode('code in an argument', at, { context, analyst });
  const takesScript = /^(?:run|serve|test|bench|x|watch)$/.test(verb);
  const operands = takesScript ? positionals(args, at + 1, { table: denoOptions }) : { starts, unknownAt };
  for (const start of operands.starts) {
    const script = args[start];
    if (!script) continue;
    if (CODE_AS_FILE.test(script.text)) opaqueCode('a script that is not a file', script.at, { context, analyst });
    if (script.text.startsWith('npm:') || verb === 'x')
      analyst.argv(
        [{ ...script, text: script.text.slice(script.text.indexOf(':') + 1) }, ...args.slice(start + 1)],
        deeper(context),
      );
  }
  if (operands.unknownAt !== undefined)
    opaqueCode('a script or options that are not literal', operands.unknownAt, { context, analyst });
};

const railsOptions = optionTable('-e --environment', '-h --help -w --skip-executor');

/** `rails runner CODE`: a file's name ends in `.rb`, everything else is code. */
const rails: Handler = ({ args, context }, analyst) => {
  const verb = args.findIndex(({ text }, index) => index > 0 && !text.startsWith('-'));
  const name = args[verb]?.text ?? '';
  const input = stdinArg(context, args[0]?.at ?? 0);
  if (input && /^(?:c|console|r|runner|db|dbconsole)$/.test(name))
    return opaqueCode('code on the standard input of an interpreter', input.at, { context, analyst });
  if (!/^(?:r|runner)$/.test(name)) return;
  const { starts, unknownAt } = positionals(args, verb + 1, { table: railsOptions });
  const script = args[starts[0] ?? args.length];
  if (unknownAt !== undefined || (script && !/^[\w./-]+\.rb$/.test(script.text)) || script?.text.startsWith('/dev/'))
    opaqueCode('code in an argument', script?.at ?? unknownAt ?? 0, { context, analyst });
};

const runPerl = createInterpreter(perlSpec);

/** `perl -ne 'print if /a/' FILE`; a file's name must be plain, since perl executes one such as `command |`. */
const perl: Handler = (call, analyst) => {
  const [, options, program, ...files] = call.args;
  const isFilter =
    /^-[lan]*[np][la]*e$/.test(options?.text ?? '') &&
    program !== undefined &&
    isLiteral(call.args) &&
    isPerlFilter(program.text) &&
    files.every(({ text }) => /^[\w./][\w./-]*$/.test(text));
  if (!isFilter) runPerl(call, analyst);
};

/** Interpreters of programming languages. */
export const interpreterHandlers: readonly (readonly [string, Handler])[] = Object.entries(specs)
  .map(([program, spec]) => [program, createInterpreter(spec)] as const)
  .concat([
    ['deno', deno],
    ['rails', rails],
    ['perl', perl],
  ]);
