import type { DoubleQuotedChild, Word, WordPart } from 'unbash';

/** One word of a command as far as it can be read off. */
export interface Arg {
  /** The whole word when literal, else what comes before its first unknown part. */
  readonly text: string;
  /** `one` is a single word of unknown content, `many` any number of them, `files` the names that a glob finds. */
  readonly kind: 'literal' | 'one' | 'many' | 'files';
  /** Offset in the analysed text, or the index in an argv. */
  readonly at: number;
  /** How a quoted word of unknown beginning ends, such as `/nvm.sh` of `"$dir/nvm.sh"`. */
  readonly ends?: string;
  /** Not known, but no option, no assignment and no code: one of the plain words that a loop lists or that some commands print. */
  readonly isPlain?: boolean;
  /** The name of a branch or a tag, which anybody may have given: no option to git. */
  readonly isName?: true;
  /** As it was parsed; absent where it is literal. */
  readonly source?: Word;
  /** It holds the name of the current folder; without quotes it is one word only as long as that is. */
  readonly ofFolder?: 'quoted' | 'split';
}

/** A whole number as shells write it. */
export const INTEGER = /^[-+]?(?:\d+|0x[\da-f]+|\d+#[\w@]+)$/i;

/** `$=x`, `$~x`, `$^x` and `$+x`, which to zsh alone are a variable, also between double quotes; and a `$` that goes on behind a broken line. */
export const EXPANDS_UNSEEN = /(?<!\\)(?:\\\\)*\$(?:\\\n|[=~^+](?:[=~^+]|\\\n)*[\w@*{])/;

/** Reads a parsed word: quotes and escapes are resolved, expansions are unknown. */
export function toArg(word: Word, at: number = word.pos): Arg {
  if (word.parts === undefined && !EXPANDS_UNSEEN.test(word.text)) return { text: word.value, kind: 'literal', at };
  if (word.parts === undefined) return { text: '', kind: 'many', at };
  const state: Reading = { text: '', kind: 'literal' };
  for (const part of word.parts) readPart(part, state);
  const ends = state.kind === 'one' ? endOf(word.parts) : undefined;
  return {
    text: state.text,
    kind: state.kind,
    at,
    ...(ends && { ends }),
    ...(state.kind !== 'literal' && { source: word }),
  };
}

/** The value of an assignment: a tilde that is quoted there is no home folder, but a file of that name. */
export function toAssignedArg(word: Word): Arg {
  const value = toArg(word);
  return value.kind === 'literal' && word.text !== value.text ? asWritten(value) : value;
}

/** The same where no shell need expand a tilde. */
export function asWritten(value: Arg): Arg {
  return { ...value, text: value.text.replace(/^(\w+=)?(?=~|[^\s]*:~)/, '$1./') };
}

/** An argument that is exactly what it says. */
export function literal(text: string, at: number): Arg {
  return { text, kind: 'literal', at };
}

/** The words that `{npm,ci}` becomes where nothing in the braces has to be resolved, of which shells drop empty ones; any other word as it is. */
export function expandBraces(arg: Arg): readonly Arg[] {
  const [part, second] = arg.source?.parts ?? [];
  const isList = part?.type === 'BraceExpansion' && second === undefined && !('parts' in part && part.parts);
  const [, list] = isList ? (/^\{([^{}\\]*,[^{}\\]*)\}$/.exec(part.text) ?? []) : [];
  const texts = list?.split(',').filter((text) => text !== '');
  return texts?.map((text) => literal(text, arg.at)) ?? [arg];
}

/** True when the word may turn into several that are not known. */
export function mayBeMany({ text, kind }: Arg): boolean {
  return kind === 'many' || (kind === 'files' && !text.includes('/'));
}

/** True for a word, or any number of them, that only the run tells; not for the names that a glob finds. */
export function isUnknown({ kind }: Arg): boolean {
  return kind === 'one' || kind === 'many';
}

/** True for a word of unknown end that is a plain file's name all the same, such as `test/"$name"`. */
export function isFileName({ text, kind }: Arg): boolean {
  return (
    (kind === 'one' || kind === 'files') &&
    /^(?:\.{1,2}\/|\/|\w)/.test(text) &&
    !/^\/(?:dev|proc)?(?:\/|$)/.test(text) &&
    !text.includes(':')
  );
}

/** True when every word is known. */
export function isLiteral(args: readonly Arg[]): boolean {
  return args.every((arg) => arg.kind === 'literal');
}

/** The literal end of a word. */
function endOf(parts: readonly (WordPart | DoubleQuotedChild)[]): string | undefined {
  const last = parts.at(-1);
  if (last?.type === 'DoubleQuoted') return endOf(last.parts);
  return last?.type === 'Literal' || last?.type === 'SingleQuoted' ? last.value : undefined;
}

/** The home folder, whose name no command chooses and no shell splits. */
const HOME = /^\$(?:HOME|\{HOME\})$/;

interface Reading {
  text: string;
  kind: Arg['kind'];
}

function readPart(part: WordPart | DoubleQuotedChild, state: Reading, quoted = false): void {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      if (part.type === 'Literal' && EXPANDS_UNSEEN.test(part.text)) state.kind = 'many';
      if (state.kind === 'literal') state.text += part.value;
      return;
    case 'DoubleQuoted':
    case 'LocaleString':
      for (const child of part.parts) readPart(child, state, true);
      return;
    case 'ProcessSubstitution':
      // The name of an open file, and so no option.
      if (state.kind === 'literal') Object.assign(state, { text: `${state.text}/dev/fd/`, kind: 'one' });
      return;
    case 'ArithmeticExpansion':
      if (state.kind === 'literal') state.kind = 'one';
      return;
    case 'Glob':
    case 'ExtendedGlob':
      if (state.kind !== 'many') state.kind = 'files';
      return;
    default:
      if ((!quoted && !HOME.test(part.text)) || /@/.test(part.text)) state.kind = 'many';
      else if (state.kind === 'literal') state.kind = 'one';
  }
}
