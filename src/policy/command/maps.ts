import type { Command, ParsedScript, SyntaxNode } from 'unbash';
import { forEachChild } from 'unbash';

import type { Counters, Span } from '#policy/command/counters.ts';
import { dropNamed } from '#policy/command/counters.ts';

/** Arrays whose subscripts are mere keys, each from its plain `declare -A m` to the end of the list that this stands in. */
export function mapsOf(script: ParsedScript): Counters {
  const maps = new Map<string, Span[]>();
  const declaring = new Set<SyntaxNode>();
  findDeclarations(script, maps, declaring);
  if (maps.size > 0) dropOthers(script, maps, declaring);
  return maps;
}

function findDeclarations(node: SyntaxNode, maps: Map<string, Span[]>, declaring: Set<SyntaxNode>): void {
  if (node.type === 'Word') return;
  if (node.type === 'Script' || node.type === 'CompoundList') {
    for (const { command, background } of node.commands) {
      if (background || command.type !== 'Command' || !declaresMaps(command)) continue;
      declaring.add(command);
      for (const item of command.args.slice(1)) {
        const name = item.type === 'Word' ? item.value : item.name;
        maps.set(name, [...(maps.get(name) ?? []), { from: item.pos, to: node.end }]);
      }
    }
  }
  forEachChild(node, (child) => findDeclarations(child, maps, declaring));
}

function declaresMaps({ name, args }: Command): boolean {
  const [flags] = args;
  return (
    /^(?:declare|local|typeset)$/.test(name?.value ?? '') &&
    flags?.type === 'Word' &&
    /^-(?:A|gA|Ag)$/.test(flags.value)
  );
}

/** What was an array of another kind before stays one, so that nothing else may set the name as a whole. */
function dropOthers(node: SyntaxNode, maps: Map<string, Span[]>, declaring: ReadonlySet<SyntaxNode>): void {
  if (declaring.has(node)) return;
  if (node.type === 'Assignment' && !node.index) maps.delete(node.name);
  if (node.type === 'For' || node.type === 'Select') maps.delete(node.name.value);
  if (node.type === 'Command') dropNamed(node, maps);
  forEachChild(node, (child) => dropOthers(child, maps, declaring));
}
