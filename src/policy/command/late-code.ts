import type { Command, ParsedScript, SyntaxNode } from 'unbash';
import { forEachChild } from 'unbash';

import type { Context } from '#policy/command/analysis.ts';
import { asGiven } from '#policy/command/given-words.ts';
import { builtinOf, changesValues, setterOf, trappedBy } from '#policy/command/named-by-builtins.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral } from '#policy/command/words.ts';

/** What of a text runs at another time than where it stands, and so may change what is known of other words. */
export interface LateCode {
  /** Functions, what traps execute, and calls that execute text or say what a command means may give a variable of that name a value. */
  readonly maySet: MaySet;
  /** A command may mean something else. */
  readonly redefines: boolean;
  /** What `"$@"` stands for may change. */
  readonly shifts: boolean;
}

/** Says of a name whether the variable may get a value. */
export type MaySet = (name: string) => boolean;

/** Calls that execute text in this shell, or give a command another meaning. */
const REDEFINES = /^(?:eval|repeat|trap|alias|enable|emulate|autoload)$/;
const SHIFTS = /^(?:shift|repeat|source|\.|getopts|zparseopts)$|^\d+\+?=/;
/** Names under which zsh keeps what `"$@"` stands for, and bash its `$0`. */
const GIVEN = /^(?:argv|BASH_ARGV0|\d)$/;
const given = [...'0123456789'.split(''), 'argv', 'BASH_ARGV0'];
/** Options of `set` behind which no words stand. */
const ONLY_OPTIONS = /^(?: [-+](?:[a-np-zB-T]*|[a-zB-T]*o \w+))*$/;

/** Builtins that change what is known, and what stands before them. */
export const CHANGES_KNOWN =
  /^(?:builtin|command|noglob|nocorrect|-p*|set|shift|source|\.|getopts|eval|trap|alias|enable|emulate|autoload|read|mapfile|readarray|printf|print|declare|typeset|local|export|readonly|unset|let|wait|integer|float|private|vared|zmodload|zparseopts|zstyle|repeat)$/;

/** Of a text in which nothing is expanded. */
const NOTHING: LateCode = { maySet: () => false, redefines: false, shifts: false };

/** Finds what of a text runs late; only where something is expanded or passed on does it matter. */
export function lateCodeOf(text: string, script: ParsedScript, given: Context['given']): LateCode {
  if (!/[$`|]/.test(text)) return NOTHING;
  const found: Found = { given, nodes: [], redefines: false, shifts: false, isOpen: false };
  find(script, found);
  return { ...found, maySet: found.isOpen ? () => true : setIn(found.nodes) };
}

interface Found {
  readonly given: Context['given'];
  /** A word that the text is given may set anything. */
  isOpen: boolean;
  readonly nodes: SyntaxNode[];
  redefines: boolean;
  shifts: boolean;
}

function find(node: SyntaxNode, found: Found): void {
  found.shifts ||= assignedBy(node).some(({ name }) => GIVEN.test(name));
  if (node.type === 'Function') addTo(found, node);
  else if (node.type === 'Command') findCalled(node, found);
  forEachChild(node, (child) => find(child, found));
}

function findCalled(command: Command, found: Found): void {
  const head = command.name && asGiven(command.name, found.given)?.[0]?.text;
  if (head !== undefined && CHANGES_KNOWN.test(head)) Object.assign(found, { redefines: true, isOpen: true });
  const { name, words, isAny } = builtinOf(command);
  const trapped = trappedBy(command);
  if (trapped) {
    found.nodes.push(...trapped);
    for (const script of trapped) find(script, found);
  } else if (isAny || REDEFINES.test(name)) addTo(found, command);
  // `typeset -L 5 x`: such a variable may hold something else than it is given.
  else if (changesValues(command)) found.nodes.push(command);
  const sets = setterOf(command);
  found.shifts ||=
    (sets !== undefined && given.some(sets)) || isAny || SHIFTS.test(name) || (name === 'set' && !areOptions(words));
}

function addTo(found: Found, node: SyntaxNode): void {
  found.nodes.push(node);
  found.redefines = true;
}

/** What some nodes may set; they are gone through once, when it is first asked. */
export function setIn(nodes: readonly SyntaxNode[]): MaySet {
  let all: readonly MaySet[] | undefined;
  return (name) => (all ??= nodes.flatMap(settersIn)).some((sets) => sets(name));
}

function settersIn(node: SyntaxNode): readonly MaySet[] {
  const names = new Set<string>();
  const found: MaySet[] = [(name) => names.has(name)];
  const visit = (each: SyntaxNode) => {
    for (const { name } of assignedBy(each)) names.add(name);
    const sets = each.type === 'Command' ? setterOf(each) : undefined;
    if (sets) found.push(sets);
    forEachChild(each, visit);
  };
  visit(node);
  return found;
}

function areOptions(words: readonly Arg[]): boolean {
  return isLiteral(words) && ONLY_OPTIONS.test(words.map(({ text }) => ` ${text}`).join(''));
}
