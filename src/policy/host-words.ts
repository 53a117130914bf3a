import type { Invocation } from '#policy/command/analysis.ts';
import type { Arg } from '#policy/command/words.ts';
import type { PathUse } from '#policy/host-tools.ts';

/** A program with the text that it was read from. */
export interface ReadCall extends Invocation {
  readonly raw: string;
}

/** A word as a file: literal, a glob, or not known. */
export function toUse(arg: Arg, raw: string, use: PathUse['use'], extent: 'name' | 'deep' = 'name'): PathUse {
  if (arg.kind === 'literal') return { use, text: arg.text, extent };
  if (arg.kind !== 'files') return { use, text: arg.text, extent: 'unknown' };
  const pattern = /^[^\s;|&<>()'"$`\\]+/.exec(raw.slice(arg.at))?.[0] ?? '';
  return {
    use,
    text: arg.text,
    extent: 'glob',
    ...(pattern.startsWith(arg.text) && pattern !== arg.text && { pattern }),
  };
}

/** Words that are no options, and everything behind `--`. */
export function operandsOf(args: readonly Arg[]): readonly Arg[] {
  const end = args.findIndex((arg) => arg.text === '--' && arg.kind === 'literal');
  const before = (end < 0 ? args : args.slice(0, end)).filter((arg) => arg.kind !== 'literal' || !/^-./.test(arg.text));
  return end < 0 ? before : [...before, ...args.slice(end + 1)];
}

/** The value of the first of these options, glued or in the next word. */
export function valueOf(args: readonly Arg[], names: RegExp): Arg | undefined {
  for (const [index, arg] of args.entries()) {
    const match = names.exec(arg.text);
    if (!match) continue;
    const glued = arg.text.slice(match[0].length).replace(/^=/, '');
    return glued === '' && arg.kind === 'literal' ? args[index + 1] : { ...arg, text: glued };
  }
  return undefined;
}
