import type { Analyst, Context, Opaque } from '#policy/command/analysis.ts';
import { isSensitiveAssignment } from '#policy/command/environment.ts';
import { deeper } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { INTEGER } from '#policy/command/words.ts';

/** Ends of the names of variables that tools take a command from: `RESTIC_PASSWORD_COMMAND`, `CMAKE_C_COMPILER_LAUNCHER`. */
const HOLDS_COMMAND = /_(?:COMMAND|CMD|PASSCOMMAND|RSH|LAUNCHER|CHOOSER|SHELL|EXE|EXECUTABLE)$/;

/** Lists in which zsh keeps what commands mean. */
const MEANS_COMMANDS = /^(?:dis_)?(?:functions|[gs]?aliases)$/;

/** What make executes in the value of any variable of its environment. */
const MAKES = /\$[({]\s*(?:shell|eval|guile|load)\s/;

/** A variable that a command gets: its name, and its value as far as that is known. */
export interface Assigned {
  readonly name: string;
  readonly value: Arg | undefined;
  readonly at: number;
  /** A builtin or a loop gives it the value, not `=`. */
  readonly isNamed?: true;
  /** The value is surely a number. */
  readonly isNumber?: boolean;
  /** From now on the shell evaluates what the variable is given, as `declare -i` says. */
  readonly evaluates?: true;
  /** It is made a list. */
  readonly isList?: boolean;
  /** `declare` or its like gives it the value: a list takes the text of one for code, `declare a='($(command))'`. */
  readonly isDeclared?: true;
}

/** The same with how deep the text is nested that gives the value. */
export interface Placed extends Assigned {
  readonly depth: number;
}

/** Variables that a nested text takes for numbers, and how deep it is nested: it may inherit something else, where an error leads past what sets them. */
export type Counted = ReadonlyMap<string, number>;

/** Doubts a variable that may change what runs, and reads the value of one that tools take a command from. */
export function checkAssigned(assigned: Assigned, context: Context, analyst: Analyst): void {
  const { name, value, at, isNamed, isList } = assigned;
  analyst.assigned(assigned, context);
  // Only zsh ties `path` to PATH, and everybody loops over paths.
  if (isNamed && name === 'path') return;
  // Only builtins of zsh fill a list that they name so; in bash many a list is called `commands`.
  if (isList && (MEANS_COMMANDS.test(name) || (isNamed && name === 'commands')))
    analyst.opaque(`an assignment to ${name}, which says what commands mean`, at, context);
  else if (isSensitiveAssignment(name, value))
    analyst.opaque(`an assignment to ${name}, which can change what runs`, at, context);
  else if (value && MAKES.test(value.text)) analyst.opaque(`a value of ${name} that make would execute`, at, context);
  else if (value && HOLDS_COMMAND.test(name)) analyst.guess(value, deeper(context));
}

/** The same for a word of the form `NAME=value` or `NAME+=value`. */
export function checkAssignmentWord(
  arg: Arg,
  context: Context,
  analyst: Analyst,
  more?: Pick<Assigned, 'isList' | 'isDeclared'>,
): void {
  const equals = arg.text.indexOf('=');
  const name = arg.text.slice(0, equals).replace(/\+$/, '');
  checkAssigned({ name, value: { ...arg, text: arg.text.slice(equals + 1) }, at: arg.at, ...more }, context, analyst);
}

/** Variables that are numbers to a shell, most of them to zsh alone. */
const NUMBERS =
  'RANDOM SRANDOM OPTIND HISTCMD COLUMNS LINES KEYTIMEOUT SAVEHIST HISTSIZE SECONDS SHLVL FUNCNEST MAILCHECK UID EUID GID EGID LISTMAX ERRNO ZLE_RPROMPT_INDENT TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT LINENO'.split(
    ' ',
  );

/** The text of a list in which a command may stand. */
const LIST_OF_CODE = /^\(.*[$`[]/s;

/** What `declare` gives a list as text, which shells read as the words of one, with the commands in it. */
export function findListed(all: readonly Assigned[]): Opaque | undefined {
  const lists = new Set(all.filter(({ isList, isNamed }) => isList || isNamed).map(({ name }) => name));
  const found = all.find(
    ({ name, value, isDeclared }) =>
      isDeclared &&
      value &&
      (value.kind === 'literal' ? LIST_OF_CODE.test(value.text) : lists.has(name) && /^(?:$|\()/.test(value.text)),
  );
  return found && { construct: `a value of ${found.name} that is evaluated as a list`, at: found.at };
}

/** What gives a variable of whole numbers anything else: shells evaluate `a[$(command)]` there, and the value of a name. */
export function findEvaluated(all: readonly Placed[], counted: Counted): Opaque | undefined {
  const evaluated = new Set([...NUMBERS, ...all.filter(({ evaluates }) => evaluates).map(({ name }) => name)]);
  const found = all.find(
    ({ name, value, isNumber, evaluates, depth }) =>
      (evaluated.has(name) || depth < (counted.get(name) ?? 0)) &&
      !evaluates &&
      !isNumber &&
      !(value?.kind === 'literal' && (value.text === '' || INTEGER.test(value.text))),
  );
  return found && { construct: `a value of ${found.name} that is evaluated as arithmetic`, at: found.at };
}
