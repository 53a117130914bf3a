import type { Handler } from '#policy/command/handler.ts';
import { deeper, opaqueCode } from '#policy/command/handler.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { programName } from '#policy/command/program-name.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { isFileName } from '#policy/command/words.ts';

interface InterpreterSpec {
  /** Options that carry code, matched on the words before the script. */
  readonly code: RegExp;
  /** Options that take the next word, so that it is no script. */
  readonly values?: string;
  /** Options that stand alone; after any other long option the next word may be its value. */
  readonly flags?: RegExp;
}

/** Scripts that are package managers under another name. */
const MANAGERS = new Set(['npm', 'npx', 'pnpm', 'yarn', 'corepack', 'lerna']);

/** Files that stand for standard input or other open files, and URLs that carry code. */
const CODE_AS_FILE = /^(?:-$|\/dev\/(?:stdin|fd\/)|\/proc\/|data:|https?:)/;

/** Refuses code in arguments or on standard input; a script file is left to the sandbox. */
const createInterpreter =
  (spec: InterpreterSpec): Handler =>
  ({ args, context }, analyst) => {
    const values = new Set((spec.values ?? '').split(' '));
    let doubtful = false;
    for (let at = 1; at < args.length; at++) {
      const arg = args[at];
      if (!arg) break;
      const position = arg.at;
      if (isFileName(arg) && !stdinArg(context, position)) return;
      if (arg.kind !== 'literal')
        return opaqueCode('a script or options that are not literal', position, { context, analyst });
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

const specs: Readonly<Record<string, InterpreterSpec>> = {
  node,
  tsx: node,
  'ts-node': node,
  'ts-node-esm': node,
  'babel-node': node,
  'esbuild-runner': node,
  iojs: node,
  electron: node,
  python: { code: /^-[A-Za-z]*c/, values: '-W -X -m --check-hash-based-pycs', flags: /^--/ },
  ipython: { code: /^-[A-Za-z]*c/, values: '--profile' },
  perl: { code: /^-[acdflnpsStTuUwWX0-9]*[eE]|^-[acnpw]*i[^eE]*[eE]$|^-[mM].*[^\w:,=.+-]/, values: '-I -x' },
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
  if (/^(?:eval|repl)$/.test(verb)) return opaqueCode('code in an argument', at, { context, analyst });
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

/** Interpreters of programming languages. */
export const interpreterHandlers: readonly (readonly [string, Handler])[] = Object.entries(specs)
  .map(([program, spec]) => [program, createInterpreter(spec)] as const)
  .concat([['deno', deno]]);
