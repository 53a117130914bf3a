import type { Handler } from '#policy/command/handler.ts';
import { deeper, joined, opaqueCode } from '#policy/command/handler.ts';
import { isOption } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { isFileName, mayBeMany } from '#policy/command/words.ts';
import type { Arg } from '#policy/command/words.ts';

/** Files that stand for standard input or another open file. */
const OPEN_FILE = /^\/(?:dev\/(?:stdin|fd\/|tty)|proc\/)/;

interface ShellCall {
  readonly code: boolean;
  /** The first word that is no option; undefined when the shell reads its standard input. */
  readonly operand: Arg | undefined;
  readonly problem?: Arg;
}

/** Runs `-c` text, a heredoc, or a script file; files are left to the sandbox. */
const runShell: Handler = (call, analyst) => {
  const { context, args } = call;
  const { code, operand, problem } = readOptions(args);
  const at = operand?.at ?? args[0]?.at ?? 0;
  if (problem) return opaqueCode('options of a shell that are not plain', problem.at, { context, analyst });
  if (code) return operand && analyst.shellText(operand, deeper(context));
  if (operand && isFileName(operand) && !stdinArg(context, at)) return;
  if (operand && operand.kind !== 'literal')
    return opaqueCode('a script whose name is not literal', at, { context, analyst });
  if (operand && !OPEN_FILE.test(operand.text)) {
    // Shells look for a script on PATH as well, and tools may be installed as scripts.
    analyst.argv(args.slice(args.indexOf(operand)), deeper(context, { speculative: true }));
    return;
  }
  const input = stdinArg(context, at);
  if (input) analyst.shellText(input, deeper(context, { stdin: 'none' }));
  else if (operand) opaqueCode('a script that is read from an open file', at, { context, analyst });
};

function readOptions(args: readonly Arg[]): ShellCall {
  let code = false;
  let stdin = false;
  for (let at = 1; at < args.length; at++) {
    const arg = args[at];
    if (!arg) break;
    if (arg.kind !== 'literal')
      return { code, operand: arg, ...(mayBeMany(arg) || isOption(arg.text) ? { problem: arg } : {}) };
    if (arg.text === '--' || arg.text === '-') return { code, operand: stdin ? undefined : args[at + 1] };
    if (!/^[-+]./.test(arg.text)) return { code, operand: stdin && !code ? undefined : arg };
    if (/^--(?:rcfile|init-file|init-command|debugger)\b/.test(arg.text)) return { code, operand: arg, problem: arg };
    const glued = /^--commands?=/.exec(arg.text)?.[0];
    if (glued) return { code: true, operand: { ...arg, text: arg.text.slice(glued.length) } };
    if (/^--commands?$/.test(arg.text)) code = true;
    if (arg.text.startsWith('--')) continue;
    if (arg.text.startsWith('-') && /c/i.test(arg.text) && !/^-o./.test(arg.text)) code = true;
    if (/^-[A-Za-z]*s/.test(arg.text)) stdin = true;
    if (/^[-+][A-Za-z]*[oO]$/.test(arg.text)) at++;
  }
  return { code, operand: undefined };
}

/** PowerShell and cmd.exe take the rest of the line as code, in a language that is not parsed here. */
const runForeignShell: Handler = ({ args, context }, analyst) => {
  const flag = args.findIndex(
    (arg, index) => index > 0 && /^(?:[-/](?:c|k|r|command|e|ec|enc|encodedcommand))$/i.test(arg.text),
  );
  if (flag < 0) {
    const input = stdinArg(context, args[0]?.at ?? 0);
    if (input) opaqueCode('code on the standard input of a shell', input.at, { context, analyst });
    return;
  }
  const at = args[flag]?.at ?? 0;
  analyst.shellText(joined(args.slice(flag + 1)), deeper(context));
  opaqueCode('code for a shell that is not parsed here', at, { context, analyst });
};

const shells =
  'sh bash dash zsh ksh ksh93 mksh pdksh rbash rksh rzsh ash yash posh fish elvish xonsh nu csh tcsh bash-static';

/** Command interpreters. */
export const shellHandlers: readonly (readonly [string, Handler])[] = [
  ...shells.split(' ').map((program) => [program, runShell] as const),
  ...['pwsh', 'powershell', 'cmd'].map((program) => [program, runForeignShell] as const),
];
