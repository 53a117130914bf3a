/** One state: a test for one character, a fork, or the end. Numbers point to other states. */
type State =
  | { readonly kind: 'char'; readonly test: (char: string) => boolean; next: number }
  | { readonly kind: 'fork'; next: number; other: number }
  | { readonly kind: 'end' };

/** A piece under construction: where it begins, and how to say where it leads. */
export interface Part {
  readonly start: number;
  readonly leadTo: (state: number) => void;
}

/** A nondeterministic automaton under construction; running it costs at most states × characters, whatever the text. */
export interface Automaton {
  char(test: (char: string) => boolean): Part;
  empty(): Part;
  either(a: Part, b: Part): Part;
  repeated(part: Part): Part;
  /** Closes the automaton; answers whether it accepts a whole text. */
  finish(whole: Part): (text: string) => boolean;
}

/** Makes an empty automaton; `onTooLarge` throws when it would have more than `maxStates` states. */
export function createAutomaton(maxStates: number, onTooLarge: () => Error): Automaton {
  const states: State[] = [];
  const add = <S extends State>(state: S) => {
    if (states.length >= maxStates) throw onTooLarge();
    return { state, index: states.push(state) - 1 };
  };
  const fork = () => add({ kind: 'fork' as const, next: -1, other: -1 });
  return {
    char(test) {
      const { state, index } = add({ kind: 'char' as const, test, next: -1 });
      return { start: index, leadTo: (target) => void (state.next = target) };
    },
    empty() {
      const { state, index } = fork();
      return { start: index, leadTo: (target) => void ([state.next, state.other] = [target, target]) };
    },
    either(a, b) {
      const { state, index } = fork();
      [state.next, state.other] = [a.start, b.start];
      const leadTo = (target: number) => [a, b].forEach((part) => part.leadTo(target));
      return { start: index, leadTo };
    },
    repeated(part) {
      const { state, index } = fork();
      state.next = part.start;
      part.leadTo(index);
      return { start: index, leadTo: (target) => void (state.other = target) };
    },
    finish(whole) {
      whole.leadTo(add({ kind: 'end' as const }).index);
      return (text) => run(states, whole.start, text);
    },
  };
}

/** One part after the other. */
export function inSequence(a: Part, b: Part): Part {
  a.leadTo(b.start);
  return { start: a.start, leadTo: b.leadTo };
}

function run(states: readonly State[], start: number, text: string): boolean {
  let current = closure(states, [start]);
  for (const char of text) {
    const next: number[] = [];
    for (const index of current) {
      const state = states[index];
      if (state?.kind === 'char' && state.test(char)) next.push(state.next);
    }
    if (next.length === 0) return false;
    current = closure(states, next);
  }
  return [...current].some((index) => states[index]?.kind === 'end');
}

/** Every state that can be reached without reading a character. */
function closure(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = states[index];
    if (state?.kind === 'fork') open.push(state.next, state.other);
  }
  return reached;
}
