import type { Command, ParsedScript, SyntaxNode } from 'unbash';
import { forEachChild } from 'unbash';

import { SHELLS_OWN } from '#policy/command/constants.ts';
import type { Counters, Span } from '#policy/command/counters.ts';
import { dropNamed, isCounter } from '#policy/command/counters.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';

/** What is known of a text while its declarations are looked for. */
interface Search {
  readonly text: string;
  readonly maps: Map<string, Span[]>;
  readonly declaring: Set<SyntaxNode>;
}

/** Arrays whose subscripts are mere keys, each from its plain `declare -A m` to the end of the list that this stands in. */
export function mapsOf(text: string, script: ParsedScript): Counters {
  const maps = new Map<string, Span[]>();
  const search = { text, maps, declaring: new Set<SyntaxNode>() };
  findDeclarations(script, search, false);
  if (maps.size > 0) dropOthers(script, search);
  return maps;
}

function findDeclarations(node: SyntaxNode, search: Search, inFunction: boolean): void {
  if (node.type === 'Word') return;
  if (node.type === 'Script' || node.type === 'CompoundList') {
    for (const { command, background } of node.commands) {
      if (background || command.type !== 'Command' || !declaresMaps(command, inFunction)) continue;
      search.declaring.add(command);
      const to = node.type === 'Script' ? holdsTo(command.pos, node.end, search.text) : node.end;
      for (const item of command.args.slice(1)) {
        const name = item.type === 'Word' ? item.value : item.name;
        if (!SHELLS_OWN.test(name)) search.maps.set(name, [...(search.maps.get(name) ?? []), { from: item.pos, to }]);
      }
    }
  }
  forEachChild(node, (child) => findDeclarations(child, search, inFunction || node.type === 'Function'));
}

/** Where an error leads bash past the rest of a line, a declaration in it may never be reached. */
function holdsTo(at: number, end: number, text: string): number {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  if (/^[\w\s;&|./-]*$/.test(before)) return end;
  const line = text.indexOf('\n', at);
  return line < 0 ? end : line;
}

/** Nothing is declared where a redirection fails, or by a `local` outside of a function. */
function declaresMaps({ name, args, redirects }: Command, inFunction: boolean): boolean {
  const [flags] = args;
  return (
    redirects.length === 0 &&
    (inFunction ? /^(?:declare|local|typeset)$/ : /^(?:declare|typeset)$/).test(name?.value ?? '') &&
    flags?.type === 'Word' &&
    /^-(?:A|gA|Ag)$/.test(flags.value)
  );
}

/** What was an array of another kind before stays one, so that nothing else may set the name as a whole, or before. */
function dropOthers(node: SyntaxNode, search: Search): void {
  const { maps, declaring } = search;
  if (declaring.has(node)) return;
  if (node.type === 'Assignment') {
    if (!node.index || !isCounter(node.name, node.pos, maps)) maps.delete(node.name);
  } else for (const { name } of assignedBy(node)) maps.delete(name.replace(/\W.*/s, ''));
  if (node.type === 'Command') dropNamed(node, maps);
  forEachChild(node, (child) => dropOthers(child, search));
}
