import type { Analyst, Context } from '#policy/command/analysis.ts';
import { isSensitiveAssignment } from '#policy/command/environment.ts';
import { deeper } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';

/** Ends of the names of variables that tools take a command from: `RESTIC_PASSWORD_COMMAND`, `CMAKE_C_COMPILER_LAUNCHER`. */
const HOLDS_COMMAND = /_(?:COMMAND|CMD|PASSCOMMAND|RSH|LAUNCHER|CHOOSER|SHELL)$/;

/** A variable that a command gets: its name, and its value as far as that is known. */
export interface Assigned {
  readonly name: string;
  readonly value: Arg | undefined;
  readonly at: number;
}

/** Doubts a variable that may change what runs, and reads the value of one that tools take a command from. */
export function checkAssigned({ name, value, at }: Assigned, context: Context, analyst: Analyst): void {
  if (isSensitiveAssignment(name, value))
    analyst.opaque(`an assignment to ${name}, which can change what runs`, at, context);
  else if (value && HOLDS_COMMAND.test(name)) analyst.guess(value, deeper(context));
}

/** The same for a word of the form `NAME=value` or `NAME+=value`. */
export function checkAssignmentWord(arg: Arg, context: Context, analyst: Analyst): void {
  const equals = arg.text.indexOf('=');
  const name = arg.text.slice(0, equals).replace(/\+$/, '');
  checkAssigned({ name, value: { ...arg, text: arg.text.slice(equals + 1) }, at: arg.at }, context, analyst);
}
