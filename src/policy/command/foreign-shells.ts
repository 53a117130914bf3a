import type { Handler } from '#policy/command/handler.ts';
import { deeper, joined, opaqueCode } from '#policy/command/handler.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName } from '#policy/command/words.ts';

interface ForeignShell {
  /** Options behind which code stands. */
  readonly code: RegExp;
  /** Options that take the next word. */
  readonly values: RegExp;
  readonly option: RegExp;
  /** Words that are the file of a script; any other first word is code. */
  readonly script?: RegExp;
  /** Code that means the same to a shell of POSIX once `\` is `/`: plain words, and quoted ones behind them. */
  readonly plain?: RegExp;
}

const WORD = String.raw`[\w./\\:+-][\w./\\:@+=-]*|\*[\w.]+`;
const QUOTED = String.raw`'[\w ./:*+-]*'|"[\w ./:*+-]*"`;
const COMMAND = String.raw`[\w./\\][\w./\\:-]*` + `(?: +(?:${WORD}|${QUOTED}))*`;
/** Words that are no program but run, define or write what follows. */
const KEYWORD = String.raw`(?:return|exit|throw|trap|break|continue|filter|function|if|for|foreach|while|do|switch|using|data|param|begin|process|end|set|call|goto|rem|start|saps|start-process|iex|icm|nal|sal|ipal|ipmo|ni|sc|ac|tee|out-file|new-item|add-type|(?:set|add)-content|tee-object|invoke-(?:command|item|history|cimmethod|wmimethod)|[\w-]*(?:alias|module|expression)[\w-]*)`;
const DRIVE = '(?:alias|env|function|variable):';

/** One command, or several in a row. */
const rowOf = (separator: string) =>
  new RegExp(
    `^ *(?!(?:.*[;|&])? *${KEYWORD}(?:[ ;|&]|$))(?!.*\\b${DRIVE})${COMMAND}(?: *(?:${separator}) *${COMMAND})* *$`,
    'i',
  );

/** PowerShell takes every option abbreviated; Windows PowerShell reads words without an option as code. */
const powerShell: ForeignShell = {
  code: /^(?:--?|\/)(?:c|co|com[a-z]*|cwa|e|ec|en[a-z]*)(?::|$)/i,
  values: /^(?:--?|\/)(?:ex[a-z]*|ep|ea|v[a-z]*|w[a-z]*|if|inp[a-z]*|o[a-z]*|se[a-z]*|conf[a-z]*|cu[a-z]*)$/i,
  option: /^(?:-.|\/[\w?]+$)/,
  script: /^[^;|&`$(){}]+\.ps1$/i,
  plain: rowOf(';|&&|\\|\\||\\|'),
};

/** `/d/s/c"TEXT"`: options of cmd.exe may follow each other without a space, and stand behind other words. */
const commandPrompt: ForeignShell = {
  code: /^\/(?:[^/]*\/)*[ckr]/i,
  values: /(?!)/,
  option: /(?:)/,
  plain: rowOf('&&?|\\|\\||\\|'),
};

/** `forfiles /c TEXT`. */
const forFiles: ForeignShell = { code: /^\/c$/i, values: /^\/[pmsd]$/i, option: /^\// };
/** A cmdlet, as a shell that is started from another one never gets it. */
const invokeExpression: ForeignShell = { code: /^-c/i, values: /(?!)/, option: /^-/ };

/** PowerShell and cmd.exe take the rest of the line as code, in a language that is not parsed here. */
const runForeignShell =
  (shell: ForeignShell): Handler =>
  (call, analyst) => {
    const { words, head, context } = call;
    const at = firstOperand(words, shell);
    const arg = words[at];
    if (!arg) {
      const input = stdinArg(context, head.at);
      if (input) opaqueCode('code on the standard input of a shell', input.at, { context, analyst });
      return;
    }
    if (isFileName(arg)) return;
    if (arg.kind !== 'literal')
      return opaqueCode('a script or options that are not literal', arg.at, { context, analyst });
    const isOption = shell.code.test(arg.text);
    if (!isOption && shell.script?.test(arg.text)) return;
    const code = joined(codeWords(words, at, isOption ? shell : undefined));
    if (
      code.kind === 'literal' &&
      !words.slice(0, at + 1).some(({ text }) => ENCODED.test(text)) &&
      shell.plain?.test(code.text)
    )
      return analyst.shellText({ ...code, text: code.text.replaceAll('\\', '/') }, deeper(context));
    analyst.shellText(code, deeper(context));
    opaqueCode('code for a shell that is not parsed here', arg.at, { context, analyst });
  };

/** Options by which code is encoded, or settings come from a file. */
const ENCODED = /^(?:--?|\/)(?:ec|en?[a-z]*|se[a-z]*|conf[a-z]*)(?::|$)/i;

/** The words of the code, the first of which may stand in the word of the option. */
function codeWords(words: readonly Arg[], at: number, shell: ForeignShell | undefined): readonly Arg[] {
  const glued = shell && words[at]?.text.replace(shell.code, '');
  const word = words[at];
  return [...(word && glued ? [{ ...word, text: glued }] : []), ...words.slice(shell ? at + 1 : at)];
}

/** Where code, a script, or a word that is not literal stands. */
function firstOperand(words: readonly Arg[], { code, values, option }: ForeignShell): number {
  let at = 0;
  for (let arg = words[at]; arg; arg = words[at]) {
    if (arg.kind !== 'literal' || code.test(arg.text) || !option.test(arg.text)) return at;
    at += values.test(arg.text) ? 2 : 1;
  }
  return at;
}

/** Shells of another language than that of POSIX. */
export const foreignShellHandlers: readonly (readonly [string, Handler])[] = [
  ['pwsh', runForeignShell(powerShell)],
  ['powershell', runForeignShell(powerShell)],
  ['cmd', runForeignShell(commandPrompt)],
  ['forfiles', runForeignShell(forFiles)],
  ['invoke-expression', runForeignShell(invokeExpression)],
];
