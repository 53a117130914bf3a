import type { NamedOptions } from '#policy/command/named-options.ts';
import type { PlainSpec } from '#policy/command/plain-call.ts';
import { readPlainCode } from '#policy/command/plain-code.ts';
import { readPlainJavaScript } from '#policy/command/plain-javascript.ts';
import type { Language } from '#policy/command/plain-languages.ts';
import { php, python, ruby } from '#policy/command/plain-languages.ts';

/** How a program runs code of its language. */
export interface InterpreterSpec {
  /** Options that carry code, matched on the words before the script. */
  readonly code: RegExp;
  /** Letters of short options: those that carry code, and those behind which the rest of the word is a value. */
  readonly letters?: { readonly code: string; readonly values: string };
  /** Where code of it can be seen to compute and print only. */
  readonly plain?: PlainSpec | undefined;
  /** Options that take the next word, so that it is no script. */
  readonly values?: string;
  /** Those of them whose value is code to load. */
  readonly loads?: RegExp;
  /** Settings of `-d`, glued or not, by which it loads code. */
  readonly sets?: RegExp;
  /** Runs a module with the words behind it. */
  readonly module?: boolean;
  /** Options whose value is a command, also behind the script. */
  readonly text?: NamedOptions;
  /** Words before the script that say what to do with it; under them standard input is no code. */
  readonly verbs?: RegExp;
  /** Those of them that start a console, which takes it for code. */
  readonly consoles?: RegExp;
  /** Options with code that may stand behind a script, too, and which of it does nothing of its own. */
  readonly behind?: { readonly options: NamedOptions; readonly plain?: RegExp };
  /** Words behind which a command stands. */
  readonly executes?: RegExp;
  /** Options that may end in something unknown. */
  readonly open?: RegExp;
  /** Options under which it reads commands behind the script. */
  readonly goesOn?: RegExp;
  /** Options that stand alone; after any other long option the next word may be its value. */
  readonly flags?: RegExp;
}

/** Code that no option carries, but for those of `letters`. */
export const NOTHING = /(?!)/;

const reader = (language: Language) => (code: string) => readPlainCode(code, language);

const shortCode: InterpreterSpec = { code: /^(?:-[ep]|--(?:eval|print))/ };

const plainNode: PlainSpec = {
  read: readPlainJavaScript,
  option: /^(?:-p|-e|-pe|--print|--eval)$/,
  obeys: /^(?:inspect|debug)$/,
  before: /^--(?:no-warnings|input-type=(?:module|commonjs))$/,
};

const node: InterpreterSpec = {
  // Its debugger reads commands.
  code: /^(?:-[a-z]*[ep]$|-[ep].|--(?:eval|print)(?:=|$)|-pe$|--experimental-default-type|(?:inspect|debug)$)/,
  plain: plainNode,
  values:
    '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title --test-reporter --test-reporter-destination --test-name-pattern --test-skip-pattern --test-concurrency --test-timeout --test-shard --max-old-space-size --stack-trace-limit --icu-data-dir --diagnostic-dir --tsconfig --project -P --watch-path --test-coverage-include --test-coverage-exclude',
  loads: /^(?:-r|--require|--import|--loader|--experimental-loader)$/,
  flags:
    /^--(?:test(?:-only|-force-exit|-randomize|-update-snapshots)?|watch(?:-preserve-output)?|no-[\w-]+|experimental-(?:strip-types|transform-types|vm-modules|wasm-modules|import-meta-resolve|test-coverage|test-module-mocks|network-inspection|permission|websocket|webstorage|eventsource|sqlite|require-module|detect-module|print-required-tla)|trace-(?:deprecation|exit|promises|sigint|sync-io|tls|uncaught|warnings|gc)|inspect(?:-brk|-wait)?|enable-source-maps|expose[-_]gc|harmony|throw-deprecation|preserve-symlinks(?:-main)?|check|frozen-intrinsics|pending-deprecation|interactive|transpile-only|esm|swc|files)(?:=|$)/,
};

