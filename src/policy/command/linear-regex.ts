import type { RegexNode } from '#policy/command/regex-parse.ts';
import { parseRegex, RegexProblem } from '#policy/command/regex-parse.ts';

/** Steps of a compiled expression; a search costs at most this many steps per character. */
const MAX_STEPS = 2_000;

type Step =
  | { readonly op: 'set'; readonly has: (character: string) => boolean }
  | { readonly op: 'assert'; readonly kind: '^' | '$' | 'b' | 'B' }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'match' };

/** Compiles a search that ignores case and takes time linear in the text, whatever the pattern; throws `RegexProblem`. */
export function compileRegex(pattern: string): (text: string) => boolean {
  const steps: Step[] = [];
  emit(parseRegex(pattern), steps);
  steps.push({ op: 'match' });
  return (text) => search(steps, text.toLowerCase());
}

function push(steps: Step[], step: Step): number {
  if (steps.length >= MAX_STEPS) throw new RegexProblem(`the expression is larger than ${MAX_STEPS} steps`);
  return steps.push(step) - 1;
}

function emit(node: RegexNode, steps: Step[]): void {
  if (node.type === 'set') push(steps, { op: 'set', has: node.has });
  else if (node.type === 'assert') push(steps, { op: 'assert', kind: node.kind });
  else if (node.type === 'sequence') for (const item of node.items) emit(item, steps);
  else if (node.type === 'choice') emitChoice(node.items, steps);
  else emitRepeat(node, steps);
}

function emitChoice(items: readonly RegexNode[], steps: Step[]): void {
  const jumps: number[] = [];
  for (const [index, item] of items.entries()) {
    const split = index < items.length - 1 ? push(steps, { op: 'split', first: steps.length + 1, second: -1 }) : -1;
    emit(item, steps);
    if (split >= 0) {
      jumps.push(push(steps, { op: 'split', first: -1, second: -1 }));
      retarget(steps, split, { second: steps.length });
    }
  }
  for (const jump of jumps) retarget(steps, jump, { first: steps.length, second: steps.length });
}

function emitRepeat({ item, min, max }: Extract<RegexNode, { type: 'repeat' }>, steps: Step[]): void {
  for (let count = 0; count < min; count++) emit(item, steps);
  if (max === Infinity) {
    const loop = push(steps, { op: 'split', first: steps.length + 1, second: -1 });
    emit(item, steps);
    push(steps, { op: 'split', first: loop, second: loop });
    retarget(steps, loop, { second: steps.length });
    return;
  }
  const exits: number[] = [];
  for (let count = min; count < max; count++) {
    exits.push(push(steps, { op: 'split', first: steps.length + 1, second: -1 }));
    emit(item, steps);
  }
  for (const exit of exits) retarget(steps, exit, { second: steps.length });
}

function retarget(steps: Step[], at: number, targets: { readonly first?: number; readonly second?: number }): void {
  const step = steps[at];
  if (step?.op === 'split') Object.assign(step, targets);
}

/** Follows all readings at once, so that no step is taken twice at one character. */
function search(steps: readonly Step[], text: string): boolean {
  let active: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    const reached = new Uint8Array(steps.length);
    const sets: number[] = [];
    const stack = [0, ...active];
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      const step = steps[index];
      if (step === undefined || reached[index]) continue;
      reached[index] = 1;
      if (step.op === 'match') return true;
      if (step.op === 'split') stack.push(step.first, step.second);
      else if (step.op === 'set') sets.push(index);
      else if (holds(step.kind, text, at)) stack.push(index + 1);
    }
    const character = text[at] ?? '';
    active = sets.filter((index) => hasCharacter(steps[index], character)).map((index) => index + 1);
  }
  return false;
}

function hasCharacter(step: Step | undefined, character: string): boolean {
  return character !== '' && step?.op === 'set' && step.has(character);
}

function holds(kind: '^' | '$' | 'b' | 'B', text: string, at: number): boolean {
  if (kind === '^') return at === 0;
  if (kind === '$') return at === text.length || (at === text.length - 1 && text[at] === '\n');
  const boundary = isWord(text[at - 1]) !== isWord(text[at]);
  return boundary === (kind === 'b');
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
