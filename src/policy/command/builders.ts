import type { Handler } from '#policy/command/handler.ts';
import { deeper, optionValue, scanArguments } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';

/** Standard input and other open files, given where a build file is expected. */
const OPEN_FILE = /^(?:-|\/(?:dev|proc)\/.*)$/;

/** `cmake -E env`, `time` and `chdir` execute the rest; a script may come from an open file. */
const cmake: Handler = (call, analyst) => {
  const { args, context } = call;
  const at = args.findIndex((arg) => arg.text === '-E');
  if (at > 0 && /^(?:env|time|chdir)$/.test(args[at + 1]?.text ?? '')) scanArguments(call, analyst, at + 2);
  const script = args.find((arg, index) => index > 0 && OPEN_FILE.test(arg.text.replace(/^-P(?=.)/, '')));
  if (script) analyst.opaque('a script that is not a file', script.at, context);
};

/** `cargo watch -s TEXT`, `cargo watch -- COMMAND`; settings may name a program. */
const cargo: Handler = (call, analyst) => {
  const { args, context } = call;
  const setting = args.find((arg, index) => index > 0 && /^--config(?:$|=)/.test(arg.text));
  if (setting) analyst.opaque('an option that executes its value', setting.at, context);
  if (args[1]?.text !== 'watch' && call.program !== 'cargo-watch') return;
  const text = optionValue(args, ['-s', '--shell']);
  if (text) analyst.shellText(text.value, deeper(context));
  const dashes = args.findIndex((arg) => arg.text === '--');
  if (dashes > 0) analyst.argv(args.slice(dashes + 1), deeper(context));
};

/** `bazel run --run_under=TEXT`. */
const bazel: Handler = ({ args, context }, analyst) => {
  const text = optionValue(args, ['--run_under', '--workspace_status_command']);
  if (text) analyst.shellText(text.value, deeper(context));
};

/** Runners whose file of recipes may come from an open file, or whose arguments may be a command. */
const recipes: Handler = (call, analyst) => {
  const { args, context } = call;
  const file = args.find((arg, index) => index > 0 && isOpenFile(arg, args[index - 1]));
  if (file) analyst.opaque('recipes that are not a plain file', file.at, context);
  scanArguments(call, analyst);
};

function isOpenFile(arg: Arg, before: Arg | undefined): boolean {
  const glued = /^(?:-[tf]|--(?:taskfile|justfile)=)(?=.)/.exec(arg.text)?.[0];
  const named = /^(?:-[tf]|--taskfile|--justfile)$/.test(before?.text ?? '');
  return OPEN_FILE.test(glued === undefined ? (named ? arg.text : '') : arg.text.slice(glued.length));
}

/** Build tools that can execute a command from their arguments. */
export const builderHandlers: readonly (readonly [string, Handler])[] = [
  ['cmake', cmake],
  ['cargo', cargo],
  ['cargo-watch', cargo],
  ['bazel', bazel],
  ['bazelisk', bazel],
  ['just', recipes],
  ['task', recipes],
  ['go-task', recipes],
];
