import type { Assignment, Command, DoubleQuotedChild, ParsedScript, SyntaxNode, Word, WordPart } from 'unbash';
import { forEachChild } from 'unbash';

import { PLAIN } from '#policy/command/constants.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral, literal, toArg } from '#policy/command/words.ts';

/** Texts that a command gives its variables somewhere, whatever they hold elsewhere. */
export type HeldTexts = ReadonlyMap<string, ReadonlySet<string>>;

/** Readings of one command with such texts; what is no plain word is tried first. */
const MAX_READINGS = 16;

/** Collects every literal text that a variable is given: `a=b`, `a=(b c)` and `set -- b c` as one text, and the words of `for a in b c`. */
export function heldTextsOf(script: ParsedScript): HeldTexts {
  const held = new Map<string, Set<string>>();
  collect(script, held);
  return held;
}

function collect(node: SyntaxNode, held: Map<string, Set<string>>): void {
  if (node.type === 'Assignment') add(held, node.name, textOf(node));
  if (node.type === 'Command') addGiven(node, held);
  if (node.type === 'For') for (const word of node.wordlist ?? []) add(held, node.name.value, textOfWord(word));
  forEachChild(node, (child) => collect(child, held));
}

/** `set -- a b`; what stands before the words adds nothing that matters. */
function addGiven({ name, args }: Command, held: Map<string, Set<string>>): void {
  if (name?.value !== 'set') return;
  const texts = args.map((item) => (item.type === 'Word' ? textOfWord(item) : item.text));
  const given = texts.slice(texts.indexOf('--') + 1);
  for (const all of ['@', '*']) add(held, all, given.join(' '));
  for (const [index, text] of given.entries()) add(held, String(index + 1), text);
}

function add(held: Map<string, Set<string>>, name: string, text: string | undefined): void {
  if (text !== undefined) held.set(name, new Set([...(held.get(name) ?? []), text]));
}

function textOf({ value }: Assignment): string | undefined {
  if (value.type === 'Word') return textOfWord(value);
  return value.elements.flatMap((word) => textOfWord(word) ?? []).join(' ');
}

/** A literal word, or what a plain `echo` says. */
function textOfWord(word: Word): string | undefined {
  const { text, kind } = toArg(word);
  if (kind === 'literal') return text;
  const [part, second] = word.parts ?? [];
  const inner = part?.type === 'DoubleQuoted' && part.parts.length === 1 ? part.parts[0] : part;
  return second || !inner ? undefined : echoedIn(inner);
}

function echoedIn(part: WordPart | DoubleQuotedChild): string | undefined {
  if (part.type !== 'CommandExpansion') return undefined;
  const [statement, second] = part.script?.commands ?? [];
  return second ? undefined : echoed(statement?.command);
}

/** What a plain `echo` of literal words says; undefined for any other command. */
export function echoed(node: SyntaxNode | undefined): string | undefined {
  if (node?.type !== 'Command' || node.redirects.length > 0 || node.name?.value !== 'echo') return undefined;
  const words = node.args.map((item) => (item.type === 'Word' ? toArg(item) : undefined));
  const isPlain = words.every((word) => word?.kind === 'literal' && !/^-[neE]*$|\\(?:[\w\\]|$)/.test(word.text));
  return isPlain ? words.map((word) => word?.text).join(' ') : undefined;
}

/** A command's words with what their variables are given somewhere, and the first of them that is another one so. */
interface HeldReading {
  readonly words: readonly Arg[];
  readonly first: Arg;
}

/** Reads words with what their variables are given, in each combination; none where that says nothing more than `known` does. */
export function heldReadings(
  words: readonly Word[],
  held: HeldTexts,
  known: (word: Word) => readonly Arg[],
): readonly HeldReading[] {
  const names = new Set(words.flatMap(({ parts = [] }) => namesIn(parts)).filter((name) => held.has(name)));
  if (names.size === 0 && !words.some(({ text }) => ECHOES.test(text))) return [];
  let readings: readonly Values[] = [new Map()];
  for (const name of names)
    readings = readings
      .flatMap((values) => textsOf(name, held).map((text) => new Map([...values, [name, text]])))
      .slice(0, MAX_READINGS);
  return readings.flatMap((values) => {
    const read = words.map((word) => ({ before: known(word), now: asHeld(word, values) }));
    const changed = read.find(({ before, now }) => now && !isLiteral(before));
    const first = changed?.now?.[0];
    return first ? [{ words: read.flatMap(({ before, now }) => now ?? before), first }] : [];
  });
}

function textsOf(name: string, held: HeldTexts): readonly string[] {
  const texts = [...(held.get(name) ?? [])];
  return texts.toSorted((one, other) => Number(PLAIN.test(one)) - Number(PLAIN.test(other))).slice(0, MAX_READINGS);
}

/** What each of some variables was given. */
type Values = ReadonlyMap<string, string>;
const ECHOES = /(?:\$\(|`)\s*echo\b/;

function namesIn(parts: readonly (WordPart | DoubleQuotedChild)[]): readonly string[] {
  return parts.flatMap((part) => (part.type === 'DoubleQuoted' ? namesIn(part.parts) : [nameOf(part)]));
}

function nameOf({ text }: WordPart | DoubleQuotedChild): string {
  return /^\$\{?(\w+|[@*])(?:\[[@*]\])?\}?$/.exec(text)?.[1] ?? '';
}

/** The words that a word becomes by such texts; undefined where it has parts of which nothing is known, or none. */
function asHeld({ parts = [], text, pos }: Word, values: Values): readonly Arg[] | undefined {
  const texts = parts.map((part) => textOfPart(part, values));
  if (parts.length === 0 || texts.includes(undefined)) return undefined;
  const whole = texts.join('');
  const isSplit = parts.some(({ type }) => type.endsWith('Expansion')) || /^"\$(?:@|\{\w+\[@\]\})"$/.test(text);
  return (isSplit ? (whole.match(/\S+/g) ?? []) : [whole]).map((each) => literal(each, pos));
}

function textOfPart(part: WordPart | DoubleQuotedChild, values: Values): string | undefined {
  if (part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted') return part.value;
  if (part.type !== 'DoubleQuoted') return values.get(nameOf(part)) ?? echoedIn(part);
  const texts = part.parts.map((each) => textOfPart(each, values));
  return texts.includes(undefined) ? undefined : texts.join('');
}
