import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Handler } from '#policy/command/handler.ts';
import { apart, deeper, scanWords, textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import { guessNamedProgram } from '#policy/command/named-programs.ts';
import { otherName } from '#policy/command/program-name.ts';
import { heardText, isShellText } from '#policy/command/shell-text.ts';
import { isShown, SAYS } from '#policy/command/shown-options.ts';
import { guessMarked, guessStarted } from '#policy/command/started-texts.ts';
import { guessStructured } from '#policy/command/structured-texts.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown, literal } from '#policy/command/words.ts';

/** Names of options and settings whose value is a command: `--password-command`, `--diff-program`, `sftp.command=`. */
const NAMES =
  '(?:[A-Za-z\\d]+[-_.])*[A-Za-z\\d]*(?:command|cmd|exec|execute|program|prog|run|hook|shell|rsh|ssh|pipe|editor|pager|browser|viewer|mapper|proxy|chooser|client|script|launcher|wrapper|runner|callback|handler|(?:cmd|command)-prefix|m[dt]a|sendmail|On\\w*Error)';
/** Also `--on-download-complete`, `--onSuccess`, `--pre-backup` and the like. */
const OPTIONS = `--?(?:${NAMES}|(?:on|pre|post|before|after)(?:-[a-z-]+|[A-Z]\\w+))`;
/** Any option with a name of its own, and what is glued to it. */
const LONG_OPTION = /^(?:--[A-Za-z]|-(?!run$)[a-z]{3})[\w.-]*(?:=(.*))?$/s;
/** Options whose value sets something for a program elsewhere. */
const SETS_DATA = /^--(?:build-arg|env|label|annotation)$/;
const NAMED_OPTION = new RegExp(`^(?:${OPTIONS}|(?i:[-+/]{1,2}${NAMES}))[+:]?$`);
/** Variables of builds that name a program. */
export const TOOLS =
  '(?:HOST|TARGET|BUILD|[A-Z]+_)?(?:AR|AS|AWK|CC|CO|CPP|CXX|FC|GET|INSTALL|LD|LEX|LINT|MAKE|MAKEINFO|NM|NODE|NPM|PKG_CONFIG|PYTHON|RANLIB|RM|SED|SHELL|STRIP|TEX|YACC)';
const SETTING = new RegExp(`(?<=^|[,:=])(?:${OPTIONS}|${NAMES}|${TOOLS})[:+?]*=`, 'gi');
/** The value may be quoted, and end in the marks of a list. */
const VALUE = /^(?:"([^"]*)"|'([^']*)'|(.*?)[,:]*$)/s;
/** Letters that stand for such an option in most programs. */
const letters: NamedOptions = { letters: 'cex' };
/** What options, paths and assignments have, and prose has not. */
const TECHNICAL = /(?:^|\s)-|[/=;|&$`]/;
/** Verbs behind which a program executes what it is given, alone or at the end of a name: `emulators:exec`, `cmd.run`. */
const EXECUTES =
  /^(?:(?:[\w-]+[:.])*(?:[\w-]*exec[a-z]*|(?:exec[a-z]*|run|remote|start|system)[-_]?command|run|run-task|start|lock|ssh|winrm|shell|sh|cmd|system|rsh|call|invoke|spawn|launch|schedule|send-text|write-chars):?|--)$/i;
/** Of them, those that execute nothing but commands, so that one may follow an option. */
const EXECUTES_COMMAND = /^(?:[\w-]+[:.])*(?:exec|execute|ssh|shell|rsh)$/;
/** Programs whose words with blanks are commands, or texts with one, wherever they stand. */
const TAKES_TEXTS = new Set(
  (
    'cargo-with condor_run darcs dbclient filewatcher rerun swayidle watchfiles when-changed xidlehook dotnet-coverage dvc dvtm guestfish hotel hstart loop multitime openconnect pppd qtile runas sc shell2http shellinaboxd sky ' +
    'spacectl t-rec tv websocat winrs'
  ).split(' '),
);
/** A mark by which consoles hand the rest of a line to a shell, or a name before a command: `x:npm ci`. */
const HANDS_ON =
  /^[\s;&|]*(?:[:@+]*[!|]|[&%$](?=\w)|:?(?:shell|system|execute?|run|spawn|sh)\s|@exec\s*"?|\[[^\]]*\]\s|\S*:(?=[\w./-]))?\s*/;
/** What a text for a terminal or an editor ends in. */
const ENTER = /(?:[\r\n"]|\\(?:[rn]|x0[ad]|u000[ad]|01[25])|\^M|<(?:CR|Enter)>){1,4}$/i;

/** Options whose name says that a command is their value. */
const NAMES_COMMAND =
  /^[-+/]{1,2}(?:[a-z\d]+[-_.])*(?:command|cmd|exec|execute|run|hook|shell|rsh|program|prog|pager|viewer|editor|launcher|wrapper|callback)[+:]?$/i;

/** A program that is not known: any tail of its words may be a command, and so may text that it seems to take as one. */
export const unknownProgram: Handler = (call, analyst) => {
  const other = otherName(call.program);
  if (other !== undefined) analyst.argv([literal(other, call.head.at), ...call.words], deeper(call.context));
  scanWords(call, analyst);
  if (call.context.speculative) return;
  unknownTexts(call, analyst);
  guessInput(call, analyst);
};

/** The texts among its words that such a program may take as a command. */
export const unknownTexts: Handler = ({ program, words, context }, analyst) => {
  const takesTexts = TAKES_TEXTS.has(program);
  guessValues(words, context, analyst);
  guessNamedProgram(words, context, analyst);
  let executes = false;
  let executesCommand = false;
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    const behind = textAt(words, index - 1);
    const isSaid = isShown(behind);
    const isFree = !/^-(?!-$)[^]/.test(behind) || ((executesCommand || takesTexts) && !isSaid);
    const isOperand = (executes || takesTexts) && isFree && /\s/.test(word.text);
    const named = SETS_DATA.test(behind) && !word.text.startsWith('-') ? [] : commandsIn(word, next);
    const isText = isOperand || (!SAYS.test(behind) && mayRun(word));
    for (const text of isText ? [...named, word] : named) guessText(text, context, analyst);
    for (const text of NAMES_COMMAND.test(word.text.replace(/=[^]*/, '')) ? named : []) {
      readText(text, context, analyst);
      // What stands behind `--command=PROGRAM` may be its arguments.
      if (text !== next) analyst.argv([text, ...words.slice(index + 1)], deeper(context, { speculative: true }));
    }
    if (next && isUnknown(next) && next.text === '' && NAMES_COMMAND.test(word.text) && !context.supposed)
      analyst.opaque('a command that is not literal', next.at, context);
    executes ||= EXECUTES.test(word.text);
    executesCommand ||= EXECUTES_COMMAND.test(word.text);
  }
};

/**
 * Values of options that may be commands, and texts that hand one on: of all programs but those that are known to leave their words
 * alone. To say, to show and to look for one is no use of it.
 */
export function guessValues(words: readonly Arg[], context: Context, analyst: Analyst): void {
  if (context.speculative) return;
  for (const [index, word] of words.entries()) {
    if (!/[\s,;]/.test(word.text)) continue;
    const behind = textAt(words, index - 1);
    const glued = LONG_OPTION.exec(word.text)?.[1];
    const name = glued === undefined ? behind : word.text.slice(0, -glued.length - 1);
    if (isShown(name)) continue;
    const value = { ...word, text: glued ?? word.text };
    const isValue = glued !== undefined || LONG_OPTION.test(behind);
    if (isValue) guessText(value, context, analyst);
    if (isValue || /[[{]/.test(value.text)) guessStructured(value, context, analyst);
    guessStarted(value, context, analyst);
    guessMarked(value, context, analyst);
  }
}

/** Programs that obey what they read as a shell does, by their names, and words by which one starts a shell. */
const OBEYS =
  /sh(?:\d*-static)?$|[a-z]sub$|^(?:sbatch|dbclient|dchroot|et|lima|orb|schroot|wsl|xe|xjobs|xxh|rust-parallel)$/;
const STARTS_SHELL =
  /^(?:shell|enter|ssh|attach|console|activate|develop|devenv|environment|compose|exec|machine|sh|bash)$/;

/** What a program that is not known may read as commands on its standard input: each line, and code in it. */
export const guessInput: Handler = ({ program, words, head, context }, analyst) => {
  const heard = heardText(context);
  if (context.speculative || heard === undefined) return;
  const isShell = OBEYS.test(program) || words.some(({ text }) => STARTS_SHELL.test(text));
  // The text itself is the input.
  const inner = apart(context);
  const isStructured = guessStructured({ ...head, text: heard }, inner, analyst);
  for (const text of heard.split('\n')) {
    const line = { ...head, text };
    if (isShell || /^\s*[:@]?(?:!|exec\b)/.test(text)) guessText(line, inner, analyst);
    // The names of a structure tell what of it is executed.
    if (!isStructured) guessStarted(line, inner, analyst);
    guessMarked(line, inner, analyst);
  }
};

/** What a console may hand to a shell of it, and the text itself. */
function guessText(word: Arg, context: Context, analyst: Analyst): void {
  analyst.guess(word, deeper(context));
  const text = word.text.replace(HANDS_ON, '').replace(ENTER, '');
  if (text !== word.text) analyst.guess({ ...word, text }, deeper(context));
}

/** Reads the value of an option that is named for a command as one, where a shell could read it. */
function readText(word: Arg, context: Context, analyst: Analyst): void {
  const isText = word.kind === 'literal' && /\s/.test(word.text) && isShellText(word.text);
  if (isText && !context.speculative) analyst.shellText(word, deeper(context));
}

/** The texts that follow options for one, where even the program is not known: `"$x" -c TEXT`. */
export function guessCommands(words: readonly Arg[], context: Context, analyst: Analyst): void {
  for (const [index, word] of words.entries()) {
    for (const text of commandsIn(word, words[index + 1])) guessText(text, context, analyst);
  }
}

/** Whether a word with blanks in it may be a command rather than a name, a pattern or a sentence. */
function mayRun({ text }: Arg): boolean {
  return (/\S\s+\S/.test(text) && !text.startsWith('-') && TECHNICAL.test(text)) || /^[:+]*[!|]\s*\S+\s/.test(text);
}

/** The commands that a word brings: the value of an option, or of settings. */
function commandsIn(word: Arg, next: Arg | undefined): readonly Arg[] {
  // Calls are guessed by the thousand: what the first look tells needs no pattern.
  const found = word.text.includes('=') ? word.text.matchAll(SETTING) : [];
  const settings = Array.from(found, ({ index, 0: name }) => {
    const [, ...values] = VALUE.exec(word.text.slice(index + name.length)) ?? [];
    return { ...word, text: values.join('') };
  });
  if (settings.length > 0) return settings;
  if (!/^[-+/]/.test(word.text)) return [];
  if (NAMED_OPTION.test(word.text)) return next ? [next] : [];
  if (isShown(word.text)) return [];
  const named = namedOption(word.text, letters);
  const value = named && valueOf(named, word, next);
  return value && /\s/.test(value.text) ? [value] : [];
}
