import type { RegexNode } from '#policy/command/regex-parse.ts';
import { parseRegex, RegexProblem } from '#policy/command/regex-parse.ts';

/** Steps of a compiled expression; a search costs at most this many steps per character. */
const MAX_STEPS = 2_000;

/** What is asked of the text at one place; `id` is less than the number of steps. */
type Step = { readonly id: number } & (
  | { readonly type: 'set'; readonly has: (character: string) => boolean; readonly next: Step }
  | { readonly type: 'assert'; readonly kind: '^' | '$' | 'b' | 'B'; readonly next: Step }
  | { readonly type: 'split'; readonly targets: Step[] }
  | { readonly type: 'match' }
);
type SetStep = Extract<Step, { type: 'set' }>;

interface Builder {
  /** How many steps there are. */
  steps: number;
}

/** Compiles a search that ignores case and takes time linear in the text, whatever the pattern; throws `RegexProblem`. */
export function compileRegex(pattern: string): (text: string) => boolean {
  const builder: Builder = { steps: 0 };
  const first = build(parseRegex(pattern), { id: newId(builder), type: 'match' }, builder);
  return (text) => search(first, text.toLowerCase(), builder.steps);
}

function newId(builder: Builder): number {
  if (builder.steps === MAX_STEPS) throw new RegexProblem(`the expression is larger than ${MAX_STEPS} steps`);
  return builder.steps++;
}

/** The first step of what a node asks, in front of what comes next. */
function build(node: RegexNode, next: Step, builder: Builder): Step {
  if (node.type === 'sequence') return node.items.reduceRight((step, item) => build(item, step, builder), next);
  if (node.type === 'choice') return split(builder, ...node.items.map((item) => build(item, next, builder)));
  if (node.type === 'repeat') return buildRepeat(node, next, builder);
  return { id: newId(builder), ...node, next };
}

function buildRepeat({ item, min, max }: Extract<RegexNode, { type: 'repeat' }>, next: Step, builder: Builder): Step {
  let step = next;
  if (max === Infinity) {
    const loop = split(builder, next);
    loop.targets.push(build(item, loop, builder));
    step = loop;
  } else for (let count = min; count < max; count++) step = split(builder, build(item, step, builder), next);
  for (let count = 0; count < min; count++) step = build(item, step, builder);
  return step;
}

function split(builder: Builder, ...targets: Step[]): Extract<Step, { type: 'split' }> {
  return { id: newId(builder), type: 'split', targets };
}

/** Follows all readings at once, so that no step is taken twice at one character. */
function search(first: Step, text: string, steps: number): boolean {
  let active: readonly Step[] = [];
  for (let at = 0; ; at++) {
    const sets = follow([first, ...active], { text, at, steps });
    if (sets === 'match') return true;
    const character = text[at];
    if (character === undefined) return false;
    active = sets.filter(({ has }) => has(character)).map(({ next }) => next);
  }
}

interface Place {
  readonly text: string;
  readonly at: number;
  readonly steps: number;
}

/** The characters that may come next, or that all is found. */
function follow(stack: Step[], place: Place): readonly SetStep[] | 'match' {
  const reached = new Uint8Array(place.steps);
  const sets: SetStep[] = [];
  for (let step = stack.pop(); step; step = stack.pop()) {
    if (reached[step.id]) continue;
    reached[step.id] = 1;
    if (step.type === 'match') return 'match';
    if (step.type === 'split') stack.push(...step.targets);
    else if (step.type === 'set') sets.push(step);
    else if (holds(step.kind, place)) stack.push(step.next);
  }
  return sets;
}

function holds(kind: '^' | '$' | 'b' | 'B', { text, at }: Place): boolean {
  if (kind === '^') return at === 0;
  if (kind === '$') return at === text.length || (at === text.length - 1 && text[at] === '\n');
  const boundary = isWord(text[at - 1]) !== isWord(text[at]);
  return boundary === (kind === 'b');
}

function isWord(character = ''): boolean {
  return /\w/.test(character);
}
