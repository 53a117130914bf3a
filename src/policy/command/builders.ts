import type { Analyst } from '#policy/command/analysis.ts';
import { refuseWords } from '#policy/command/exec-options.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import {
  deeper,
  EXECUTES_VALUE,
  isEnd,
  optionValue,
  optionValues,
  refuseUnknownTarget,
  refuseWord,
  runRest,
  scanWords,
  textAt,
  wordsBefore,
} from '#policy/command/handler.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';

/** Standard input and other open files, given where a build file is expected. */
const OPEN_FILE = /^(?:-|\/(?:dev|proc)\/.*)$/;

/** Settings of cmake that name what it starts its tools with, and helpers of it that start another program. */
const CMAKE_STARTS =
  /(?:_LAUNCHER|_PROGRAM|_COMMAND|_LINKER|_COMPILER|_EMULATOR|_CLANG_TIDY|_CPPCHECK|_CPPLINT|_INCLUDE_WHAT_YOU_USE|_LAUNCH_\w+|_COMPILE_OBJECT|_LINK_EXECUTABLE|_CREATE_\w+|_ARCHIVE_\w+)(?::\w+)?=|^--(?:launcher|tidy|cpplint|cppcheck|iwyu|lwyu)=/;

/** `cmake -E env`, `time` and `chdir` execute the rest, `--build … -- ARGS` hands it to make; a script may come from an open file. */
const cmake: Handler = (call, analyst) => {
  const { words, context } = call;
  const from = words.findIndex(({ text }) => text === '-E') + 1;
  const verb = textAt(words, from);
  if (from > 0 && /^(?:env|time|chdir)$/.test(verb)) {
    const rest = words.slice(from + 1).filter(({ text }) => isOption(text) || !text.includes('='));
    runRest({ words: rest, context }, analyst, { table: optionTable(), skip: verb === 'chdir' ? 1 : 0 });
    scanWords({ ...call, words: words.slice(from + 1), context }, analyst);
  }
  if (from > 0 && /^(?:cmake_llvm_rc|__run_co_compile)$/.test(verb))
    scanWords({ ...call, words: words.slice(from + 1) }, analyst);
  for (const { text, at } of words)
    if (CMAKE_STARTS.test(text))
      analyst.guess(literal(text.slice(text.indexOf('=') + 1).replaceAll(';', ' '), at), deeper(context));
  const dashes = words.findIndex(isEnd);
  if (dashes >= 0 && words.some(({ text }) => text === '--build'))
    analyst.argv([literal('make', call.head.at), ...words.slice(dashes + 1)], deeper(context));
  const when = ({ text }: { readonly text: string }, at: number) =>
    /^-[PC]$/.test(textAt(words, at - 1)) ? OPEN_FILE.test(text) : OPEN_FILE.test(/^-[PC](.+)/.exec(text)?.[1] ?? '');
  refuseWord(call, analyst, { what: 'a script that is not a file', when });
};

/** Verbs of cargo, and plugins that only build and test; any other is a program of its own. */
const CARGO_VERBS = new Set(
  (
    'add b bench build c check clean clippy config d doc fetch fix fmt generate-lockfile help info init install locate-project login logout metadata ' +
    'miri mutants new nextest owner package pkgid publish r read-manifest remove report rm run rustc rustdoc search t test tree uninstall update vendor verify-project ' +
    'version yank eval script watch'
  ).split(' '),
);

const cargoTable = optionTable(
  '-C --color --config -Z --manifest-path',
  '-q --quiet -v -vv --verbose --locked --offline --frozen',
);

/** `cargo NAME WORDS` is `cargo-NAME NAME WORDS` where it is no verb of its own. */
function runPlugin({ words, context }: Call, analyst: Analyst): void {
  const from = textAt(words, 0).startsWith('+') ? 1 : 0;
  for (const start of positionals(words, { table: cargoTable, from }).starts) {
    const name = words[start];
    if (name?.kind === 'literal' && !CARGO_VERBS.has(name.text))
      analyst.argv([{ ...name, text: `cargo-${name.text}` }, ...words.slice(start + 1)], deeper(context));
  }
}

/** `cargo watch -s TEXT`, `cargo watch -- COMMAND`; settings may name a program. */
const cargo: Handler = (call, analyst) => {
  const { words, context } = call;
  refuseWord(call, analyst, { what: EXECUTES_VALUE, when: ({ text }) => /^--config(?:$|=)/.test(text) });
  if (words.some(({ text }) => text === 'install'))
    refuseWord(call, analyst, {
      what: 'a package from an unknown source',
      when: ({ text }) => /^--git(?:$|=)/.test(text),
    });
  const verb = textAt(words, 0).startsWith('+') ? 1 : 0;
  const code = textAt(words, verb) === 'script' ? /^(?:-[el]|--(?:expr|loop))/ : /(?:)/;
  if (/^(?:eval|script)$/.test(textAt(words, verb)))
    refuseWord({ words: words.slice(verb + 1), context }, analyst, {
      what: 'code in an argument',
      when: ({ text }) => code.test(text),
    });
  if (call.program === 'cargo') runPlugin(call, analyst);
  if (textAt(words, verb) !== 'watch' && call.program !== 'cargo-watch') return;
  const text = optionValue(words, { long: 'shell', letters: 's' });
  if (text) analyst.shellText(text.value, deeper(context));
  for (const { value } of optionValues(words, { long: 'exec', letters: 'x' }))
    analyst.shellText({ ...value, text: `cargo ${value.text}` }, deeper(context));
  const dashes = words.findIndex(isEnd);
  if (dashes >= 0) analyst.argv(words.slice(dashes + 1), deeper(context));
};

