import { builderHandlers } from '#policy/command/builders.ts';
import { builtinHandlers } from '#policy/command/builtins.ts';
import { containerHandlers } from '#policy/command/containers.ts';
import { execOptionHandlers } from '#policy/command/exec-options.ts';
import { fanOutHandlers } from '#policy/command/fan-out.ts';
import { git } from '#policy/command/git.ts';
import type { Handler } from '#policy/command/handler.ts';
import { scanArguments } from '#policy/command/handler.ts';
import { inertPrograms } from '#policy/command/inert.ts';
import { interpreterHandlers } from '#policy/command/interpreters.ts';
import { launcherHandlers } from '#policy/command/launchers.ts';
import { remoteHandlers } from '#policy/command/remote.ts';
import { shellHandlers } from '#policy/command/shells.ts';
import { wrapperHandlers } from '#policy/command/wrappers.ts';

const ignore: Handler = () => {};

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...inertPrograms.map((program) => [program, ignore] as const),
  ...execOptionHandlers,
  ['git', git],
  ...builderHandlers,
  ...remoteHandlers,
  ...wrapperHandlers,
  ...launcherHandlers,
  ...containerHandlers,
  ...fanOutHandlers,
  ...interpreterHandlers,
  ...builtinHandlers,
  ...shellHandlers,
]);

/** What a program does with its arguments; an unknown one might execute any of them. */
export function findHandler(program: string): Handler {
  const handler = handlers.get(program);
  if (handler) return handler;
  if (/-(?:gcc|g\+\+|cc|c\+\+)$/.test(program)) return handlers.get('gcc') ?? scanArguments;
  if (/^(?:ld-linux|ld-musl|ld\.so|ld64\.so|ld-\d)/.test(program)) return handlers.get('ld.so') ?? scanArguments;
  return scanArguments;
}
