import type { Function as FunctionNode, ParsedScript, SyntaxNode } from 'unbash';
import { forEachChild } from 'unbash';

import { CHANGES_KNOWN } from '#policy/command/late-code.ts';
import { builtinOf, changesValues, setterOf } from '#policy/command/named-by-builtins.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** By the name of a function of a text where its definition stands and the words of each of its calls, the first of which stands for `$0`. */
export type FunctionCalls = ReadonlyMap<string, { readonly from: number; readonly calls: readonly (readonly Arg[])[] }>;

/** Builtins that change what a name or `"$@"` means, or call a function by a word, at once or later; and variables that hold it. */
const CHANGES =
  /^(?:eval|repeat|trap|alias|unalias|enable|emulate|autoload|exec|shift|source|\.|getopts|zparseopts|set|unset|unhash|unfunction|functions|export|typeset|declare|disable|builtin|command|noglob|nocorrect|-|jobs|fc|r|zargs|zmv|complete|compgen|compdef|bind|bindkey|zle|sched|add-zsh-hook|zmodload|mapfile|readarray|env_parallel)$|^\d+\+?=/;
const GIVEN = /^(?:argv|BASH_ARGV0|\w*functions|\d)$/;
const givenNames = ['argv', 'BASH_ARGV0', 'functions', ...'0123456789'.split('')];
/** The name of a function that every shell defines and calls by it. */
const NAME = /^[A-Za-z_]\w*$/;
/** Calls of one function that are looked at, and characters of its body for all of them. */
const MAX_CALLS = 8;
const MAX_BODIES = 8_000;

/**
 * Finds the calls of functions that a text defines once, in its outermost part, and calls by their names with literal words alone, so that
 * `"$@"` in them is known: `retry() { "$@" || "$@"; }; retry npm test`.
 */
export function functionCallsOf(script: ParsedScript): FunctionCalls {
  const defined = new Map<string, FunctionNode[]>();
  const calls = new Map<string, (readonly Arg[] | undefined)[]>();
  const outer = new Set<SyntaxNode>(
    script.commands.filter(({ background }) => !background).map(({ command }) => command),
  );
  // Where the words stand of which a function makes a command: one that is named there is called with others.
  const heads: number[] = [];
  let isOpen = false;
  const visit = (node: SyntaxNode) => {
    if (node.type === 'Function') add(defined, node.name.value, node);
    if (node.type === 'Command' && node.name) {
      const { isAny, name } = builtinOf(node);
      isOpen ||= isAny || CHANGES.test(name) || CHANGES.test(node.name.value) || changesValues(node);
      const sets = setterOf(node);
      const words = node.args.map((item) => (item.type === 'Word' ? toArg(item) : undefined));
      isOpen ||= (sets !== undefined && givenNames.some(sets)) || words.some((word) => word?.text === 'argv');
      const literal = words.flatMap((word) => (word?.kind === 'literal' ? [word] : []));
      const [, given] = /^"?\$\{?([@\d])\}?"?$/.exec(node.name.text) ?? [];
      if (given !== undefined) heads.push(given === '@' ? 0 : Number(given) - 1);
      const called = toArg(node.name);
      if (called.kind === 'literal') add(calls, called.text, literal.length === words.length ? literal : undefined);
    }
    isOpen ||= assignedBy(node).some(({ name }) => GIVEN.test(name));
    forEachChild(node, visit);
  };
  visit(script);
  const known = new Map<string, { readonly from: number; readonly calls: readonly (readonly Arg[])[] }>();
  if (isOpen) return known;
  const ofFunctions = [...defined.keys()].flatMap((name) => calls.get(name) ?? []);
  const handed = new Set(ofFunctions.flatMap((words) => heads.map((at) => words?.[at]?.text)));
  const isChange = (word = '') => CHANGES.test(word) || CHANGES_KNOWN.test(word);
  // What is known of variables and of names was read off words that are written out.
  if ([...handed].some(isChange)) return known;
  for (const [name, nodes] of defined) {
    const of = calls.get(name) ?? [];
    const given = of.flatMap((words) => (words ? [[SHELL, ...words]] : []));
    const [node, second] = nodes;
    if (!node || second || !outer.has(node) || given.length < of.length) continue;
    if (node.name.text !== name || !NAME.test(name) || CALLED_BY_SHELL.test(name)) continue;
    if (handed.has(name)) continue;
    const read = given.length * (node.end - node.pos);
    if (given.length > 0 && given.length <= MAX_CALLS && read <= MAX_BODIES)
      known.set(name, { from: definedFrom(node), calls: given });
  }
  return known;
}

/** Dash takes `function` for a program, and what follows on the next line for a group; `&>` puts a definition into its background. */
function definedFrom({ pos, name, body }: FunctionNode): number {
  return name.pos === pos && body.type !== 'Redirected' ? pos : Number.POSITIVE_INFINITY;
}

/** Functions that a shell calls by itself, with other words. */
const CALLED_BY_SHELL =
  /^(?:command_not_found_handler?|TRAP\w+|chpwd|precmd|preexec|periodic|zshaddhistory|zshexit|zsh_directory_name|\w+_handler?)$/;
/** What `$0` is only the run tells. */
const SHELL: Arg = { text: '', kind: 'one', at: 0 };

function add<V>(map: Map<string, V[]>, name: string, value: V): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
