import type { DoubleQuotedChild, Word, WordPart } from 'unbash';

import type { Opaque } from '#policy/command/analysis.ts';
import type { Assigned } from '#policy/command/assignments.ts';
import { holdsNumber } from '#policy/command/counters.ts';
import type { Handler } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal, mayBeMany } from '#policy/command/words.ts';

/** A word that a shell evaluates once more, with the commands in it: `exit $x` of zsh, `>&$x` of bash. */
export interface Evaluated {
  readonly word: Arg;
  /** The shell that reads it surely does so, or may well be one that does. */
  readonly isLikely: boolean;
}

/** What may hold a command where a variable is evaluated. */
const CODE = /\$[({[]|`/;
/** Variables that hold numbers to every shell as long as nothing gives them a value. */
const STATUS = /^(?:status|pipestatus|PIPESTATUS|COPROC)$/;

/** The first word that is evaluated and may hold a command: where one was seen in the value of a variable, any that only the run tells. */
export function findPlanted(all: readonly Assigned[], evaluated: readonly Evaluated[]): Opaque | undefined {
  const isPlanted = all.some(({ value }) => value && CODE.test(value.text));
  const found = evaluated.find(({ word, isLikely }) =>
    isPlanted ? namesIn(word)?.length !== 0 : isLikely && !isNumeric(word, all, new Set()),
  );
  return found && { construct: 'a variable, whose value may hold a command', at: found.word.at };
}

/** True where a word is a number, or made of variables that the text gives nothing else. */
function isNumeric(word: Arg, all: readonly Assigned[], seen: ReadonlySet<string>): boolean {
  const names = namesIn(word);
  // A name that is written out stands for a variable as well, but is mostly none.
  const known = word.source ? names : names?.filter((name) => all.some((each) => each.name === name));
  return known?.every((name) => holdsNumbers(name, all, seen)) === true;
}

function holdsNumbers(name: string, all: readonly Assigned[], seen: ReadonlySet<string>): boolean {
  if (seen.has(name)) return true;
  const given = all.filter((each) => each.name === name);
  const more = new Set([...seen, name]);
  if (given.length === 0) return STATUS.test(name);
  return given.every(({ value, isNumber }) => isNumber || (value !== undefined && isNumeric(value, all, more)));
}

/** The variables that are evaluated with a word; undefined where anything may be. */
function namesIn({ text, source }: Arg): readonly string[] | undefined {
  if (!source) return /[$`[]/.test(text) ? undefined : identifiers(text);
  return holdsNumber(source) ? [] : namesOf(source.parts ?? []);
}

function namesOf(parts: readonly (WordPart | DoubleQuotedChild)[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const part of parts) {
    const found = part.type === 'DoubleQuoted' ? namesOf(part.parts) : namesOfPart(part);
    if (!found) return undefined;
    names.push(...found);
  }
  return names;
}

function namesOfPart(part: WordPart | DoubleQuotedChild): readonly string[] | undefined {
  const { text } = part;
  if (part.type === 'ArithmeticExpansion' || /^\$(?:[?#$!]|\{#\w+\})$/.test(text)) return [];
  if (part.type === 'Literal') return identifiers(text);
  return /^\$\{?[A-Za-z_]/.test(text) && !/`|\$\(/.test(text) ? identifiers(text) : undefined;
}

function identifiers(text: string): readonly string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? [];
}

/** One conversion of a format: what stands for its width and precision, and its letter. */
const CONVERSION = /%(?:%|[-+ #0']*(\*|\d+)?(?:\.(\*|\d+)?)?[hlLjzt]*([A-Za-z]))/g;

/** Zsh evaluates what is printed as a number: `printf %d "$x"`, with the format in front of the words. */
export const checkPrinted: Handler = ({ words: [format, ...values], context }, analyst) => {
  if (format === undefined) return;
  const kinds = kindsOf(format);
  const shiftedFrom = values.findIndex(mayBeMany);
  for (const [index, word] of values.entries()) {
    const isShifted = shiftedFrom >= 0 && index >= shiftedFrom;
    if (isShifted ? kinds.includes('number') : kinds[index % kinds.length] === 'number')
      analyst.evaluated(word, context);
  }
};

/** What a format makes of the words behind it, in turn. */
function kindsOf({ kind, text }: Arg): readonly ('number' | 'text')[] {
  if (kind !== 'literal' || text.replaceAll(CONVERSION, '').includes('%')) return ['number'];
  return [...text.matchAll(CONVERSION)].flatMap(([, width, precision, letter = '']) => [
    ...[width, precision].flatMap((each) => (each === '*' ? (['number'] as const) : [])),
    ...(letter === '' ? [] : [/[bcqs]/.test(letter) ? ('text' as const) : ('number' as const)]),
  ]);
}

/** What an expansion of zsh takes from a variable, `$name[subscript]`, or from the files that a glob finds, `*([subscript])`. */
const SUBSCRIPTS = /(?:(?<!\\)\$[-\w#+=~^@*!?$]+|[*?\])]\([^()[]*)((?:\[[^\]]*\]?)+)/g;

/** How a variable or a number stands in one. */
const NAMED = /\$(?:[#?]|\{?(?=[A-Za-z_]))/g;

/** The subscripts of a word that zsh would evaluate. */
export function subscriptsOf({ text, pos, parts = [] }: Pick<Word, 'text' | 'pos' | 'parts'>): readonly Arg[] {
  if (!text.includes('[')) return [];
  return [...expandedText(parts).matchAll(SUBSCRIPTS)].map(([, inner = '']) =>
    literal(inner.replaceAll(NAMED, ' ').replaceAll(/[[\]]/g, ' '), pos),
  );
}

/** What shells expand of a word; arithmetic is judged by itself. */
function expandedText(parts: readonly (WordPart | DoubleQuotedChild)[]): string {
  return parts
    .map((part) => {
      if (part.type === 'DoubleQuoted') return expandedText(part.parts);
      if (part.type === 'ArithmeticExpansion') return '0';
      return part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted' ? '' : part.text;
    })
    .join('');
}
