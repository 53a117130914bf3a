import type { Assignment, Command, ParsedScript, SyntaxNode, Word } from 'unbash';
import { forEachChild } from 'unbash';

import { toArg } from '#policy/command/words.ts';

const INTEGER = /^[-+]?(?:\d+|0x[\da-f]+)$/i;
/** Commands that give a variable a value by its name, or run text that may. */
const SETS =
  /^(?:eval|source|\.|read|printf|mapfile|readarray|getopts|declare|typeset|local|export|readonly|let|unset|for)$/;

/**
 * Variables that hold whole numbers throughout a text, and from where on: set to one before anything else happens to them,
 * and never to anything but numbers. Arithmetic on any other variable evaluates its value as code.
 */
export function countersOf(script: ParsedScript): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (const { command, background } of script.commands) {
    if (background) continue;
    if (command.type === 'Command' && !command.name)
      for (const item of command.prefix)
        if (item.type === 'Assignment' && isNumber(item)) start(counters, item.name, item.pos);
    if (command.type === 'ArithmeticFor') startArithmetic(counters, command.initialize);
    if (command.type === 'ArithmeticCommand') startArithmetic(counters, command.expression);
  }
  if (counters.size > 0) dropOthers(script, counters);
  return counters;
}

function start(counters: Map<string, number>, name: string, at: number): void {
  if (!counters.has(name)) counters.set(name, at);
}

function startArithmetic(counters: Map<string, number>, node: SyntaxNode | undefined): void {
  if (node?.type !== 'ArithmeticBinary' || node.operator !== '=') return;
  const { left, right } = node;
  if (left.type === 'ArithmeticWord' && right.type === 'ArithmeticWord' && INTEGER.test(right.value))
    start(counters, left.value, left.pos);
}

function dropOthers(node: SyntaxNode, counters: Map<string, number>): void {
  if (node.type === 'Assignment' && !isNumber(node)) counters.delete(node.name);
  if (node.type === 'For' || node.type === 'Select') counters.delete(node.name.value);
  if (node.type === 'Command') dropNamed(node, counters);
  forEachChild(node, (child) => dropOthers(child, counters));
}

function dropNamed({ name, args }: Command, counters: Map<string, number>): void {
  const command = name === undefined ? '' : toArg(name).text;
  for (const word of args) {
    if (word.type !== 'Word') continue;
    const { text, kind } = toArg(word);
    counters.delete(text.replace(/\W.*/s, ''));
    const prints = command === 'printf' && !args.some((each) => each.type === 'Word' && each.value.startsWith('-v'));
    if ((kind !== 'literal' || /^(?:eval|source|\.)$/.test(command)) && SETS.test(command) && !prints) counters.clear();
  }
}

function isNumber({ name, value, index }: Assignment): boolean {
  return name !== undefined && index === undefined && value.type === 'Word' && isNumeric(value);
}

function isNumeric(word: Word): boolean {
  if (INTEGER.test(word.value)) return true;
  return word.parts?.length === 1 && word.parts[0]?.type === 'ArithmeticExpansion';
}
