import type { Invocation } from '#policy/command/analysis.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf as optionValue } from '#policy/command/named-options.ts';
import type { Arg } from '#policy/command/words.ts';
import type { PathUse } from '#policy/host-tools.ts';

/** A program with the text that it was read from. */
export interface ReadCall extends Invocation {
  readonly raw: string;
}

/** A word as a file: literal, a glob, or not known. */
export function toUse(arg: Arg, raw: string, use: PathUse['use'], extent: 'name' | 'deep' = 'name'): PathUse {
  // Behind a blank the folder may be a part of a longer name.
  const isWhole = arg.kind === 'literal' && !(arg.ofFolder && /\s/.test(arg.text));
  if (isWhole) return { use, text: arg.text, extent };
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

/** An option, and the word behind it. */
export interface Given {
  readonly word: Arg;
  readonly next: Arg | undefined;
}

/** The operands and the options behind a program or verb, of which these take a value. */
export function readWords(words: readonly Arg[], options: NamedOptions) {
  const operands: Arg[] = [];
  const given: Given[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word, next] = [words[at] as Arg, words[at + 1]];
    if (word.kind === 'literal' && word.text === '--')
      return { operands: [...operands, ...words.slice(at + 1)], given };
    const found = namedOption(word.text, options);
    if (found || (word.kind === 'literal' && /^-./.test(word.text))) given.push({ word, next });
    else operands.push(word);
    if (found && optionValue(found, word, next) === next) at++;
  }
  return { operands, given };
}
