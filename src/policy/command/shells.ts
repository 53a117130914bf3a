import type { Handler } from '#policy/command/handler.ts';
import { deeper, opaqueCode, optionValue, textAt } from '#policy/command/handler.ts';
import { isOption } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { isFileName, isLiteral, mayBeMany } from '#policy/command/words.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Files that stand for standard input or another open file. */
const OPEN_FILE = /^\/(?:dev\/(?:std(?:in|out|err)|fd\/|tty)|proc\/)/;

/** Shells to which `-n` says that nothing is executed; to `nu` it says something else. */
const PARSES = /^(?:r?ba|da|r?z|r?k|m?k|a|ya|fi)?sh(?:93)?$/;

/** Shells that take numbers for what they are; others evaluate them. */
const TAKES_NUMBERS = /^(?:r?bash|bash-static|sh|d?ash|busybox)$/;
/** What `!` and `^` stand for then, in lines that bash reads one by one. */
export const HISTORY_OPTION = /^(?:histexpand|bang_?hist)$/i;
/** By these the functions of a text are known to the shells that it starts. */
const EXPORTS_ALL = /^-[abd-np-z]*a|^all_?export$/i;

/** A text in which an interactive shell would put commands of the history. */
function recalls(words: readonly Arg[], { text }: Arg): boolean {
  return words.some((word) => /^-[A-Za-z]*i/.test(word.text)) && /!|^\^|(?:^|[;&|])\s*r(?:\s|$)/m.test(text);
}

/** `bash -n FILE` executes nothing; a word that is not literal takes that back at most, so that none may stand behind it. */
function onlyParses(words: readonly Arg[]): boolean {
  const [option, ...files] = words;
  const [first] = files;
  return (
    /^-n[vx]*$/.test(option?.text ?? '') &&
    files.every(({ text, kind }) => (kind === 'literal' ? !/^[-+]/.test(text) : kind !== 'many')) &&
    (files.length < 2 || first?.kind === 'literal' || (first !== undefined && isFileName(first)))
  );
}

/** `bash -n -- "$file"`, whatever the file is called. */
function parsesAny([option, ends]: readonly Arg[]): boolean {
  return option?.text === '-n' && ends?.kind === 'literal' && ends.text === '--';
}

