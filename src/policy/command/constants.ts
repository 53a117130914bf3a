import type { Assignment, Command, DoubleQuotedChild, ParsedScript, SyntaxNode, Word, WordPart } from 'unbash';
import { forEachChild } from 'unbash';

import type { Span } from '#policy/command/counters.ts';
import { dropNamed, spansOf } from '#policy/command/counters.ts';
import { changesValues, trappedBy } from '#policy/command/named-by-builtins.ts';
import { plainWordsOf } from '#policy/command/plain-output.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
import type { WordLists } from '#policy/command/word-lists.ts';
import { listedBy, wordListsOf } from '#policy/command/word-lists.ts';
import { toArg, EXPANDS_UNSEEN } from '#policy/command/words.ts';

/** The plain words that a variable holds, and the parts of the text where it surely holds one of them. */
interface Constant {
  readonly values: Set<string | Plain>;
  readonly spans: Span[];
}

/** Variables that a text sets to nothing but plain words, such as `ns=shop` and `for ns in shop mail`. */
export type Constants = ReadonlyMap<string, Constant>;

/** A word that no shell splits or expands, and that is no option. */
export const PLAIN = /^[\w./][\w@+.,/:-]*$/;
/** Variables that a shell sets by itself. */
export const SHELLS_OWN =
  /^(?:_|REPLY|OPT\w+|MAPFILE|COPROC|PWD|OLDPWD|SECONDS|S?RANDOM|LINENO|PPID|E?UID|GROUPS|FUNC\w+|DIRSTACK|PIPESTATUS|HIST\w+|EPOCH\w+|BASH\w*|SHELLOPTS|COMP_\w+|READLINE_\w+|IFS|match|MATCH|M?(?:BEGIN|END)|reply|status|argv|fignore|psvar|watch|(?:cd|f|mail|man|module_)?path)$/;
/** What stands for a value that is not known, but a name or plain words, or surely one: the output of a command, or a word of it. */
export type Plain = { readonly plain: 'name' | 'one' | 'many' | 'word' };

/** Where a trap stands in a text says nothing of when it runs. */
const noLists: WordLists = new Map();

/** What is known of the variables of a text. */
export function constantsOf(script: ParsedScript): Constants {
  const constants = new Map<string, Constant>();
  // What a loop lists is looked at below.
  const found = spansOf(script, { holds: (item) => valueGiven(item) !== undefined, lists: () => true });
  for (const [name, spans] of found) if (!SHELLS_OWN.test(name)) constants.set(name, { values: new Set(), spans });
  if (constants.size > 0) collect(script, constants, wordListsOf(script, { plain: PLAIN, own: SHELLS_OWN }));
  return constants;
}

/** What an assignment gives a variable; undefined for anything but plain words. */
function valueGiven({ value, index, append }: Assignment): string | Plain | undefined {
  return index !== undefined || append || value.type !== 'Word' ? undefined : valueOf(value);
}

const said: Readonly<Record<'name' | 'one' | 'many', Plain>> = {
  name: { plain: 'name' },
  one: { plain: 'one' },
  many: { plain: 'many' },
};
const SURE: Plain = { plain: 'word' };

function valueOf(word: Word): string | Plain | undefined {
  const { text, kind } = toArg(word);
  return kind === 'literal' && PLAIN.test(text) ? text : saidBy(word);
}

/** What a word that is nothing but `$(…)` gives. */
function saidBy(word: Word): Plain | undefined {
  const [part, second] = word.parts ?? [];
  const inner = part?.type === 'DoubleQuoted' && part.parts.length === 1 ? part.parts[0] : part;
  if (second || inner?.type !== 'CommandExpansion') return undefined;
  const [statement, following] = inner.script?.commands ?? [];
  const words = following ? undefined : plainWordsOf(statement?.command);
  return words && said[words];
}

/** What a loop gives its variable for a word of its list; undefined for anything but plain words. */
function valueListed(word: Word): string | Plain | undefined {
  const value = valueOf(word);
  if (typeof value !== 'object') return value;
  return value === said.name ? undefined : SURE;
}

/** Collects every value that a variable is given, and drops it when one of them is not plain. */
function collect(node: SyntaxNode, constants: Map<string, Constant>, lists: WordLists): void {
  for (const [name, value] of given(node, lists))
    if (value === undefined) constants.delete(name);
    else constants.get(name)?.values.add(value);
  if (node.type === 'Command') dropSet(node, constants);
  forEachChild(node, (child) => collect(child, constants, lists));
}

/** The variables that a part of the syntax sets, each with a value, which is undefined where it is not plain. */
function given(node: SyntaxNode, lists: WordLists): readonly (readonly [string, string | Plain | undefined])[] {
  if (node.type === 'Assignment') return [[node.name, valueGiven(node)]];
  if (node.type === 'For' && node.wordlist?.length)
    return node.wordlist.flatMap((word) =>
      (listedBy(word, lists) ?? [valueListed(word)]).map((value) => [node.name.value, value] as const),
    );
  return assignedBy(node).map(({ name }) => [name, undefined]);
}

