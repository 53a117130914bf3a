import type { Assignment, Command, ParsedScript, SyntaxNode, Word } from 'unbash';
import { forEachChild } from 'unbash';

import type { Span } from '#policy/command/counters.ts';
import { dropNamed, spansOf } from '#policy/command/counters.ts';
import { changesValues, trappedBy } from '#policy/command/named-by-builtins.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
import { toArg } from '#policy/command/words.ts';

/** The plain words that an array may hold, and the parts of the text where it surely holds nothing else. */
interface WordList {
  readonly words: Set<string>;
  readonly spans: readonly Span[];
}

/** Arrays that a text gives nothing but plain words: `cmds=(lint test)`. */
export type WordLists = ReadonlyMap<string, WordList>;

/** Lists that zsh fills by itself. */
const OF_ZSH =
  /^(?:commands|functions|[gs]?aliases|dis_\w+|builtins|options|parameters|modules|history\w*|job\w+|nameddirs|userdirs|usergroups|patchars|reswords|func\w+|mapfile|keymaps|widgets|term(?:cap|info)|signals|errnos|sysparams|langinfo|epochtime|zsh_\w+|words)$/;

/** Words that no shell changes, and variables that shells set by themselves. */
interface Known {
  readonly plain: RegExp;
  readonly own: RegExp;
}

/** What is known of the arrays of a text. */
export function wordListsOf(script: ParsedScript, { plain, own }: Known): WordLists {
  const given = (item: Assignment) => wordsOf(item, plain);
  // What is appended may follow what the shell inherited.
  const found = spansOf(script, { holds: (item) => !item.append && given(item) !== undefined, lists: () => false });
  const lists = new Map<string, WordList>();
  for (const [name, spans] of found)
    if (!OF_ZSH.test(name) && !own.test(name)) lists.set(name, { words: new Set(), spans });
  if (lists.size > 0) collect(script, lists, given);
  return lists;
}

/** The words that an assignment gives an array; undefined for any other. */
function wordsOf({ value, index }: Assignment, plain: RegExp): readonly string[] | undefined {
  if (index !== undefined || value.type !== 'ArrayValue' || value.elements.length === 0) return undefined;
  const words = value.elements.map((word) => toArg(word));
  return words.every(({ text, kind }) => kind === 'literal' && plain.test(text))
    ? words.map(({ text }) => text)
    : undefined;
}

function collect(
  node: SyntaxNode,
  lists: Map<string, WordList>,
  given: (item: Assignment) => readonly string[] | undefined,
): void {
  const words = node.type === 'Assignment' ? given(node) : undefined;
  if (node.type === 'Assignment' && words) for (const word of words) lists.get(node.name)?.words.add(word);
  else for (const { name } of assignedBy(node)) lists.delete(name.replace(/\W.*/s, ''));
  for (const script of node.type === 'Command' ? changedBy(node, lists) : []) collect(script, lists, given);
  forEachChild(node, (child) => collect(child, lists, given));
}

/** Drops what a command may set by its name; what a trap executes is left to be read. */
function changedBy(command: Command, lists: Map<string, WordList>): readonly ParsedScript[] {
  const trapped = trappedBy(command);
  if (trapped) return trapped;
  if (changesValues(command)) lists.clear();
  else dropNamed(command, lists);
  return [];
}

/** The words of `"${cmds[@]}"`, where it is known which; undefined for any other word. */
export function listedBy({ text, pos }: Word, lists: WordLists): readonly string[] | undefined {
  const [, , name = ''] = /^("?)\$\{([A-Za-z_]\w*)\[@\]\}\1$/.exec(text) ?? [];
  const list = lists.get(name);
  return list?.spans.some(({ from, to }) => from <= pos && pos <= to) ? [...list.words] : undefined;
}
