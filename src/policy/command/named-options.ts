import type { Arg } from '#policy/command/words.ts';

/** Options of a program that are looked for, and what is needed to find them when they are abbreviated or bundled. */
export interface NamedOptions {
  /** Long names without dashes, separated by spaces; every prefix of one counts as it. */
  readonly long?: string;
  /** Long names of other options that are a prefix of those: they mean themselves. */
  readonly itself?: string;
  /** Letters of short options, each also found inside of a cluster such as `-qu`. */
  readonly letters?: string;
  /** Letters of other options that take the rest of a cluster as their value. */
  readonly values?: string;
}

/** How a word names one of the options: `glued` is the value that stands in the same word, `exact` means in full and alone. */
export interface NamedOption {
  readonly glued: string | undefined;
  readonly exact: boolean;
}

/** Reads a word as `getopt_long` might: `--name`, `--na=value`, `-n`, `-xyn`, `-nvalue`; undefined when it can be none of the options. */
export function namedOption(text: string, options: NamedOptions): NamedOption | undefined {
  if (text.startsWith('--')) return longOption(text, options);
  if (!/^-[A-Za-z0-9]/.test(text)) return undefined;
  for (let at = 1; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (options.letters?.includes(letter)) {
      const glued = text.slice(at + 1);
      return { glued: glued === '' ? undefined : glued, exact: text.length === 2 };
    }
    if (options.values?.includes(letter) || !/[A-Za-z0-9]/.test(letter)) return undefined;
  }
  return undefined;
}

/** The value of such an option: glued, or the next word; unknown when the option's own word ends in an unknown part. */
export function valueOf({ glued }: NamedOption, arg: Arg, next: Arg | undefined): Arg | undefined {
  if (glued !== undefined) return { ...arg, text: glued };
  return arg.kind === 'literal' ? next : { ...arg, text: '' };
}

/** The value of the first word among these that is such an option. */
export function namedValue(words: readonly Arg[], options: NamedOptions): Arg | undefined {
  for (const [index, word] of words.entries()) {
    const found = namedOption(word.text, options);
    if (found) return valueOf(found, word, words[index + 1]);
  }
  return undefined;
}

function longOption(text: string, { long = '', itself = '' }: NamedOptions): NamedOption | undefined {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text.slice(2) : text.slice(2, equals);
  if (name === '' || itself.split(' ').includes(name)) return undefined;
  const names = long.split(' ');
  if (!names.some((each) => each.startsWith(name))) return undefined;
  // What follows an empty value may be meant as the value.
  const glued = equals < 0 || equals === text.length - 1 ? undefined : text.slice(equals + 1);
  return { glued, exact: names.includes(name) };
}