/** Runners of other dialects, in which what is read of code means something else. */
const dialect: InterpreterSpec = { ...node, plain: undefined };

/** Perl, whose filters are read besides. */
export const perlSpec: InterpreterSpec = {
  // Many letters take code, and so do words in which a blank begins another option; of modules only plain names and lists.
  code: /^-(?!(?:[aclnpsStTuUvwWX0-9]*|i(?:\.\w+)?|I[\w./-]*|(?:m|M)(?!-?O\b)-?[\w:]+(?:=[\w:,.+-]*)?|F(?:[^/'"\s]|\\t|\\s\+)|C[\dIOEDSALaio]*|d|h|V(?::[\w*]+)?|x|-|-(?:help|version))$)/,
  goesOn: /^-d/,
  values: '-I',
};

/** Interpreters by name. */
export const interpreterTable: Readonly<Record<string, InterpreterSpec>> = {
  node,
  tsx: dialect,
  'ts-node': dialect,
  'ts-node-esm': dialect,
  'babel-node': dialect,
  'esbuild-runner': dialect,
  ...Object.fromEntries(
    ['esno', 'esmo', 'jiti', 'vite-node', 'sucrase-node', 'swc-node'].map((program) => [program, dialect]),
  ),
  iojs: node,
  electron: dialect,
  python: {
    code: NOTHING,
    letters: { code: 'c', values: 'mWXQ' },
    plain: { read: reader(python), option: /^-c$/, before: /^-[BEIOSqsu]+$/ },
    values: '-W -X -Q --check-hash-based-pycs',
    flags: /^--/,
    goesOn: /^-[A-Za-z]*i/,
    module: true,
  },
  ipython: { code: /^-[A-Za-z]*c|^--(?:c[a-z]*$|command|[\w.]*(?:code_to_run|exec_lines))/, values: '--profile' },
  perl: perlSpec,
  ruby: {
    code: NOTHING,
    letters: { code: 'e', values: 'ICErFxi' },
    plain: { read: reader(ruby), option: /^-(?:l?[np]?l?e)$/, before: /^(?:-r(?:json|time|date)|-W0|-w)$/ },
    values:
      '-I -r -C -E --encoding --external-encoding --internal-encoding --enable --disable --dump -X --backtrace-limit --parser --crash-report',
    flags: /^--/,
  },
  php: {
    plain: { read: reader(php), option: /^-r$/, before: /^-n$/, readsPages: true },
    code: /^--(?:run|process-(?:begin|code|end)|zend-extension)(?:$|=)/,
    letters: { code: 'BERrz', values: 'bcdDfStT' },
    values: '-c -d -S -t -f --define',
    loads: /^-f$/,
    sets: /^(?:-[a-zA-Z]*d|--define=?)?(?:[^]*[\s"'])?(?:(?:auto_(?:pre|ap)pend_file|opcache\.preload|sendmail_path|include_path|extension_dir|output_handler|unserialize_callback_func)\s*=.|(?:zend_)?extension=.*\/)/,
  },
  lua: { code: /^-e/, values: '-l', loads: /^-l$/ },
  luajit: { code: /^-e/, values: '-l -j' },
  osascript: { code: /^-[a-z]*e/, values: '-l -s' },
  rscript: { code: /^-e/ },
  r: { code: /^-e/, executes: /^CMD$/, values: '-f --file', loads: /^(?:-f|--file)$/ },
  kscript: { code: /^(?!-)(?!.*\.kts?$)/ },
  julia: { code: /^-[a-zA-Z]*[eE]|^--(?:ev|pri)/, values: '-p -t -L -J --project' },
  elixir: {
    code: /^(?:-e|--eval|--rpc-eval)/,
    behind: { options: { long: 'erl' }, plain: /^(?!.*-(?:eval|run|s|extra)\b)[\w +.-]*$/ },
    values: '-r -pr -pa -pz -S --app --erl --cookie --name --sname',
  },
  erl: { code: /^-(?:eval|run)/, values: '-pa -pz -sname -name -setcookie -config -boot -args_file -env' },
  iex: { code: /^(?:-e|--eval|--rpc-eval)/ },
  pry: { code: /^(?:-e|--exec)/, values: '-I -r' },
  groovysh: { code: /^(?:-e|--evaluate)/, values: '-cp -classpath --classpath' },
  jrunscript: { code: /^-e/, values: '-cp -classpath -l -encoding -f', loads: /^-f$/ },
  root: { code: /^-e/ },
  cling: { code: /[^\w./+-]/ },
  ghci: { code: /^-e/ },
  slsh: { code: /^-e/ },
  littler: { code: /^(?:-e|--eval)/ },
  ...Object.fromEntries(['pdb', 'ipdb', 'pudb', 'pudb3'].map((program) => [program, { code: /^(?:-c|--command)/ }])),
  gp: { code: /^$/ },
  escript: { code: /^$/ },
  groovy: { code: /^-[a-z]*e/, values: '-cp -classpath --classpath -D -c' },
  scala: { code: /^-e/, values: '-cp -classpath -D -J' },
  clojure: { code: /^-e|^--eval|main-opts/, values: '-i --init -Sdeps -Scp' },
  bb: { code: /^(?:-e|--eval|-x|--exec|\()/, values: '-cp --classpath -f --file --config' },
  // Its verbs may be abbreviated, but for `eval`; what is built executes macros.
  crystal: {
    code: /^(?:eval$|--stdin-filename)/,
    verbs: /^(?:ru?n?|bu?|buil?d?|compile|sp?e?c?|do?c?s?|pl?a?y?|i|interactive)$/,
    consoles: /^i/,
    values:
      '-D --define -o --output --emit --link-flags --mcpu --mattr --mcmodel --prelude --threads --target -f --format -x --x86-asm-syntax',
    flags: /^--/,
  },
  matlab: { code: /^-(?:batch|r)$/ },
  guile: {
    code: /^-c/,
    behind: { options: { letters: 'e', values: 'lLCsc' }, plain: /^[\w*!?-]+$/ },
    values: '-l -L -C -e -s',
  },
  racket: { code: /^-[a-zA-Z]*e|^--eval/, values: '-l -t -p -r -u -k -m' },
  sbcl: { code: /^--eval/ },
  swift: { code: /^(?:-e|repl$)/, values: '-I -L -D -F' },
  expect: { code: /^-[a-z]*c/ },
  tclsh: { code: NOTHING, values: '-encoding' },
  wish: { code: NOTHING, values: '-encoding -name -display -geometry -use -visual -colormap' },
  jshell: { code: /^-R/ },
  ghc: { code: /^-(?:e|F$|pgm)/ },
  runghc: { code: /^-[ef]/ },
  ocaml: { code: /^-(?:e|ppx?$)/, values: '-I -init' },
  gjs: { code: /^(?:-[a-z]*c|--command)/, values: '-I --include-path' },
  psysh: { code: /^$/ },
  irb: { code: /^-e/, values: '-I -r -E' },
  zx: { code: /^(?:-e$|--eval)/, values: '--shell --prefix --postfix --cwd --prefer-local --ext --env' },
  java: {
    code: /^-XX:On\w+=/,
    values:
      '-cp -classpath --class-path -p --module-path --add-modules --add-opens --add-exports --add-reads --source -d',
    open: /^-(?:D|X(?:m|s|X:\w)|ea|-?[a-z-]+=)/,
  },
  gnuplot: { code: /^-e/, behind: { options: { letters: 'e', values: 'c' } } },
  octave: { code: /^-?-e/, values: '-p --path' },
  'octave-cli': { code: /^-?-e/, values: '-p --path' },
  ...Object.fromEntries(['lsc', 'kotlin', 'evcxr', 'jimsh'].map((program) => [program, shortCode])),
  coffee: { code: /^(?:-[a-z]*[ep]|--(?:eval|print))/, values: '-r --require -o --output' },
  qjs: { code: /^(?:-[a-z]*e|--eval)/, values: '-I --include --memory-limit --stack-size' },
  js: { ...shortCode, values: '-f' },
  d8: { ...shortCode, behind: { options: { letters: 'e' } } },
  // A single word of its language names what a file defines, or ends it.
  gforth: {
    code: /^(?:-e|--ev)/,
    values:
      '-p --path -i --image-file -m --dictionary-size -d --data-stack-size -r --return-stack-size -f --fp-stack-size -l --locals-stack-size',
    behind: { options: { long: 'evaluate', letters: 'e', values: 'pimdrfl' }, plain: /^\S*$/ },
  },
  ...Object.fromEntries(['graalpy', 'hy', 'amm', 'jbang'].map((program) => [program, { code: /^-[A-Za-z]*c/ }])),
  micropython: { code: /^-[A-Za-z]*c/, values: '-X' },
  jython: { code: /^-[A-Za-z]*c/, values: '-C -Q -W' },
  xonsh: { code: /^-[A-Za-z]*c/, values: '-D -st --shell-type --config-path' },
  ...Object.fromEntries(
    ['jruby', 'truffleruby'].map((program) => [
      program,
      { code: NOTHING, letters: { code: 'e', values: 'ICErFxi' }, values: '-I -r -C -E' },
    ]),
  ),
  ...Object.fromEntries(['fennel', 'newlisp'].map((program) => [program, shortCode])),
  janet: { code: /^-[a-z]*[eE]/, values: '-l -m -w -x -L' },
  gosh: { code: /^-[a-z]*[eE]/, values: '-I -A -l -u -m -L' },
  ...Object.fromEntries(['csi', 'chicken'].map((program) => [program, { code: /^-[a-z]*[eEpP]/ }])),
  ...Object.fromEntries(
    (
      'joker planck lumo nbb moon tarantool luvit texlua gsi chibi-scheme stklos ros rhino ringo jsc duk hermes njs mujs scilab scilab-cli pike io bsh csharp ' +
      'spark-shell stata abcl ccl mit-scheme poly utop'
    )
      .split(' ')
      .map((program) => [program, { code: /^-(?:[a-z]{0,3}[cep]|-?(?:eval|expr|execute|batch-string))(?:$|=|[^\w])/ }]),
  ),
  ...Object.fromEntries(['jjs', 'pyspark', 'nashorn'].map((program) => [program, { code: /^$/ }])),
  sage: { code: /^-[A-Za-z]*c/, executes: /^--?sh$/ },
  scsh: { code: /^-c/ },
  singular: { code: /^(?:-c|--execute)/ },
  maxima: { code: /^(?:-r|--(?:run|batch)-string)/ },
  ...Object.fromEntries(['ipy', 'rustpython'].map((program) => [program, { code: /^-[A-Za-z]*c/ }])),
  ecl: { code: /^--?eval/ },
  clisp: { code: /^-x/ },
  swipl: { code: /^-[a-z]?[gtf]|^--?goal/ },
  gprolog: { code: /^--(?:query|init|entry)-goal/ },
  bpftrace: {
    code: /^-[bkqvlhV]*e/,
    values:
      '-B -f -o -I -p -d --include --output --pid --debug --debuginfo --mode --no-feature --probe-filter --emit-elf --emit-llvm',
    flags: /^--/,
    text: { long: 'cmd', letters: 'c', values: 'BfoIpde' },
  },
  'rust-script': { code: /^(?:-[a-z]*[el]|--expr|--loop)/ },
  raku: { code: /^-[a-z]*e/, values: '-I -M' },
};
