import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import { ansibleHandlers } from '#policy/command/ansible.ts';
import { builderHandlers } from '#policy/command/builders.ts';
import { builtinHandlers } from '#policy/command/builtins.ts';
import { consoleHandlers } from '#policy/command/consoles.ts';
import { containerHandlers } from '#policy/command/containers.ts';
import { debuggerHandlers } from '#policy/command/debuggers.ts';
import { execOptionHandlers } from '#policy/command/exec-options.ts';
import { fanOutHandlers } from '#policy/command/fan-out.ts';
import { foreignShellHandlers } from '#policy/command/foreign-shells.ts';
import { gitBesides, gitWithExtensions } from '#policy/command/git-verbs.ts';
import type { Handler } from '#policy/command/handler.ts';
import { inertPrograms } from '#policy/command/inert.ts';
import { interpreterHandlers } from '#policy/command/interpreters.ts';
import { languageRunnerHandlers } from '#policy/command/language-runners.ts';
import { launcherHandlers } from '#policy/command/launchers.ts';
import { readInput } from '#policy/command/obeyed-input.ts';
import { remoteHandlers } from '#policy/command/remote.ts';
import { renameHandlers } from '#policy/command/rename.ts';
import { shellHandlers } from '#policy/command/shells.ts';
import { supposeWords } from '#policy/command/suppositions.ts';
import { readParts } from '#policy/command/text-parts.ts';
import { readSettings } from '#policy/command/tool-settings.ts';
import { unknownProgram, unknownTexts } from '#policy/command/unknown.ts';
import { wrapperHandlers } from '#policy/command/wrappers.ts';

const ignore: Handler = () => {};

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...inertPrograms.map((program) => [program, ignore] as const),
  ...execOptionHandlers,
  ...['git', 'hub'].map((program) => [program, gitWithExtensions] as const),
  ...ansibleHandlers,
  ...debuggerHandlers,
  ...builderHandlers,
  ...remoteHandlers,
  ...renameHandlers,
  ...wrapperHandlers,
  ...launcherHandlers,
  ...languageRunnerHandlers,
  ...containerHandlers,
  ...fanOutHandlers,
  ...interpreterHandlers,
  ...consoleHandlers,
  ...builtinHandlers,
  ...shellHandlers,
  ...foreignShellHandlers,
]);

/** Programs whose name begins or ends with a platform or a version. */
const variants: readonly (readonly [RegExp, string])[] = [
  [/-(?:gcc|g\+\+|cc|c\+\+)$/, 'gcc'],
  [/^(?:[\w.-]+-gdb|cgdb|gdbtui|gdb-multiarch|pwndbg)$/, 'gdb'],
  [/-lldb$/, 'lldb'],
  [/^(?:b|bsd|p|re)make$/, 'make'],
  [/^(?:ld-linux|ld-musl|ld\.so|ld64\.so|ld-\d)/, 'ld.so'],
];

const withSettings =
  (handler: Handler): Handler =>
  (call, analyst) => {
    readSettings(call, analyst);
    readParts(call, analyst);
    readInput(call, analyst);
    handler(call, analyst);
  };

/** The name by which a program is known. */
function nameOf(program: string): string {
  return variants.find(([pattern]) => pattern.test(program))?.[1] ?? program;
}

/** True for a program of which it is known what it does with its words. */
export function isKnownProgram(program: string): boolean {
  return handlers.has(nameOf(program));
}

/** What a program does with its words; an unknown one might execute any of them. */
export function findHandler(program: string): Handler {
  const name = nameOf(program);
  const known = handlers.get(name) ?? (name.startsWith('git-') ? gitBesides : undefined);
  return (call, analyst) => {
    const named = { ...call, program: name };
    withSettings(known ?? unknownProgram)(named, analyst);
    supposeWords({ ...named, program: known ? name : ANY_PROGRAM }, analyst, withSettings(known ?? unknownTexts));
  };
}