/** Drops what a command may set by its name. */
function dropSet(command: Command, constants: Map<string, Constant>): void {
  const trapped = trappedBy(command);
  if (trapped) for (const script of trapped) collect(script, constants, noLists);
  else if (changesValues(command)) constants.clear();
  else dropNamed(command, constants);
}

/** What each of some variables holds in one reading of a command. */
export type Values = ReadonlyMap<string, string | Plain>;

/** Paths that are written as what they mean: a relative path, and one that the shell expands. */
export const plainFolders: Values = new Map([
  ['PWD', '.'],
  ['HOME', '~'],
]);
/** What prints the path of the current folder, as long as it means that. */
const PRINTS_FOLDER = '$(pwd)';
/** The same where no command may mean something else. */
export const printedFolders: Values = new Map([...plainFolders, [PRINTS_FOLDER, '.']]);

/** Readings of one command in all. */
const MAX_READINGS = 16;

/** One reading for every combination of the values that the variables of some words hold; only the given one when there are too many. */
export function readingsOf(
  words: readonly Word[],
  at: number,
  { constants, folders }: { readonly constants: Constants; readonly folders: Values },
): readonly Values[] {
  const names = new Set(words.flatMap((word) => (word.parts ?? []).flatMap(namesIn)));
  let readings: readonly Values[] = [folders];
  for (const name of names) {
    const known = constants.get(name);
    if (!known?.spans.some(({ from, to }) => from <= at && at <= to)) continue;
    readings = readings.flatMap((values) => [...known.values].map((value) => new Map([...values, [name, value]])));
    if (readings.length > MAX_READINGS) return [folders];
  }
  return readings;
}

/** The whole word when it is known what its variables hold. */
export function knownText(word: Word, values: Values): string | undefined {
  return values.size === 0 || word.parts === undefined ? undefined : textOf(word.parts, values);
}

/** What may stand before a folder that is written as what it means, so that it begins a path. */
const BEGINS_PATH = /^(?:-[^/]*)?$|[=:,\s]$/;

function textOf(
  parts: readonly (WordPart | DoubleQuotedChild)[],
  values: Values,
  before: string = '',
): string | undefined {
  let text = '';
  for (const [at, part] of parts.entries()) {
    const more = textOfPart(part, { parts, at, values, before: before + text });
    if (more === undefined) return undefined;
    text += more;
  }
  return text;
}

interface Place {
  readonly parts: readonly (WordPart | DoubleQuotedChild)[];
  readonly at: number;
  readonly values: Values;
  readonly before: string;
}

function textOfPart(part: WordPart | DoubleQuotedChild, { parts, at, values, before }: Place): string | undefined {
  if (part.type === 'Literal' && EXPANDS_UNSEEN.test(part.text)) return undefined;
  if (part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted') return part.value;
  if (part.type === 'DoubleQuoted') return textOf(part.parts, values, before);
  const value = heldBy(parts, at, values);
  if (typeof value !== 'string') return undefined;
  return printedFolders.has(nameIn(part)) && !BEGINS_PATH.test(before) ? undefined : value;
}

/** What the variable of a plain `$name` in a word is known to hold. */
export function heldBy(
  parts: readonly (WordPart | DoubleQuotedChild)[],
  at: number,
  values: Values,
): string | Plain | undefined {
  const part = parts[at];
  return part && !goesOn(part, parts[at + 1]) ? values.get(nameIn(part)) : undefined;
}

/** Whether a name without braces goes on behind a broken line, or to zsh has a subscript or a modifier. */
export function goesOn(
  part: WordPart | DoubleQuotedChild,
  next: WordPart | DoubleQuotedChild | undefined,
): 'open' | 'modified' | undefined {
  if (!next || !/^\$\w/.test(part.text)) return undefined;
  if (/^(?:\\\n|\[)/.test(next.text)) return 'open';
  return /^:(?:\\\n)*[A-Za-z&]/.test(next.text) ? 'modified' : undefined;
}

/** The names in a part of a word, also inside of double quotes. */
function namesIn(part: WordPart | DoubleQuotedChild): readonly string[] {
  return part.type === 'DoubleQuoted' ? part.parts.flatMap(namesIn) : [nameIn(part)];
}

/** The variable of a plain `$name` or `${name}`, or `$(pwd)`; empty for anything else. */
function nameIn({ text }: WordPart | DoubleQuotedChild): string {
  if (text === '$(pwd)' || text === '`pwd`') return PRINTS_FOLDER;
  return /^\$\{?([A-Za-z_]\w*)\}?$/.exec(text)?.[1] ?? '';
}
