import type { Analyst, Context } from '#policy/command/analysis.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';

/** A call whose program is known; `args[0]` is the program's own word. */
export interface Call {
  readonly program: string;
  readonly args: readonly Arg[];
  readonly context: Context;
}

/** Hands on what a program would execute in turn. */
export type Handler = (call: Call, analyst: Analyst) => void;

/** The context of something that the call executes. */
export function deeper(context: Context, changes: Partial<Context> = {}): Context {
  return { ...context, depth: context.depth + 1, ...changes };
}

/** Words of a tail that are looked at; a verb stands near its program. */
const MAX_TAIL = 64;

/** Tries every tail of the arguments as a command, for a program that is not known to leave them alone. */
export function scanArguments({ args, context }: Call, analyst: Analyst, from = 1): void {
  if (context.speculative) return;
  for (let at = from; at < args.length; at++) {
    if (args[at]?.kind === 'literal')
      analyst.argv(args.slice(at, at + MAX_TAIL), deeper(context, { speculative: true }));
  }
}

/** Analyses the command that starts behind the options, in every reading of them. */
export function runRest(
  call: Call,
  analyst: Analyst,
  spec: { readonly table: OptionTable; readonly from?: number; readonly skip?: number },
): void {
  const { starts, unknownAt } = positionals(call.args, spec.from ?? 1, spec);
  if (unknownAt !== undefined) analyst.opaque('words before the command that are not literal', unknownAt, call.context);
  for (const start of starts) analyst.argv(call.args.slice(start), deeper(call.context));
}

/** Refuses code that is given as text, even where the call itself is only a guess. */
export function opaqueCode(
  what: string,
  at: number,
  { context, analyst }: { readonly context: Context; readonly analyst: Analyst },
): void {
  analyst.opaque(what, at, { ...context, speculative: false });
}

/** Arguments joined by spaces, as shells and `ssh` read them. */
export function joined(args: readonly Arg[]): Arg {
  const first = args[0];
  const kind = args.every((arg) => arg.kind === 'literal') ? 'literal' : 'many';
  return { text: args.map((arg) => arg.text).join(' '), kind, at: first?.at ?? 0 };
}

/** The value of an option and where the option stands; `exact` unless the option is abbreviated or in a cluster, which may be a misreading. */
export function optionValue(
  args: readonly Arg[],
  names: readonly string[],
  values = '',
): { readonly value: Arg; readonly index: number; readonly exact: boolean } | undefined {
  const options = {
    long: names.flatMap((name) => (name.startsWith('--') ? [name.slice(2)] : [])).join(' '),
    letters: names.flatMap((name) => (name.startsWith('--') ? [] : [name.slice(1)])).join(''),
    values,
  };
  let guess: { readonly value: Arg; readonly index: number; readonly exact: boolean } | undefined;
  for (const [index, arg] of args.entries()) {
    if (index === 0) continue;
    if (arg.text === '--' && arg.kind === 'literal') break;
    const found = namedOption(arg.text, options);
    const value = found && valueOf(found, arg, args[index + 1]);
    if (!found || !value) continue;
    if (found.exact) return { value, index, exact: true };
    guess ??= { value, index, exact: false };
  }
  return guess;
}