/** Shells that read signs and quotes in another way than those of POSIX, or have others. */
const OTHER = /^(?:rc|es|fish|elvish|nu|t?csh|execlineb|murex|ion|ysh|oil)$/;
/** Words, variables, plain quotes and signs that mean the same to all of them. */
const MEANS_THE_SAME = /^(?:[\w@%+=:,./~\s;&|<>*?-]|\$\w+|'[\w ./:*+-]*'|"[\w ./:*+-]*")*$/;
/** What defines a command by words that are read as no command elsewhere. */
const DEFINES: Readonly<Record<string, RegExp>> = {
  csh: /\balias\b/,
  tcsh: /\balias\b/,
  nu: /\b(?:alias|def|extern)\b/,
  elvish: /\bfn\b|:=/,
  rc: /["=]|\bfn\b/,
  es: /["=]|\bfn\b/,
  execlineb: /[;&|<>]/,
};

/** True for a text that may mean something else to the shell that it is for. */
function meansOther(program: string, { text }: Arg): boolean {
  return OTHER.test(program) && (!MEANS_THE_SAME.test(text) || ownValue(DEFINES, program)?.test(text) === true);
}

/** Bytes that most programs read at once; of a longer script one that reads standard input takes only a part. */
const MAX_INPUT = 4_095;

interface ShellCall {
  readonly code: boolean;
  /** The first word that is no option; undefined when the shell reads its standard input. */
  readonly operand: Arg | undefined;
  /** The operand may be an option, or one that loads code. */
  readonly problem?: boolean;
}

/** Runs `-c` text, a heredoc, or a script file; files are left to the sandbox. */
const runShell: Handler = ({ program, words, head, context }, analyst) => {
  if (PARSES.test(program) && parsesAny(words)) return;
  if (PARSES.test(program) && onlyParses(words) && (isLiteral(words) || !stdinArg(context, head.at))) return;
  const { code, operand, problem } = readOptions(words);
  const mayBeZsh = !TAKES_NUMBERS.test(program);
  const at = operand?.at ?? head.at;
  const refuse = (what: string) => opaqueCode(what, at, { context, analyst });
  if (problem) return refuse('options of a shell that are not plain');
  const text = code ? operand : stdinArg(context, at);
  if (text && (code || !operand) && meansOther(program, text)) return refuse('text for a shell of another language');
  if (code)
    return operand && analyst.shellText(operand, deeper(context, { mayBeZsh }), wordsAfter(words, operand, program));
  const input = stdinArg(context, at);
  if (operand && isFileName(operand) && !input) return;
  if (operand && operand.kind !== 'literal')
    return refuse(`a script whose name is not literal${textAt(words, 0) === '-n' ? ' nor behind `-n --`' : ''}`);
  // Shells look for a script on PATH as well, and tools may be installed as scripts.
  if (operand && !OPEN_FILE.test(operand.text))
    analyst.argv(words.slice(words.indexOf(operand)), deeper(context, { speculative: true }));
  else if (input && Buffer.byteLength(input.text) > MAX_INPUT)
    refuse('a script on standard input that is read in several parts');
  else if (input && recalls(words, input)) refuse('text in which a shell may put commands of its history');
  else if (input && !PARSES.test(program) && /\(\s*\)/.test(input.text))
    refuse('functions for a shell that defines them in another way');
  else if (input) analyst.shellText(input, deeper(context, { stdin: 'script', mayBeZsh }));
  else if (operand) refuse('a script that is read from an open file');
};

/** Shells to which the first word behind a text is `$0`; others count from one, or name them otherwise. */
const COUNTS_FROM_ZERO = /^(?:r?(?:ba|k|z)?sh|d?ash|ksh93|mksh|pdksh|oksh|loksh|lksh|yash|posh|bash-static)$/;

/** The words that the text is given. */
function wordsAfter(words: readonly Arg[], text: Arg, program: string): readonly Arg[] | undefined {
  const at = COUNTS_FROM_ZERO.test(program) ? words.indexOf(text) : -1;
  return at < 0 ? undefined : words.slice(at + 1);
}

function readOptions(words: readonly Arg[]): ShellCall {
  let code = false;
  let stdin = false;
  let isValue = false;
  for (const [index, word] of words.entries()) {
    const { text } = word;
    const [, glued] = /^--commands?=(.*)/s.exec(text) ?? [];
    if (HISTORY_OPTION.test(text) || EXPORTS_ALL.test(text) || /^-[A-Za-z]*H/.test(text))
      return { code, operand: word, problem: true };
    if (isValue && word.kind !== 'literal') return { code, operand: word, problem: true };
    if (isValue) isValue = false;
    else if (word.kind !== 'literal') return { code, operand: word, problem: mayBeMany(word) || isOption(text) };
    else if (/^--?$/.test(text)) return { code, operand: stdin ? undefined : words[index + 1] };
    else if (!/^[-+][^]/.test(text)) return { code, operand: stdin && !code ? undefined : word };
    else if (/^--(?:rcfile|init-file|init-command|debugger)\b/.test(text))
      return { code, operand: word, problem: true };
    else if (glued !== undefined) return { code: true, operand: { ...word, text: glued } };
    else if (text.startsWith('--')) code ||= /^--commands?$/.test(text);
    else {
      code ||= /^-(?!o[^]).*c/i.test(text);
      stdin ||= /^-[A-Za-z]*s/.test(text);
      isValue = /^[-+][A-Za-z]*[oO]$/.test(text);
    }
  }
  return { code, operand: undefined };
}

/** Names of command interpreters that are read as shells of POSIX are. */
export const shells: readonly string[] =
  'sh bash dash zsh ksh ksh93 mksh pdksh rbash rksh rzsh ash yash posh rc fish elvish nu csh tcsh bash-static execlineb sash hush oil osh ysh es murex ion brush lksh oksh loksh'.split(
    ' ',
  );

/** `nu -e TEXT` goes on to a prompt behind the text. */
const runNu: Handler = (call, analyst) => {
  const text = optionValue(call.words, { long: 'execute', letters: 'e' });
  if (text) analyst.shellText(text.value, deeper(call.context));
  runShell(call, analyst);
};

/** Command interpreters. */
export const shellHandlers: readonly (readonly [string, Handler])[] = shells.map(
  (program) => [program, program === 'nu' ? runNu : runShell] as const,
);
