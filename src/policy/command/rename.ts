// `rename` is two programs: that of util-linux takes two words, that of Perl takes code.

import type { Handler } from '#policy/command/handler.ts';
import { doubtWord, optionValue } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';

/** What a file is called afterwards. */
export type Renaming = (name: string) => string;

/** Where Perl's `rename` takes its code, if not in the first word. */
const perlCode: NamedOptions = { letters: 'eE' };

/** The word that says how files are renamed, and those behind it. */
export function renameWords(words: readonly Arg[]): {
  readonly how: Arg | undefined;
  readonly operands: readonly Arg[];
  readonly isPerl: boolean;
} {
  const given = optionValue(words, perlCode)?.value;
  const operands = words.filter((word) => word !== given && (word.kind !== 'literal' || !isOption(word.text)));
  return given
    ? { how: given, operands, isPerl: true }
    : { how: operands[0], operands: operands.slice(1), isPerl: false };
}

/** Perl code that only replaces parts of a name; undefined for any other. */
export function readPerlRenaming(code: string): Renaming | undefined {
  return readSubstitution(code) ?? readTransliteration(code);
}

/** `s/PATTERN/REPLACEMENT/gi` without code, variables and what JavaScript reads otherwise. */
function readSubstitution(code: string): Renaming | undefined {
  const [, , pattern = '', replacement = '', flags = ''] =
    /^\s*s([/|,#!:])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1([gi]*)\s*;?\s*$/s.exec(code) ?? [];
  const isPlain =
    !/\(\?|\[\[?:|@|\$(?!$|[)|])|\\[^\wnt.\-/|,#!:()[\]{}+*?^$\\]|\\[A-CE-RT-VX-Zacefg-mo-rt-vxz]/.test(pattern) &&
    !/[$@\\](?!(?<=[$\\])\d)/.test(replacement);
  if (pattern === '' || !isPlain) return undefined;
  try {
    const expression = new RegExp(pattern, flags);
    return (name) => name.replace(expression, replacement.replaceAll(/[$\\](\d)/g, '$$$1'));
  } catch {
    return undefined;
  }
}

/** `y/A-Z/a-z/`, `tr/ /_/`. */
function readTransliteration(code: string): Renaming | undefined {
  const [, from = '', to = ''] = /^\s*(?:y|tr)\/([\w .-]+)\/([\w .-]*)\/\s*;?\s*$/.exec(code) ?? [];
  if (from === '') return undefined;
  const old = charactersOf(from);
  const fresh = charactersOf(to);
  return (name) => name.replaceAll(/[^]/gu, (character) => fresh[old.indexOf(character)] ?? character);
}

function charactersOf(set: string): readonly string[] {
  return [...set.matchAll(/([^])-([^])|[^]/g)].flatMap(([each, first, last]) => {
    const [start, end] = [(first ?? each).charCodeAt(0), (last ?? each).charCodeAt(0)];
    return Array.from({ length: Math.max(0, end - start + 1) }, (_, at) => String.fromCharCode(start + at));
  });
}

/** What is no code of Perl's by which something could run, or only a bare word. */
const WORD = /^[\w.+%,=: ()[\]-]*$/;
const CALLS =
  /\w\(|\b(?:q|qq|qw|qx|qr|m|s|y|tr|system|exec|eval|do|require|use|no|open|unlink|rmdir|fork|syscall|dump|readpipe|glob|CORE)\b/;

/** Doubts code by which Perl's `rename` may do more than rename, or may for all that is known; what both programs may take is a plain word. */
const renames: Handler = ({ words, context }, analyst) => {
  const { how, isPerl } = renameWords(words);
  if (!how || (how.kind === 'literal' && readPerlRenaming(how.text))) return;
  if (how.kind !== 'literal' || isPerl || !WORD.test(how.text) || CALLS.test(how.text))
    doubtWord('code by which files are renamed', how, { context, analyst });
};

/** Programs that rename files by an expression. */
export const renamers = ['rename', 'prename', 'perl-rename', 'file-rename', 'rename.ul'];

/** Their handlers. */
export const renameHandlers: readonly (readonly [string, Handler])[] = renamers.map((name) => [name, renames] as const);