/** A target, or a program of the system. */
const PLAIN_UNDER = /^(?:\/\/[\w/:.@+-]+|[\w+-]+)(?:\s|$)/;

/** `bazel run --run_under=TEXT`. */
const bazel: Handler = ({ words, context }, analyst) => {
  for (const { value } of optionValues(words, { long: 'run_under workspace_status_command' }))
    analyst.shellText(value, deeper(context));
  for (const { value, at } of optionValues(words, { long: 'run_under shell_executable' }))
    if (!PLAIN_UNDER.test(value.text) && !/^\/(?:usr\/)?bin\/(?:ba|z)?sh$/.test(value.text))
      analyst.opaque(EXECUTES_VALUE, at, context);
};

/** Runners whose file of recipes may come from an open file, or whose words may be a command. */
const recipes: Handler = (call, analyst) => {
  const isOpen = (text: string, before: string) => {
    const glued = /^(?:-[tf]|--(?:taskfile|justfile)=)(.+)/s.exec(text)?.[1];
    return OPEN_FILE.test(glued ?? (/^(?:-[tf]|--taskfile|--justfile)$/.test(before) ? text : 'none'));
  };
  const when = ({ text }: { readonly text: string }, index: number) => isOpen(text, textAt(call.words, index - 1));
  refuseWord(call, analyst, { what: 'recipes that are not a plain file', when });
  refuseWord(call, analyst, {
    what: EXECUTES_VALUE,
    when: ({ text }) => /^--(?:shell(?:-arg)?|chooser)(?:$|=)/.test(text),
  });
  refuseUnknownTarget(call, analyst);
  unknownProgram(call, analyst);
};

const goTable = optionTable(
  '-C -mod -modfile -tags -ldflags -gcflags -asmflags -o -p -pgo -covermode -coverpkg -buildmode -exec -toolexec -overlay',
  '-race -v -x -n -a -work -cover -trimpath -msan -asan',
);

/** `go run PACKAGE ARGS`: the last part of the package's path is the name of its program. */
const go: Handler = (call, analyst) => {
  const { words, context } = call;
  const verb = words.findIndex(({ text }) => /^(?:run|tool)$/.test(text));
  // What stands behind the package is for its program.
  const last = verb < 0 ? undefined : positionals(words, { table: goTable, from: verb + 1 }).starts.at(-1);
  refuseWords({ ...call, words: words.slice(0, last === undefined ? undefined : last + 1) }, analyst);
  const fill = ([head, ...rest]: typeof words) =>
    head
      ? [{ ...head, text: head.text.replace(/\/v\d+(?=@|$)/, '').replace(/^(?:.*\/)?\.+$/, 'main') }, ...rest]
      : rest;
  if (verb >= 0) runRest({ words, context }, analyst, { table: goTable, from: verb + 1, fill });
};

const testTable = optionTable(
  '-f --format --format-icons --format-hivis --jsonfile --jsonfile-timing-events --junitfile --junitfile-project-name --packages --rerun-fails-report ' +
    '--post-run-command --max-fails --hide-summary',
  '--raw-command --watch --watch-chdir --no-color --debug --version',
);

/** `gotestsum -- ARGS` runs `go test ARGS`, with `--raw-command` the words themselves. */
const goTestSum: Handler = (call, analyst) => {
  const { words, head, context } = call;
  const text = optionValue(words, { long: 'post-run-command' });
  if (text) analyst.shellText(text.value, deeper(context));
  const isRaw = wordsBefore(words, isEnd).some(({ text: option }) => /^--raw-command(?:$|=)/.test(option));
  const fill = (rest: readonly Arg[]) => (isRaw ? rest : [literal('go', head.at), literal('test', head.at), ...rest]);
  runRest(call, analyst, { table: testTable, fill });
};

/** `richgo test ARGS` colours what `go test ARGS` says. */
const richGo: Handler = ({ words, head, context }, analyst) =>
  analyst.argv([literal('go', head.at), ...words], deeper(context));

/** Build tools that can execute a command from their arguments. */
export const builderHandlers: readonly (readonly [string, Handler])[] = [
  ['cmake', cmake],
  ['cargo', cargo],
  ['cargo-watch', cargo],
  ['go', go],
  ['gotestsum', goTestSum],
  ['richgo', richGo],
  ['bazel', bazel],
  ['bazelisk', bazel],
  ['just', recipes],
  ['task', recipes],
  ['go-task', recipes],
];
